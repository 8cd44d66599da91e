"""One SQL text for both engines: `{words}` and `:name` parameters, translated once for each text.

Note [Words]. Write these in statements and migrations; nothing inside a string literal, a quoted
identifier or a comment is touched.

    {identity}       type and constraint of a row-number column; numbers are never used again
    {bigint} {real} {blob}   64-bit integer, double, bytes
    {bytewise}       after a text column's type, or a text in a comparison or an `order by`: compare
                     by code point, whatever the locale of the database
    {concurrently}   in `create index {concurrently} if not exists`: beside those who write
    {strict}         at the end of `create table (...)`: SQLite checks the types of the columns
    {for_update}     at the end of a select: lock its rows; nothing in a `read`, which locks none
    {skip_locked}    the same, leaving out rows locked by others
    {greatest} {least}   the function that picks among its arguments
    {position}       the function that finds a text (second) in another; from 1 on, 0 for nowhere
    {sequence t}     in `select {sequence t} N)`: the table named by `t` numbers on behind N
    {texts ids}      in `where id in ({texts ids})`: the texts (`{numbers ids}`: integers) of a JSON
                     array in the parameter `ids`; see Note [Lists]
    {elements rows}  a table of the elements of a JSON array in the parameter `rows`; its column is
                     `value`. Of an element that is an array, `value ->> 0` is the first place as
                     text, `cast(value ->> 1 as {bigint})` the second as a number (store/rows.py)
    {newest things}  the row number that this transaction's newest row of the table `things` got

Note [Lists]. PostgreSQL plans `in (select ...)` as a join. Where a table has just grown and nobody
has counted its rows since, it takes the table for empty and takes the list apart anew for each of
its rows: a thousand rows and a list of a thousand cost a second. `= any (array(select ...))` takes
the list apart once, whatever is believed of the table, and looks each element up in an index.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from attrs import field, frozen

_TOKEN = re.compile(
    r"""
      (?P<quoted> '(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | \$\$.*?\$\$ )
    | (?P<cast> :: )
    | \b in [ ] \( \{ (?P<list>texts|numbers) [ ]+ (?P<ids>\w+) \} \)
    | \{ (?P<word>\w+) (?: [ ]+ (?P<argument>\w+) )? \}
    | : (?P<name>[A-Za-z_]\w*)
    | (?P<percent> % )
    """,
    re.VERBOSE | re.DOTALL,
)
_CHANGES = re.compile(r"\b(insert|update|delete|replace)\b", re.IGNORECASE)


class UnknownWord(ValueError):
    """A text holds a `{word}` that no engine knows. A defect of the text."""


@frozen
class Statement:
    """A text as the engine takes it. `reads` is True only when it surely changes nothing."""

    text: str
    reads: bool
    verb: str


@frozen
class Dialect:
    """How one engine spells the words and the parameters."""

    engine: str
    words: dict[str, str]
    parameter: str
    percent: str
    _known: dict[str, Statement] = field(factory=dict, init=False, repr=False)

    def statement(self, sql: str) -> Statement:
        """The translation of `sql`, remembered by the text. Raises UnknownWord."""
        known = self._known.get(sql)
        if known is None:
            known = self._known[sql] = self._translate(sql)
        return known

    def script(self, sql: str) -> str:
        """A migration: words replaced; parameters and percent signs stay as they are."""
        return _TOKEN.sub(lambda found: self._word(found, lambda f: f[0]), sql)

    def _translate(self, sql: str) -> Statement:
        text = _TOKEN.sub(lambda found: self._word(found, self._rest), sql)
        bare = _TOKEN.sub(lambda found: " " if found["quoted"] else found[0], sql)
        verb = (bare.split(None, 1) or [""])[0].lower()
        reads = verb in ("select", "with") and not _CHANGES.search(bare)
        return Statement(text, reads, verb)

    def _word(self, found: re.Match[str], rest: Callable[[re.Match[str]], str]) -> str:
        word, argument = found["word"], found["argument"]
        if found["list"]:
            word, argument = f"in_{found['list']}", found["ids"]
        if word is None:
            return rest(found)
        try:
            spelled = self.words[word]
        except KeyError:
            raise UnknownWord(f"'{found[0]}' is not a word of the dialect") from None
        takes = "@" in spelled or "&" in spelled
        if takes != (argument is not None):
            raise UnknownWord(f"'{found[0]}': an argument is missing or too many")
        if argument is None:
            return spelled
        spelled = spelled.replace("@", self.parameter.format(argument))
        return spelled.replace("&", argument)

    def _rest(self, found: re.Match[str]) -> str:
        if found["name"]:
            return self.parameter.format(found["name"])
        return found[0].replace("%", self.percent)


SQLITE = Dialect(
    "sqlite",
    {
        "identity": "integer primary key autoincrement",
        "bigint": "integer",
        "real": "real",
        "blob": "blob",
        "bytewise": "",
        "concurrently": "",
        "strict": "strict",
        "for_update": "",
        "skip_locked": "",
        "greatest": "max",
        "least": "min",
        "position": "instr",
        "in_texts": "in (select value from json_each(@))",
        "in_numbers": "in (select value from json_each(@))",
        "sequence": "max(@, ",
        "elements": "json_each(@)",
        "newest": "(select seq from sqlite_sequence where name = '&')",
    },
    parameter=":{}",
    percent="%",
)

POSTGRES = Dialect(
    "postgres",
    {
        "identity": "bigint generated by default as identity primary key",
        "bigint": "bigint",
        "real": "double precision",
        "blob": "bytea",
        "bytewise": 'collate "C"',
        "concurrently": "concurrently",
        "strict": "",
        "for_update": "for update",
        "skip_locked": "for update skip locked",
        "greatest": "greatest",
        "least": "least",
        "position": "strpos",
        "in_texts": "= any (array(select jsonb_array_elements_text((@)::jsonb)))",
        "in_numbers": "= any (array(select jsonb_array_elements_text((@)::jsonb)::bigint))",
        "sequence": "setval(pg_get_serial_sequence(@, 'id'), ",
        "elements": "jsonb_array_elements((@)::jsonb)",
        "newest": "currval(pg_get_serial_sequence('&', 'id'))",
    },
    parameter="%({})s",
    percent="%%",
)
