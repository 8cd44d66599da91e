"""Commands about networks, and the history of addresses (OPS-098 to OPS-101, OPS-106)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import (
    ListVerb,
    Named,
    Verb,
    confirm,
    desk,
    owner_options,
    removal,
    truth,
    words,
)


@click.command("network-create", cls=Verb)
@click.option("--name", default="")
@click.option("--flavor", required=True, help="The network flavor, such as CUSTOM.")
@click.option("--user", metavar="UUID|EMAIL", help="The owner of a private network.")
@click.option("--public", is_flag=True, help="For everybody.")
@click.option("--project", metavar="UUID", help="The project that it is charged to.")
@click.option("--subnet", metavar="CIDR")
@click.option("--gateway", metavar="ADDRESS", help="None, if not given.")
@click.option("--subnet6", metavar="CIDR")
@click.option("--gateway6", metavar="ADDRESS", help="None, if not given.")
@truth("--dhcp", "Whether addresses are given by DHCP.", default="False")
@click.option("--mode")
@click.option("--link")
@click.option("--mac-prefix")
@click.option("--tags", metavar="T,...")
@truth("--floating-ip-pool", "Whether floating IPs come from it.", default="False")
@click.option(
    "--allocation-pool",
    "pools",
    multiple=True,
    metavar="FIRST,LAST",
    help="Addresses to give out; may be repeated.",
)
@truth("--drained", "Whether no addresses are given out.", default="False")
def network_create(pools: tuple[str, ...], tags: str | None, **options: Any) -> None:
    """Make a network."""
    answer = desk().call(
        "network-create",
        pools=[ends(text) for text in pools] or None,
        tags=words(tags),
        **options,
    )
    desk().show(answer)


def ends(text: str) -> list[str]:
    """FIRST,LAST. Raises Failure."""
    found = [part.strip() for part in text.split(",")]
    if len(found) != 2 or not all(found):
        raise Failure(f"--allocation-pool: {text!r} is not FIRST,LAST", USAGE)
    return found


@click.command(
    "network-list",
    cls=ListVerb,
    columns="id,name,user.uuid,state,public,subnet.ipv4,gateway.ipv4,link,mac_prefix,drained,"
    "floating_ip_pool",
    more="flavor,subnets,subnet.ipv6,gateway.ipv6,created,updated,deleted,mode,vms,"
    "backends,project,user.email",
)
@click.option("-d", "--deleted", is_flag=True, help="Deleted ones only.")
@click.option("--public", is_flag=True, help="Public ones only.")
@click.option("--ipv6", is_flag=True, help="Those with an IPv6 subnet.")
@click.option("-p", "--project", metavar="UUID", help="Of this project only.")
@owner_options
def network_list(**options: Any) -> Any:
    """List networks."""
    return desk().call("network-list", **options)["rows"]


@click.command("network-inspect", cls=Verb)
@click.argument("network", type=Named("net-"), metavar="ID")
@truth("--backends", "With its state on each cluster.", default="True")
@click.option("--display-mails", "mails", is_flag=True, help="The owner's e-mail too.")
def network_inspect(**options: Any) -> None:
    """Show a network, its subnets and where it is."""
    desk().show(desk().call("network-inspect", **options))


@click.command("network-modify", cls=Verb)
@click.argument("network", type=Named("net-"), metavar="ID")
@click.option("--name")
@click.option("--user", metavar="UUID", help="The new owner of a private network.")
@truth("--drained", "Whether no addresses are given out.")
@truth("--floating-ip-pool", "Whether floating IPs come from it.")
@click.option("--add-reserved-ips", "reserve", metavar="IP,...", help="Keep these back.")
@click.option("--remove-reserved-ips", "unreserve", metavar="IP,...", help="No longer.")
@click.option("--add-to-backend", "add_to", type=int, metavar="ID", help="Make it there.")
@click.option(
    "--remove-from-backend", "remove_from", type=int, metavar="ID", help="Remove it there."
)
def network_modify(
    network: int, user: str | None, reserve: str | None, unreserve: str | None, **options: Any
) -> None:
    """Change a network."""
    if user is not None and "@" in user:
        raise Failure("--user: give the UUID of the owner, not an e-mail", USAGE)
    options |= {"user": user, "reserve": words(reserve), "unreserve": words(unreserve)}
    if all(value is None for value in options.values()):
        raise Failure("nothing to change; see synnefo-manage help network-modify", USAGE)
    desk().show(desk().call("network-modify", network=network, **options))


@click.command("network-remove", cls=Verb)
@removal("net-")
def network_remove(ids: tuple[int, ...], force: bool) -> None:
    """Remove networks that nothing uses."""
    confirm(f"Remove network {', '.join(str(each) for each in ids)}?", force)
    desk().each(ids, lambda each: desk().call("network-remove", network=each))


@click.command(
    "ip-list", cls=ListVerb, columns="address,user,server,network,action,date", more="reason"
)
@click.option("--address", metavar="IP", help="Of this address only.")
@click.option("--server", type=Named(), metavar="ID", help="Of this server only.")
@owner_options
def ip_list(**options: Any) -> Any:
    """List when public addresses came to servers and left them."""
    return desk().call("ip-list", **options)["rows"]
