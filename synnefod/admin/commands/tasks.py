"""task-list, task-run, health-list: the daemon's periodic work (OPS-162), and how it is."""

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


@click.command("health-list", cls=ListVerb, columns="check,ok,required,since,reason")
def health_list() -> Any:
    """List what the daemon that answers looks at before it calls itself ready."""
    return desk().call("health-list")["rows"]
