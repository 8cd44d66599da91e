"""Arguments that many commands have: numbers behind names, lists of words, what to remove."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Named(click.ParamType[int]):
    """A number, also behind the name that it has on the clusters: 12 or snf-net-12 (NET-237)."""

    name = "id"

    def __init__(self, kind: str = "") -> None:
        self._pattern = re.compile(rf"(?:[^-]+-{kind})?(\d{{1,18}})")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = self._pattern.fullmatch(str(value))
        if found is None:
            self.fail(f"{str(value)!r} is not an id", param, ctx)
        return int(found[1])


def words(text: str | None) -> list[str] | None:
    """`a,b`; None stays None."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def removal(*kinds: str) -> Callable[[F], F]:
    """The arguments of a command that removes things: numbers, and `--force` (OPS-013)."""

    def decorate(function: F) -> F:
        force = click.option("-f", "--force", is_flag=True, help="Do not ask.")
        ids = click.argument("ids", type=Named(*kinds), nargs=-1, required=True, metavar="ID...")
        return ids(force(function))

    return decorate
