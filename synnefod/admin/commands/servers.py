"""Commands about servers (OPS-083 to OPS-088, OPS-108)."""

from __future__ import annotations

import time
from typing import Any

import click

from synnefod.admin import filters
from synnefod.admin.commands.reconciling import last_round
from synnefod.admin.transport import FAILED, USAGE, Failure
from synnefod.admin.verb import (
    ListVerb,
    Verb,
    confirm,
    desk,
    ends_with,
    owner_options,
    truth,
    verbosity,
)

PAUSE = 0.5
LONGEST = 1800.0
"""Seconds between two looks at a server, and for how long a job is waited for."""


@click.command(
    "server-list",
    cls=ListVerb,
    columns="id,name,user.uuid,state,flavor,image.id,backend,rescue",
    more="ipv4,ipv6,created,deleted,suspended,project,user.email",
)
@click.option("-d", "--deleted", is_flag=True, help="Deleted ones only.")
@click.option("--suspended", is_flag=True, help="Suspended ones only.")
@click.option("--build", is_flag=True, help="Those that are being built.")
@click.option("--backend-id", "backend", type=int, metavar="ID", help="On this cluster only.")
@click.option("-p", "--project", metavar="UUID", help="Of this project only.")
@click.option("--image-name", "image_names", is_flag=True, help="Images by name.")
@owner_options
def server_list(**options: Any) -> Any:
    """List servers."""
    return desk().call("server-list", **options)["rows"]


@click.command("server-show", cls=Verb)
@click.argument("server", type=int, metavar="ID")
def server_show(server: int) -> None:
    """Show a server, its tags, NICs and volumes."""
    desk().show(desk().call("server-show", server=server))


@click.command("server-inspect", cls=Verb)
@click.argument("server", type=int, metavar="ID")
@click.option("--jobs", is_flag=True, help="With the cluster's jobs.")
@click.option("--display-mails", "mails", is_flag=True, help="Its owner by e-mail.")
def server_inspect(server: int, jobs: bool, mails: bool) -> None:
    """Show a server beside what its cluster says of it."""
    desk().show(desk().call("server-inspect", server=server, jobs=jobs, mails=mails))


@click.command("server-modify", cls=Verb)
@click.argument("server", type=int, metavar="ID")
@click.option("--name")
@click.option("--user", metavar="UUID|EMAIL", help="Give it away, with its volumes and ports.")
@truth("--suspended", "Suspend it, or release it.")
@click.option("--suspend-reason", "reason", metavar="TEXT", help="Why it is suspended.")
@click.option("--flavor", type=int, metavar="ID", help="Resize it.")
@click.option(
    "--action",
    type=click.Choice(("start", "stop", "reboot_hard", "reboot_soft", "rescue", "unrescue")),
)
@click.option("--tag-add", metavar="TAG")
@click.option("--tag-delete", metavar="TAG")
@click.option("--tag-delete-all", is_flag=True)
@click.option("--tag-replace-all", metavar="A,B", help="These instead of all.")
@click.option("--tag-namespace", type=click.Choice(("user", "system")), default="user")
@truth("--wait", "Wait for the cluster's job.", default="False")
def server_modify(
    server: int,
    wait: bool,
    user: str | None,
    tag_add: str | None,
    tag_delete: str | None,
    tag_delete_all: bool,
    tag_replace_all: str | None,
    tag_namespace: str,
    **options: Any,
) -> None:
    """Change a server."""
    tags = {
        "add": tag_add,
        "delete": tag_delete,
        "delete_all": tag_delete_all or None,
        "replace_all": None if tag_replace_all is None else filters.split(tag_replace_all),
    }
    tagged = any(value is not None for value in tags.values())
    changed = any(value is not None for value in options.values())
    if not (tagged or changed or user):
        raise Failure("nothing to change; see synnefo-manage help server-modify", USAGE)
    answer: dict[str, Any] = {}
    if user is not None:
        desk().call("server-give", server=server, user=user)
        click.echo("what it uses was moved to the new owner; see reconcile-resources", err=True)
    if tagged:
        desk().call("server-tags", server=server, namespace=tag_namespace, **tags)
    if changed:
        answer = desk().call("server-modify", server=server, **options)
    answer = answer or desk().call("server-show", server=server)
    desk().show(settled(server) if wait else answer)


