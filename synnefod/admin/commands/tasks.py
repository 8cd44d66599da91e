"""task-list, task-run: the daemon's periodic work (OPS-162)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.verb import ListVerb, Verb, desk


@click.command(
    "task-list",
    cls=ListVerb,
    columns="name,period,last run,last result,next run",
    more="jitter",
)
def task_list() -> Any:
    """List the periodic work of the daemon that answers."""
    return desk().call("task-list")["rows"]


@click.command("task-run", cls=Verb)
@click.argument("name")
def task_run(name: str) -> None:
    """Run a task now."""
    desk().show(desk().call("task-run", name=name))
