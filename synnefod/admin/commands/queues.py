"""queue-list, queue-inspect, queue-purge, queue-retry: messages on their way (OPS-121 to 125)."""

from __future__ import annotations

import sys
from typing import Any

import click

from synnefod.admin.verb import ListVerb, Verb, confirm, desk, verbosity


@click.command("queue-list", cls=ListVerb, columns="name,waiting,dead")
@verbosity
def queue_list() -> Any:
    """List the queues of events, and how many messages wait in each."""
    return desk().call("queue-list")["rows"]


@click.command(
    "queue-inspect",
    cls=ListVerb,
    columns="fingerprint,key,reason,retried,body",
    more="encoding",
)
@verbosity
@click.argument("queue")
@click.option("-i", "--interactive", is_flag=True, help="Ask of each message whether it goes.")
@click.option("--no-requeue", is_flag=True, help="Remove the messages that are shown.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True)
def queue_inspect(queue: str, interactive: bool, no_requeue: bool, limit: int) -> Any:
    """Show the first messages of QUEUE; they stay in it unless told otherwise."""
    found = desk().call("queue-inspect", queue=queue, most=limit)["rows"]
    doomed = [row["fingerprint"] for row in found] if no_requeue else []
    if interactive:
        doomed = []
        for row in found:
            click.echo(f"{row['key']}: {row['body']}", err=True)
            click.echo("Remove this message? [yes/no] ", nl=False, err=True)
            if sys.stdin.readline().strip().lower() in ("yes", "y"):
                doomed.append(row["fingerprint"])
    if doomed:
        desk().call("queue-remove", queue=queue, fingerprints=doomed)
    return found


@click.command("queue-purge", cls=Verb)
@verbosity
@click.argument("queue")
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
def queue_purge(queue: str, force: bool) -> None:
    """Remove all messages of QUEUE."""
    confirm(f"Remove all messages of {queue}?", force)
    desk().show(desk().call("queue-purge", queue=queue))


@click.command("queue-retry", cls=ListVerb, columns="queue,sent,dropped,kept,strange")
@verbosity
@click.option("--keep-zombies", is_flag=True, help="Keep messages that died twice.")
def queue_retry(keep_zombies: bool) -> Any:
    """Send dead letters back to where they came from; drop those that died twice."""
    return desk().call("queue-retry", keep_zombies=keep_zombies)["rows"]
