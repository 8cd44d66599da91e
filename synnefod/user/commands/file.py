"""synnefo file: files of the object store, by their blocks."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from synnefod.user.refusals import USAGE, Failure, Refused
from synnefod.user.signin import from_here
from synnefod.user.store import Store
from synnefod.user.transfers import Transfers


@click.group("file", help="List, send, fetch, share and move files. A PATH is CONTAINER/NAME.")
@click.option("--cloud", default="", help="A name in clouds.yaml.")
@click.option("--account", default="", metavar="UUID", help="Another's files that you may use.")
@click.option("--at-once", type=click.IntRange(1, 64), default=8, help="Blocks under way at once.")
@click.pass_context
def file(context: click.Context, cloud: str, account: str, at_once: int) -> None:
    def store() -> Store:
        session = from_here(cloud, at_once=at_once)
        return Store(session, account or session.user)

    context.obj = (store, at_once)


def _store() -> Store:
    make: Callable[[], Store]
    make, _ = click.get_current_context().obj
    return make()


def _at_once() -> int:
    found: int = click.get_current_context().obj[1]
    return found


def _object(path: str) -> str:
    container, _, name = path.lstrip("/").partition("/")
    if not container or not name:
        raise Failure(f"{path!r} names no file; a PATH is CONTAINER/NAME", USAGE)
    return f"{container}/{name}"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _show(rows: list[dict[str, Any]], columns: list[str], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows))
        return
    table = Table(box=None, pad_edge=False)
    for column in columns:
        number = bool(rows) and isinstance(rows[0].get(column), int)
        table.add_column(column, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(str(row.get(column, "")) for column in columns))
    console = Console(highlight=False, markup=False)
    console.print(table, width=None if console.is_terminal else 400)


@file.command("list")
@click.argument("place", metavar="[CONTAINER[/PREFIX]]", default="")
@click.option("-r", "--recursive", is_flag=True, help="What lies in folders too.")
@click.option("--json", "as_json", is_flag=True)
def list_(place: str, recursive: bool, as_json: bool) -> None:
    """List containers, or the files of one."""
    store = _store()
    container, _, prefix = place.lstrip("/").partition("/")
    if not container:
        rows = [
            {"name": each["name"], "files": each.get("count", 0), "bytes": each.get("bytes", 0)}
            for each in store.containers()
        ]
        _show(rows, ["name", "files", "bytes"], as_json)
        return
    more = {} if recursive else {"delimiter": "/"}
    rows = [
        {
            "name": each.get("name") or each["subdir"],
            "bytes": int(each.get("bytes", 0)),
            "modified": each.get("last_modified", ""),
            "version": each.get("x_object_version", ""),
        }
        for each in store.entries(container, prefix, **more)
    ]
    _show(rows, ["name", "bytes", "modified", "version"], as_json)


@file.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.argument("place", metavar="CONTAINER[/PATH]")
@click.option("--new", is_flag=True, help="Refuse to write over a file that is there.")
def upload(files: tuple[Path, ...], place: str, new: bool) -> None:
    """Send files; of each only the blocks that the cloud lacks. PATH ends with a slash for a
    folder. Doing it again after an interruption goes on."""
    store = _store()
    container, _, path = place.lstrip("/").partition("/")
    if len(files) > 1 and path and not path.endswith("/"):
        raise Failure("several files go to a folder; end its PATH with a slash", USAGE)
    own = store.of(store.session.user)
    own.make(container)
    blocks = None if own.account == store.account else (own, container)
    condition = {"If-None-Match": "*"} if new else {}
    with Transfers(_at_once()) as transfers, _bar() as bar:
        for each in files:
            name = path + each.name if not path or path.endswith("/") else path
            task = bar.add_task(each.name, total=each.stat().st_size)
            transfers.upload(
                store,
                each,
                container,
                name,
                condition,
                blocks=blocks,
                seen=lambda count, task=task: bar.advance(task, count),  # type: ignore[misc]
            )


@file.command()
@click.argument("path")
@click.argument("target", metavar="[FILE]", default="", type=click.Path())
@click.option("--version", type=int, help="One of its versions instead of the newest.")
def download(path: str, target: str, version: int | None) -> None:
    """Fetch a file. Until it is complete it is FILE.part; doing it again goes on from there."""
    store = _store()
    path = _object(path)
    place = Path(target or ".")
    if place.is_dir():
        place = place / path.rsplit("/", 1)[-1]
    wanted = store.map(path, version)
    part = place.with_name(place.name + ".part")
    with Transfers(_at_once()) as transfers, _bar() as bar:
        task = bar.add_task(place.name, total=wanted.size)
        transfers.download(
            store,
            path,
            wanted,
            part,
            version=version,
            older=place if place.is_file() else None,
            seen=lambda count: bar.advance(task, count),
        )
    os.replace(part, place)


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(console=console, disable=not console.is_terminal, transient=True)


@file.command()
@click.argument("path")
@click.option("--read", multiple=True, metavar="WHO", help="A user's UUID, OWNER:GROUP, or *.")
@click.option("--write", multiple=True, metavar="WHO")
@click.option("--off", is_flag=True, help="Share it no more.")
def share(path: str, read: tuple[str, ...], write: tuple[str, ...], off: bool) -> None:
    """Share a file or a folder; without options, show with whom it is shared."""
    store, path = _store(), _object(path)
    parts = [f"{kind}={','.join(who)}" for kind, who in (("read", read), ("write", write)) if who]
    if parts and off:
        raise Failure("either --off or somebody to share with", USAGE)
    if parts or off:
        store.update(path, {"X-Object-Sharing": "; ".join(parts)})
    click.echo(store.head(path).get("x-object-sharing", ""))


@file.command()
@click.argument("path")
@click.option("--off", is_flag=True, help="Its address ends to work.")
def publish(path: str, off: bool) -> None:
    """Give a file an address that anybody can read it at, and print it."""
    store, path = _store(), _object(path)
    store.update(path, {"X-Object-Public": "false" if off else "true"})
    if not off:
        click.echo(store.head(path).get("x-object-public", ""))


@file.command()
@click.argument("path")
@click.option("--json", "as_json", is_flag=True)
def versions(path: str, as_json: bool) -> None:
    """List the versions of a file, oldest first."""
    rows = [
        {"version": serial, "modified": _moment(when)}
        for serial, when in _store().versions(_object(path))
    ]
    _show(rows, ["version", "modified"], as_json)


@file.command()
@click.argument("path")
@click.argument("version", type=int)
def restore(path: str, version: int) -> None:
    """Make an old version the newest, also of a deleted file. The others stay."""
    path = _object(path)
    store = _store()
    store.copy(path, path, version=version, account=store.account)


@file.command()
@click.argument("place", metavar="CONTAINER[/FOLDER]")
def mkdir(place: str) -> None:
    """Make a container or a folder."""
    store = _store()
    container, _, name = place.strip("/").partition("/")
    store.make(container)
    if name:
        store.folder(f"{container}/{name}")


def _moved(source: str, target: str, recursive: bool, *, move: bool) -> None:
    store, source = _store(), _object(source)
    container, _, name = target.lstrip("/").partition("/")
    if not name or name.endswith("/"):
        name += source.rstrip("/").rsplit("/", 1)[-1]
    store.copy(source, f"{container}/{name}", move=move, account=store.account, whole=recursive)


@file.command()
@click.argument("source")
@click.argument("target")
@click.option("-r", "--recursive", is_flag=True, help="What lies below it too.")
def move(source: str, target: str, recursive: bool) -> None:
    """Move or rename within the cloud."""
    _moved(source, target, recursive, move=True)


@file.command()
@click.argument("source")
@click.argument("target")
@click.option("-r", "--recursive", is_flag=True, help="What lies below it too.")
def copy(source: str, target: str, recursive: bool) -> None:
    """Copy within the cloud; no data is sent."""
    _moved(source, target, recursive, move=False)


@file.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("-r", "--recursive", is_flag=True, help="What lies below it too.")
@click.option("-f", "--force", is_flag=True, help="No error where there is nothing.")
def delete(paths: tuple[str, ...], recursive: bool, force: bool) -> None:
    """Delete files. A container's versions keep them until it is purged."""
    store = _store()
    for path in paths:
        try:
            store.delete(_object(path), whole=recursive)
        except Refused as error:
            if not (force and error.status == 404):
                raise
