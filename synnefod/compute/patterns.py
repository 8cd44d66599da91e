"""Regular expressions of the people's own, matched in a time that is a product of both lengths.

Note [Own matcher]. Lists are filtered by expressions that anybody may send. A matcher that tries
and goes back can be held up for years by a short text; this one keeps all its states at once. It
knows what such filters use: literals, `.`, classes, `^`, `$`, `*`, `+`, `?`, `|`, groups and the
escapes `\\d \\w \\s`. Letters match in either case. What it does not know is taken as plain text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from attrs import define, field

_LONGEST = 256
_CLASSES: dict[str, Callable[[str], bool]] = {
    "d": str.isdigit,
    "w": lambda c: c.isalnum() or c == "_",
    "s": str.isspace,
}


class Test(Protocol):
    """Whether a text holds what is looked for."""

    def __call__(self, text: str) -> bool: ...


class Unknown(Exception):
    """The expression says what this matcher does not know."""


def literal(pattern: str) -> str | None:
    """The plain text that an expression without anchors and signs stands for, else None."""
    plain = []
    rest = iter(pattern)
    for sign in rest:
        if sign == "\\":
            sign = next(rest, "")
            if not sign or sign.isalnum():
                return None
        elif sign in ".^$*+?|()[]{}":
            return None
        plain.append(sign)
    return "".join(plain)


def compiled(pattern: str) -> Test:
    """The test of a part of a text; an expression that is not understood is a plain part."""
    try:
        if len(pattern) > _LONGEST:
            raise Unknown
        return _Program(pattern).found
    except Unknown:
        plain = pattern.lower()
        return lambda text: plain in text.lower()


@define
class _Node:
    """A step: `test` consumes a letter, `anchor` looks at the place, else it only leads on."""

    test: Callable[[str], bool] | None = None
    anchor: str = ""
    after: list[int] = field(factory=list)


class _Program:
    """A nondeterministic machine; node 1 is its end."""

    def __init__(self, pattern: str) -> None:
        self._text, self._at, self._depth = pattern, 0, 0
        self._nodes = [_Node(), _Node()]
        first, last = self._either()
        if self._at < len(pattern):
            raise Unknown
        self._nodes[0].after.append(first)
        self._nodes[last].after.append(1)

    def found(self, text: str) -> bool:
        states: set[int] = set()
        for place in range(len(text) + 1):
            states = self._spread(states | {0}, at_start=place == 0, at_end=place == len(text))
            if 1 in states:
                return True
            if place < len(text):
                sign = text[place].lower()
                states = {
                    after
                    for state in states
                    if (test := self._nodes[state].test) is not None and test(sign)
                    for after in self._nodes[state].after
                }
        return False

    def _spread(self, states: set[int], *, at_start: bool, at_end: bool) -> set[int]:
        seen, todo = set(states), list(states)
        while todo:
            node = self._nodes[todo.pop()]
            blocked = (node.anchor == "^" and not at_start) or (node.anchor == "$" and not at_end)
            if node.test is not None or blocked:
                continue
            for after in node.after:
                if after not in seen:
                    seen.add(after)
                    todo.append(after)
        return seen

    # -- reading

    def _node(self, test: Callable[[str], bool] | None = None, anchor: str = "") -> int:
        self._nodes.append(_Node(test, anchor))
        return len(self._nodes) - 1

    def _peek(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else ""

    def _either(self) -> tuple[int, int]:
        first, last = self._node(), self._node()
        while True:
            start, end = self._sequence()
            self._nodes[first].after.append(start)
            self._nodes[end].after.append(last)
            if self._peek() != "|":
                return first, last
            self._at += 1

    def _sequence(self) -> tuple[int, int]:
        first = last = self._node()
        while self._peek() not in ("", "|", ")"):
            start, end = self._repeated()
            self._nodes[last].after.append(start)
            last = end
        return first, last

    def _repeated(self) -> tuple[int, int]:
        start, end = self._atom()
        while self._peek() in ("*", "+", "?") and self._peek():
            sign = self._text[self._at]
            self._at += 1
            before, after = self._node(), self._node()
            self._nodes[before].after.append(start)
            self._nodes[end].after.append(after)
            if sign != "+":
                self._nodes[before].after.append(after)
            if sign != "?":
                self._nodes[end].after.append(start)
            start, end = before, after
        return start, end

    def _atom(self) -> tuple[int, int]:
        sign = self._text[self._at]
        self._at += 1
        if sign == "(":
            return self._group()
        if sign in "*+?{}":
            raise Unknown
        if sign in "^$":
            node = self._node(anchor=sign)
        elif sign == "[":
            node = self._node(self._class())
        elif sign == ".":
            node = self._node(lambda _: True)
        else:
            node = self._node(self._escape() if sign == "\\" else _same(sign))
        end = self._node()
        self._nodes[node].after.append(end)
        return node, end

    def _group(self) -> tuple[int, int]:
        self._depth += 1
        if self._peek() == "?":
            if self._text[self._at : self._at + 2] != "?:":
                raise Unknown
            self._at += 2
        if self._depth > 20:
            raise Unknown
        inner = self._either()
        if self._peek() != ")":
            raise Unknown
        self._at += 1
        self._depth -= 1
        return inner

    def _escape(self) -> Callable[[str], bool]:
        sign = self._peek()
        self._at += 1
        if sign in _CLASSES and sign:
            return _CLASSES[sign]
        if not sign or sign.isalnum():
            raise Unknown
        return _same(sign)

    def _class(self) -> Callable[[str], bool]:
        turned = self._peek() == "^"
        self._at += turned
        tests: list[Callable[[str], bool]] = []
        while self._peek() != "]" or not tests:
            sign = self._peek()
            self._at += 1
            if not sign:
                raise Unknown
            if sign == "\\":
                tests.append(self._escape())
            elif self._text[self._at : self._at + 1] == "-" and self._text[
                self._at + 1 : self._at + 2
            ] not in ("", "]"):
                tests.append(_between(sign, self._text[self._at + 1]))
                self._at += 2
            else:
                tests.append(_same(sign))
        self._at += 1
        return lambda c: any(test(c) for test in tests) is not turned


def _same(sign: str) -> Callable[[str], bool]:
    plain = sign.lower()
    return lambda c: c == plain


def _between(first: str, last: str) -> Callable[[str], bool]:
    return lambda c: first <= c <= last or first <= c.upper() <= last