@click.command("server-remove", cls=Verb)
@click.argument("servers", type=int, nargs=-1, required=True, metavar="ID...")
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
@truth("--wait", "Wait for the cluster's job.", default="False")
def server_remove(servers: tuple[int, ...], force: bool, wait: bool) -> None:
    """Remove servers."""
    confirm(f"Remove server {', '.join(str(server) for server in servers)}?", force)

    def remove(server: int) -> dict[str, Any]:
        answer = desk().call("server-remove", server=server)
        return settled(server, gone=True) if wait else answer

    desk().each(servers, remove)


def settled(server: int, *, gone: bool = False) -> dict[str, Any]:
    """The server when nothing is pending. Raises Failure when the job failed, or takes too long."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        answer = desk().call("server-show", server=server)
        row = answer["row"]
        if not row["task"] and row["state"] == "ERROR":
            raise Failure(f"server {server}: {row['fault'] or 'is in ERROR'}", FAILED)
        if not row["task"]:
            if gone and not row["deleted"]:
                raise Failure(f"server {server} was not removed", FAILED)
            return answer
        time.sleep(PAUSE)
    raise Failure(f"server {server} is still busy after {LONGEST:.0f} s", FAILED)


_FIXES = {
    "stale": ("stale",),
    "orphans": ("orphan",),
    "unsynced": ("unsynced",),
    "unsynced_nics": ("nics",),
    "unsynced_disks": ("disks",),
    "unsynced_tags": ("tags",),
    "unsynced_snapshots": ("snapshot",),
    "unsynced_rescue": ("rescue",),
    "unsynced_flavors": ("flavor",),
    "pending_tasks": ("pending",),
    "all": (
        *("stale", "unsynced", "nics", "disks", "flavor", "pending"),
        *("tags", "snapshot", "rescue"),
    ),
}
"""What each switch acts upon. `--fix-all` leaves orphans alone: that deletes (OPS-109)."""


@click.command("reconcile-servers", cls=ListVerb, columns="kind,backend,server,difference,result")
@verbosity
@click.option("--backend-id", "backend", type=int, metavar="ID", help="This cluster only.")
@click.option("--fix-stale", is_flag=True, help="Servers without instance: take as removed.")
@click.option("--fix-orphans", is_flag=True, help="DELETE instances that belong to no server.")
@click.option("--fix-unsynced", is_flag=True, help="The state.")
@click.option("--fix-unsynced-nics", is_flag=True, help="NICs.")
@click.option("--fix-unsynced-disks", is_flag=True, help="Disks.")
@click.option("--fix-unsynced-tags", is_flag=True, help="Tags.")
@click.option("--fix-unsynced-snapshots", is_flag=True, help="Snapshots whose job has ended.")
@click.option("--fix-unsynced-rescue", is_flag=True, help="What the guest starts from.")
@click.option("--fix-unsynced-flavors", is_flag=True, help="The flavor.")
@click.option("--fix-pending-tasks", is_flag=True, help="Actions whose job has ended.")
@click.option("--fix-all", is_flag=True, help="All but orphans.")
@click.option("--exit-code", "strict", is_flag=True, help="Exit 1 if a difference is left.")
@click.option("--last", is_flag=True, help="Show the daemon's own last round instead.")
@truth("--parallel", "Whether clusters are compared side by side.", default="True")
def reconcile_servers(
    backend: int | None, strict: bool, parallel: bool, last: bool, **switches: bool
) -> Any:
    """Compare servers with their clusters; without a switch, report only."""
    fix = sorted(
        {
            kind
            for switch, given in switches.items()
            if given
            for kind in _FIXES[switch.removeprefix("fix_")]
        }
    )
    if last:
        return last_round("reconcile-servers")
    side = {} if parallel else {"parallel": False}
    rows = desk().call("reconcile-servers", backend=backend, fix=fix, **side)["rows"]
    left = [row for row in rows if row["result"] != "fixed"]
    failed = [row for row in rows if row["result"] == "remains"]
    if failed or (strict and left):
        ends_with(FAILED)
    return rows
