"""Commands about volumes (OPS-091 to OPS-095)."""

from __future__ import annotations

import time
from typing import Any

import click

from synnefod.admin.transport import FAILED, USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, confirm, desk, owner_options, truth

PAUSE = 0.5
LONGEST = 1800.0
"""Seconds between two looks at a volume, and for how long a job is waited for."""
_MOVING = ("CREATING", "ATTACHING", "DETACHING", "DELETING")
_WAIT = truth("--wait", "Wait for the cluster's job.", default="False")


@click.command("volume-create", cls=Verb)
@click.option("-s", "--size", type=int, metavar="GB", help="GiB; that of the source by default.")
@click.option("--name", default="")
@click.option("--description", default="")
@click.option("--user", metavar="UUID|EMAIL", help="Its owner; the server's by default.")
@click.option("--server", type=int, metavar="ID", help="Made by this server and attached to it.")
@click.option("--project-id", "project", metavar="UUID", help="The server's by default.")
@click.option("--source", metavar="image:UUID|snapshot:UUID", help="What it is filled from.")
@click.option("--volume-type", type=int, metavar="ID", help="The server's by default.")
@_WAIT
def volume_create(wait: bool, **options: Any) -> None:
    """Make a volume, alone or on a server."""
    if options["user"] is None and options["server"] is None:
        raise Failure("name the owner with --user, or a server with --server", USAGE)
    if options["size"] is None and options["source"] is None:
        raise Failure("--size is missing", USAGE)
    answer = desk().call("volume-create", **options)
    desk().show(_settled(answer["row"]["id"]) if wait else answer)


@click.command(
    "volume-list",
    cls=ListVerb,
    columns="id,user.uuid,size,status,source,disk_template,volume_type,server_id",
    more="user.email",
)
@click.option("-d", "--deleted", is_flag=True, help="Deleted ones only.")
@owner_options
def volume_list(**options: Any) -> Any:
    """List volumes; sizes in GiB."""
    return desk().call("volume-list", **options)["rows"]


@click.command("volume-show", cls=Verb)
@click.argument("volume", type=int, metavar="ID")
def volume_show(volume: int) -> None:
    """Show a volume and its metadata."""
    desk().show(desk().call("volume-show", volume=volume))


@click.command("volume-inspect", cls=Verb)
@click.argument("volume", type=int, metavar="ID")
def volume_inspect(volume: int) -> None:
    """Show a volume beside what its cluster says of the disk."""
    desk().show(desk().call("volume-inspect", volume=volume))


@click.command("volume-modify", cls=Verb)
@click.argument("volume", type=int, metavar="ID")
@click.option("--name")
@click.option("--description")
@truth("--delete-on-termination", "Whether it goes with its server.")
def volume_modify(volume: int, **options: Any) -> None:
    """Change what is said of a volume."""
    if all(value is None for value in options.values()):
        raise Failure("nothing to change; see synnefo-manage help volume-modify", USAGE)
    desk().show(desk().call("volume-modify", volume=volume, **options))


@click.command("volume-attach", cls=Verb)
@click.argument("volume", type=int, metavar="ID")
@click.option("--server", type=int, required=True, metavar="ID")
@_WAIT
def volume_attach(volume: int, server: int, wait: bool) -> None:
    """Attach a volume to a server."""
    answer = desk().call("volume-attach", volume=volume, server=server)
    desk().show(_settled(volume) if wait else answer)


@click.command("volume-detach", cls=Verb)
@click.argument("volumes", type=int, nargs=-1, required=True, metavar="ID...")
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
@_WAIT
def volume_detach(volumes: tuple[int, ...], force: bool, wait: bool) -> None:
    """Detach volumes from their servers; their data stays."""
    _each("Detach", "volume-detach", volumes, force, wait)


@click.command("volume-remove", cls=Verb)
@click.argument("volumes", type=int, nargs=-1, required=True, metavar="ID...")
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
@_WAIT
def volume_remove(volumes: tuple[int, ...], force: bool, wait: bool) -> None:
    """Remove volumes and their data."""
    _each("Remove", "volume-remove", volumes, force, wait)


def _each(what: str, verb: str, volumes: tuple[int, ...], force: bool, wait: bool) -> None:
    confirm(f"{what} volume {', '.join(str(volume) for volume in volumes)}?", force)

    def work(volume: int) -> dict[str, Any]:
        answer = desk().call(verb, volume=volume)
        return _settled(volume) if wait else answer

    desk().each(volumes, work)


def _settled(volume: int) -> dict[str, Any]:
    """The volume when no job moves it. Raises Failure when that takes too long, or it is in
    error."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        answer = desk().call("volume-show", volume=volume)
        status = answer["row"]["status"]
        if status == "ERROR":
            raise Failure(f"volume {volume} is in ERROR", FAILED)
        if status not in _MOVING:
            return answer
        time.sleep(PAUSE)
    raise Failure(f"volume {volume} is still busy after {LONGEST:.0f} s", FAILED)
