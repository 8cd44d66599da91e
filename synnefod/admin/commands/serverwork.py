"""Commands that make servers for people, and look for their tags (OPS-081, OPS-082, OPS-087)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin import filters
from synnefod.admin.commands.servers import settled
from synnefod.admin.secret import PASSWORD_FILE, secret
from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, desk, truth


@click.command("server-create", cls=Verb)
@click.option("--name", required=True)
@click.option("--user", required=True, metavar="UUID|EMAIL", help="Whose server it is.")
@click.option("--password", help="Seen by other users of this machine: prefer --password-file.")
@PASSWORD_FILE
@click.option("--flavor", required=True, type=int, metavar="ID")
@click.option("--image", default="", metavar="ID", help="Needed unless the first volume has data.")
@click.option("--project", metavar="UUID", help="Who is charged; usually the user alone.")
@click.option("--backend-id", "backend", type=int, metavar="ID", help="On this cluster.")
@click.option(
    "--port",
    "ports",
    multiple=True,
    metavar="SPEC",
    help="network:ID[,address:IP], id:PORT or floatingip:ID; may be given several times.",
)
@click.option("--floating-ips", metavar="ID,...", help="Floating IPs that it gets.")
@click.option(
    "--volume",
    "volumes",
    multiple=True,
    metavar="SPEC",
    help="size=GIB[,image=ID|,snapshot=ID] or id=VOLUME; the first is the root.",
)
@click.option("--tags", metavar="A,B", help="Its tags.")
@click.option("--helper", is_flag=True, help="One that removes detached volumes.")
@truth("--wait", "Wait until it is built.", default="False")
def server_create(
    password: str | None,
    password_file: str | None,
    ports: tuple[str, ...],
    floating_ips: str | None,
    volumes: tuple[str, ...],
    tags: str | None,
    wait: bool,
    **options: Any,
) -> None:
    """Make a server for somebody."""
    word = secret(password, password_file, "Password of the new server")
    wishes = [_port(text) for text in ports]
    for text in filters.split(floating_ips or ""):
        wishes.append({"floating_ip": _number(text, "--floating-ips")})
    answer = desk().call(
        "server-create",
        password=word,
        ports=wishes or None,
        disks=[_disk(text) for text in volumes],
        tags=filters.split(tags or ""),
        **options,
    )
    desk().show(settled(answer["row"]["id"]) if wait else answer)


@click.command("server-tag-exists", cls=ListVerb, columns="tag,status,namespace")
@click.argument("server", type=int, metavar="ID")
@click.argument("tag")
def server_tag_exists(server: int, tag: str) -> Any:
    """Show a server's tag, of whichever namespace."""
    return desk().call("server-tag-exists", server=server, tag=tag)["rows"]


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Failure(f"{what}: {text!r} is not a number", USAGE)
    return int(text)


def _parts(text: str, sign: str, what: str) -> dict[str, str]:
    found = {}
    for part in text.split(","):
        key, mark, value = part.partition(sign)
        if not mark or not value:
            raise Failure(f"{what}: {part!r} is not KEY{sign}VALUE", USAGE)
        found[key.strip()] = value.strip()
    return found


def _port(text: str) -> dict[str, Any]:
    given = _parts(text, ":", "--port")
    if set(given) == {"id"}:
        return {"port": _number(given["id"], "--port")}
    if set(given) == {"floatingip"}:
        return {"floating_ip": _number(given["floatingip"], "--port")}
    if "network" in given and set(given) <= {"network", "address"}:
        address = {"address": given["address"]} if "address" in given else {}
        return {"network": _number(given["network"], "--port"), **address}
    raise Failure(f"--port: {text!r} is none of network:, id:, floatingip:", USAGE)


def _disk(text: str) -> dict[str, Any]:
    given = _parts(text, "=", "--volume")
    if set(given) == {"id"}:
        return {"volume": _number(given["id"], "--volume")}
    source = set(given) - {"size"}
    if "size" not in given or len(source) > 1 or not source <= {"image", "snapshot"}:
        raise Failure(f"--volume: {text!r} is neither size=GIB nor id=VOLUME", USAGE)
    return {"size": _number(given["size"], "--volume"), **{key: given[key] for key in source}}
