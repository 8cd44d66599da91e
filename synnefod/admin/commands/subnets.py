"""Commands about subnets (OPS-102)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.commands.networks import ends
from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Named, Verb, desk, owner_options, truth, words

COLUMNS_OF_MAP = 80


@click.command("subnet-create", cls=Verb)
@click.option("--network", type=Named("net-"), required=True, metavar="ID")
@click.option("--cidr", required=True)
@click.option("--name", default="")
@click.option("--gateway", metavar="ADDRESS", help="None, if not given.")
@click.option("--ip-version", type=click.Choice(("4", "6")), default="4", show_default=True)
@truth("--dhcp", "Whether addresses are given by DHCP, or announced.", default="True")
@click.option(
    "--allocation-pool",
    "pools",
    multiple=True,
    metavar="FIRST,LAST",
    help="Addresses to give out; may be repeated.",
)
@click.option("--dns", metavar="IP,...", help="Name servers, kept with the subnet.")
@click.option("--host-routes", metavar="ROUTE,...", help="Routes, kept with the subnet.")
def subnet_create(
    ip_version: str,
    pools: tuple[str, ...],
    dns: str | None,
    host_routes: str | None,
    **options: Any,
) -> None:
    """Give a network a subnet."""
    answer = desk().call(
        "subnet-create",
        ip_version=int(ip_version),
        pools=[ends(text) for text in pools] or None,
        dns=words(dns),
        host_routes=words(host_routes),
        **options,
    )
    desk().show(answer)


@click.command(
    "subnet-list",
    cls=ListVerb,
    columns="id,network,name,user.uuid,cidr,ipversion,gateway,dhcp,public",
    more="user.email",
)
@click.option("-d", "--deleted", is_flag=True, help="Deleted ones only.")
@click.option("--ipv4", is_flag=True, help="Of IPv4 only.")
@click.option("--ipv6", is_flag=True, help="Of IPv6 only.")
@click.option("--dhcp", is_flag=True, help="With DHCP only.")
@click.option("--public", is_flag=True, help="Of public networks only.")
@owner_options
def subnet_list(**options: Any) -> Any:
    """List subnets."""
    if options["ipv4"] and options["ipv6"]:
        raise Failure("--ipv4 and --ipv6 exclude each other", USAGE)
    return desk().call("subnet-list", **options)["rows"]


@click.command("subnet-inspect", cls=Verb)
@click.argument("subnet", type=int, metavar="ID")
def subnet_inspect(subnet: int) -> None:
    """Show a subnet with maps of its pools: "." is free, "X" is not."""
    answer = desk().call("subnet-inspect", subnet=subnet)
    pools = answer["tables"]["pools"]
    if desk().form == "json":
        desk().show(answer)
        return
    desk().show(
        {
            "row": answer["row"],
            "tables": {"pools": [{k: v for k, v in pool.items() if k != "map"} for pool in pools]},
        }
    )
    for pool in pools:
        click.echo(f"\n{pool['start']} - {pool['end']}")
        click.echo("\n".join(cut(pool["map"], COLUMNS_OF_MAP)))


def cut(marks: str, width: int) -> list[str]:
    """A map in lines."""
    return [marks[at : at + width] for at in range(0, len(marks), width)]


@click.command("subnet-modify", cls=Verb)
@click.argument("subnet", type=int, metavar="ID")
@click.option("--name", required=True)
def subnet_modify(subnet: int, name: str) -> None:
    """Rename a subnet."""
    desk().show(desk().call("subnet-modify", subnet=subnet, name=name))
