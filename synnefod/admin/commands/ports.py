"""Commands about ports and floating IPs (OPS-103 to OPS-105)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import click

from synnefod.admin.transport import FAILED, Failure
from synnefod.admin.verb import (
    ListVerb,
    Named,
    Verb,
    confirm,
    desk,
    numbers,
    owner_options,
    removal,
    truth,
)

PAUSE = 0.5
LONGEST = 1800.0
"""Seconds between two looks at a port, and for how long a job is waited for."""


@click.command("port-create", cls=Verb)
@click.option("--network", type=Named("net-"), metavar="ID")
@click.option("--server", type=Named(), metavar="ID")
@click.option("--user", metavar="UUID|EMAIL", help="The owner; that of the server, if not given.")
@click.option("--name", default="")
@click.option("--floating-ip", type=int, metavar="ID", help="With this address, on its network.")
@click.option("--ipv4-address", metavar="IP", help="With this address.")
@click.option("--security-groups", "groups", metavar="ID,...")
@truth("--wait", "Wait for the cluster's job.", default="True")
def port_create(wait: bool, groups: str | None, **options: Any) -> None:
    """Make a port, of a server or of none."""
    wanted = None if groups is None else numbers(groups, "--security-groups")
    answer = desk().call("port-create", security_groups=wanted, **options)
    server = answer["row"].get("server_id")
    if wait and server is not None:
        answer = {"row": _settled(answer["row"]["id"], server, gone=False)}
    desk().show(answer)


@click.command(
    "port-list",
    cls=ListVerb,
    columns="id,name,user.uuid,mac_address,network,server_id,fixed_ips,state",
    more="device_owner,created,updated,user.email",
)
@click.option("--public", is_flag=True, help="On public networks only.")
@click.option("--server", type=Named(), metavar="ID", help="Of this server only.")
@owner_options
def port_list(**options: Any) -> Any:
    """List ports."""
    return desk().call("port-list", **options)["rows"]


@click.command("port-inspect", cls=Verb)
@click.argument("port", type=Named("nic-"), metavar="ID")
@click.option("--jobs", is_flag=True, help="With the cluster's jobs about its server.")
@click.option("--display-mails", "mails", is_flag=True, help="The owner's e-mail too.")
def port_inspect(**options: Any) -> None:
    """Show a port beside what its cluster says of it."""
    desk().show(desk().call("port-inspect", **options))


@click.command("port-remove", cls=Verb)
@removal("nic-")
@truth("--wait", "Wait for the cluster's job.", default="False")
def port_remove(ids: tuple[int, ...], force: bool, wait: bool) -> None:
    """Remove ports."""
    confirm(f"Remove port {', '.join(str(each) for each in ids)}?", force)

    def remove(port: int) -> dict[str, Any]:
        answer = desk().call("port-remove", port=port)
        server = answer["row"].get("server_id")
        if wait and server is not None:
            _settled(port, server, gone=True)
        return answer

    desk().each(ids, remove)


def _settled(port: int, server: int, *, gone: bool) -> Mapping[str, Any]:
    """The port when its server's job has ended as wished. Raises Failure when it failed."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        of_server = desk().call("server-show", server=server)["row"]
        rows = desk().call("port-list", port=port)["rows"]
        if not of_server["task"]:
            there = bool(rows)
            if there is gone or (rows and not gone and rows[0]["state"] != "ACTIVE"):
                told = of_server["fault"] or "see server-inspect --jobs"
                verb = "taken off" if gone else "added"
                raise Failure(f"port {port} was not {verb}: {told}", FAILED)
            return rows[0] if rows else {}
        time.sleep(PAUSE)
    raise Failure(f"server {server} is still busy after {LONGEST:.0f} s", FAILED)


# -- floating IPs


@click.command("floating-ip-create", cls=Verb)
@click.option("--user", required=True, metavar="UUID|EMAIL", help="The owner.")
@click.option("--network", type=Named("net-"), metavar="ID", help="Any pool, if not given.")
@click.option("--address", metavar="IP", help="Any one, if not given.")
@click.option("--project", metavar="UUID", help="The owner's own, if not given.")
def floating_ip_create(**options: Any) -> None:
    """Give a user a floating IP."""
    desk().show(desk().call("floating-ip-create", **options))


@click.command(
    "floating-ip-list",
    cls=ListVerb,
    columns="id,address,network,server,port,user.uuid,created",
    more="deleted,project,user.email",
)
@click.option("-d", "--deleted", is_flag=True, help="Deleted ones only; released ones are gone.")
@click.option("-p", "--project", metavar="UUID", help="Of this project only.")
@owner_options
def floating_ip_list(**options: Any) -> Any:
    """List floating IPs."""
    return desk().call("floating-ip-list", **options)["rows"]


@click.command("floating-ip-show", cls=Verb)
@click.argument("floating_ip", type=int, metavar="ID")
@click.option("--display-mails", "mails", is_flag=True, help="The owner's e-mail too.")
def floating_ip_show(**options: Any) -> None:
    """Show a floating IP."""
    desk().show(desk().call("floating-ip-show", **options))


_WAIT = truth("--wait", "Wait for the cluster's job.", default="False")


@click.command("floating-ip-attach", cls=Verb)
@click.argument("floating_ip", type=int, metavar="ID")
@click.option("--machine", type=Named(), required=True, metavar="ID", help="The server.")
@_WAIT
def floating_ip_attach(floating_ip: int, machine: int, wait: bool) -> None:
    """Put a floating IP on a server."""
    answer = desk().call("floating-ip-attach", floating_ip=floating_ip, machine=machine)
    if wait:
        _settled(answer["row"]["port"], machine, gone=False)
    desk().show(answer)


@click.command("floating-ip-detach", cls=Verb)
@click.argument("floating_ip", type=int, metavar="ID")
@_WAIT
def floating_ip_detach(floating_ip: int, wait: bool) -> None:
    """Take a floating IP off its server; its owner keeps it."""
    answer = desk().call("floating-ip-detach", floating_ip=floating_ip)
    server = answer["row"]["server"]
    if wait and server is not None:
        _settled(answer["row"]["port"], server, gone=True)
        answer = desk().call("floating-ip-show", floating_ip=floating_ip)
    desk().show(answer)


@click.command("floating-ip-remove", cls=Verb)
@removal()
def floating_ip_remove(ids: tuple[int, ...], force: bool) -> None:
    """Release floating IPs that are on no server."""
    confirm(f"Remove floating IP {', '.join(str(each) for each in ids)}?", force)
    desk().each(ids, lambda each: desk().call("floating-ip-remove", floating_ip=each))
