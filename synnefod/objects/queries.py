"""What part of an account or container to list; `interface` offers them all."""

from __future__ import annotations

import enum

from attrs import frozen

from synnefod.objects.values import MAX_LISTING


@frozen
class MetaFilter:
    """Terms of `meta=` (PIT-092, PIT-093), keys as canonical header names.

    `any_of`: at least one exists; `none_of`: none exists; `compare`: (key, operator, value) with
    operator one of `= != <= >= < >`, compared as strings, all hold. At most 100 terms (Malformed).
    """

    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    compare: tuple[tuple[str, str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.any_of or self.none_of or self.compare)


class Rolling(enum.Enum):
    """How names that end at their first delimiter are listed.

    PITHOS: as objects, which replace the virtual entry (PIT-087, PIT-088). SWIFT: as the virtual
    entry, but an object equal to the prefix stays an object (5.4); with `children_only` the
    object equal to the prefix is left out.
    """

    PITHOS = "pithos"
    SWIFT = "swift"


@frozen
class ObjectQuery:
    """What part of a container to list. Everything literal: dialects prepare `prefix` themselves.

    `marker` and `end_marker` are exclusive; with `reverse` the order and their meaning turn.
    With `delimiter` (one or more characters) names are rolled up at its first occurrence after
    the prefix; with `children_only` rolled-up entries are left out (PIT-091 `path=`).
    A `marker` that equals a virtual entry skips all below it (PIT-089). `shared` and `public`
    restrict to such objects, both to the union (PIT-094). `until`: the state strictly before.
    `strict`: all or nothing: NotAllowed if a listed object is one that the asker may not read
    (the parts of a manifest, PIT-118). `large`: the entries tell of large objects.
    """

    prefix: str = ""
    delimiter: str = ""
    children_only: bool = False
    marker: str = ""
    end_marker: str = ""
    reverse: bool = False
    limit: int = MAX_LISTING
    rolling: Rolling = Rolling.PITHOS
    shared: bool = False
    public: bool = False
    until: int | None = None
    meta: MetaFilter = MetaFilter()
    strict: bool = False
    large: bool = False


def pithos_query(
    *,
    prefix: str = "",
    delimiter: str = "",
    path: str = "",
    marker: str = "",
    end_marker: str = "",
    reverse: bool = False,
    limit: int = MAX_LISTING,
    shared: bool = False,
    public: bool = False,
    until: int | None = None,
    meta: MetaFilter | None = None,
) -> ObjectQuery:
    """The query of a Pithos listing: prefix and path prepared as PIT-084, PIT-086, PIT-091 say."""
    children_only = path != ""
    if children_only:
        prefix, delimiter = path, "/"
    prefix = prefix.lstrip("/")
    if prefix and delimiter and not prefix.endswith(delimiter):
        prefix += delimiter
    return ObjectQuery(
        prefix=prefix,
        delimiter=delimiter,
        children_only=children_only,
        marker=marker,
        end_marker=end_marker,
        reverse=reverse,
        limit=limit,
        shared=shared,
        public=public,
        until=until,
        meta=meta or MetaFilter(),
    )


@frozen
class ContainerQuery:
    """What part of an account to list; fields as in `ObjectQuery`."""

    prefix: str = ""
    delimiter: str = ""
    marker: str = ""
    end_marker: str = ""
    reverse: bool = False
    limit: int = MAX_LISTING
    shared: bool = False
    public: bool = False
    until: int | None = None
