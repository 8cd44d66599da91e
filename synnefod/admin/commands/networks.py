"""Commands about networks (OPS-098, OPS-099)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, desk, owner_options, truth


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
        pools=[_ends(text) for text in pools] or None,
        tags=None if tags is None else [tag for tag in tags.split(",") if tag],
        **options,
    )
    desk().show(answer)


def _ends(text: str) -> list[str]:
    ends = [part.strip() for part in text.split(",")]
    if len(ends) != 2 or not all(ends):
        raise Failure(f"--allocation-pool: {text!r} is not FIRST,LAST", USAGE)
    return ends


@click.command(
    "network-list",
    cls=ListVerb,
    columns="id,name,user.uuid,state,public,subnet.ipv4,gateway.ipv4,link,mac_prefix,drained,"
    "floating_ip_pool",
    more="flavor,subnets,subnet.ipv6,gateway.ipv6,created,updated,mode,project,user.email",
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
@click.argument("network", type=int, metavar="ID")
@truth("--backends", "With its state on each cluster.", default="True")
@click.option("--display-mails", "mails", is_flag=True, help="The owner's e-mail too.")
def network_inspect(**options: Any) -> None:
    """Show a network, its subnets and where it is."""
    desk().show(desk().call("network-inspect", **options))
