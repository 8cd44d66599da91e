"""synnefo sync: a folder and a container made equal, once or for as long as it runs."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Lock

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

from synnefod.user.folder import Folder
from synnefod.user.plan import Do, Step
from synnefod.user.refusals import FAILED, USAGE, Failure
from synnefod.user.signin import from_here
from synnefod.user.state import State
from synnefod.user.store import Store
from synnefod.user.syncing import Outcome, Sync, Watcher, lasting, tidy
from synnefod.user.transfers import Transfers


class Told(Watcher):
    """A bar on a terminal, a line for each step."""

    def __init__(self, quiet: bool) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._quiet = quiet
        self._lock = Lock()
        self._task: TaskID | None = None
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=self._console,
            disable=quiet or not self._console.is_terminal,
            transient=True,
        )

    def begin(self, steps: list[Step]) -> None:
        total = 0
        for step in steps:
            moved = step.here if step.do is Do.UPLOAD else step.there
            if step.do in (Do.UPLOAD, Do.DOWNLOAD, Do.CONFLICT) and moved:
                total += moved.size
        if self._task is not None:
            self.bar.remove_task(self._task)
        self._task = self.bar.add_task("blocks", total=total)

    def seen(self, count: int) -> None:
        with self._lock:
            if self._task is not None:
                self.bar.advance(self._task, count)

    def did(self, step: Step) -> None:
        if not self._quiet and step.do is not Do.AGREE:
            self._console.print(f"{step.do.value}: {step.path}", markup=False, soft_wrap=True)


@click.command("sync")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.argument("place", metavar="CONTAINER[/PREFIX]")
@click.option("--cloud", default="", help="A name in clouds.yaml.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--watch", is_flag=True, help="Go on until interrupted.")
@click.option("--every", type=click.FloatRange(0.1), default=5.0, help="Seconds between looks.")
@click.option("--at-once", type=click.IntRange(1, 64), default=8, help="Blocks under way at once.")
@click.option("-q", "--quiet", is_flag=True)
def sync(
    folder: Path,
    place: str,
    cloud: str,
    dry_run: bool,
    watch: bool,
    every: float,
    at_once: int,
    quiet: bool,
) -> None:
    """Make DIR and CONTAINER[/PREFIX] equal, in both directions.

    Only blocks that the other side lacks are sent. Where both sides changed a file, the one here is
    kept under another name. A file .synnefoignore (syntax of .gitignore) names what is left out;
    links and empty folders are not synced. Exit 1 when something could not be done.
    """
    container, _, prefix = place.strip("/").partition("/")
    if not container:
        raise Failure("name a container", USAGE)
    folder.mkdir(parents=True, exist_ok=True)
    session = from_here(cloud, at_once=at_once + 4)
    store = Store(session, session.user)
    store.make(container)
    where = f"{session.store}/{session.user}/{container}/{prefix}"
    state = State(folder.resolve(), where)
    told = Told(quiet)
    try:
        with Transfers(at_once) as transfers:
            made = Sync(
                Folder(folder.resolve()),
                state,
                store,
                container,
                f"{prefix}/" if prefix else "",
                transfers,
                told,
            )
            tidy(state)
            if dry_run:
                for step in made.look():
                    if step.do is not Do.AGREE:
                        click.echo(f"{step.do.value}: {step.path}")
                return
            with told.bar:
                if watch:
                    _watch(made, every)
                else:
                    _end(made, made.run())
    finally:
        state.close()


def _watch(made: Sync, every: float) -> None:
    pause = every
    while True:
        try:
            _show(made, made.run())
            pause = every
        except Failure as error:
            if lasting(error):
                raise
            click.echo(f"synnefo: {error}; will try again", err=True)
            pause = min(max(pause, 1.0) * 2, 300.0)
        time.sleep(pause)


def _show(made: Sync, outcome: Outcome) -> None:
    for name in outcome.conflicts:
        click.echo(f"both sides changed it; yours is kept as {name}", err=True)
    for text in dict.fromkeys(made.folder.strange):
        click.echo(f"not synced: {text}", err=True)
    for path, why in outcome.failed.items():
        click.echo(f"not done: {path}: {why}", err=True)


def _end(made: Sync, outcome: Outcome) -> None:
    _show(made, outcome)
    told = ", ".join(f"{count} x {do.value}" for do, count in outcome.done.items())
    click.echo(told or "nothing to do")
    if outcome.failed:
        raise Failure(f"{len(outcome.failed)} could not be done", FAILED)
