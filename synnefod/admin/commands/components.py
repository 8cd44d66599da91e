"""Commands about components and services (OPS-047 to OPS-050)."""

from __future__ import annotations

import json
from typing import Any

import click

from synnefod.admin.files import json_object_of
from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, confirm, desk


@click.command("component-add", cls=Verb)
@click.argument("name")
@click.option("--base-url", metavar="URL")
@click.option("--ui-url", metavar="URL")
def component_add(**options: Any) -> None:
    """Register a component; its token is printed this once."""
    desk().show(desk().call("component-add", **options))


@click.command(
    "component-list", cls=ListVerb, columns="id,name,base_url", more="ui_url,token,token_created"
)
def component_list() -> Any:
    """List components; of a token only its fingerprint."""
    return desk().call("component-list")["rows"]


@click.command("component-show", cls=Verb)
@click.argument("name", metavar="ID|NAME")
def component_show(name: str) -> None:
    """Show a component."""
    desk().show(desk().call("component-show", name=name))


@click.command("component-modify", cls=Verb)
@click.argument("name")
@click.option("--base-url", metavar="URL")
@click.option("--ui-url", metavar="URL")
@click.option("--auth-token", "token", metavar="TOKEN", help="Prefer --renew-token.")
@click.option("--renew-token", is_flag=True, help="Make a token and print it.")
@click.option("--purge-services", is_flag=True, help="Forget its services.")
def component_modify(name: str, **options: Any) -> None:
    """Change a component."""
    given = {key: value for key, value in options.items() if value}
    if not given:
        raise Failure("nothing to change; see synnefo-manage help component-modify", USAGE)
    if "token" in given and "renew_token" in given:
        raise Failure("a token is given or renewed, not both", USAGE)
    desk().show(desk().call("component-modify", name=name, **given))


@click.command("component-remove", cls=Verb)
@click.argument("name")
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
def component_remove(name: str, force: bool) -> None:
    """Forget a component with its services."""
    confirm(f"Forget the component {name} and its services?", force)
    desk().show(desk().call("component-remove", name=name))


@click.command("service-list", cls=ListVerb, columns="id,name,component,type")
def service_list() -> Any:
    """List the services of components outside this daemon."""
    return desk().call("service-list")["rows"]


@click.command("service-show", cls=Verb)
@click.argument("name", metavar="ID|NAME")
def service_show(name: str) -> None:
    """Show a service with its endpoints."""
    desk().show(desk().call("service-show", name=name))


@click.command("service-import", cls=Verb)
@click.option("--json", "file", required=True, metavar="FILE", help="- is standard input.")
def service_import(file: str) -> None:
    """Register services, endpoints and resources, all or none, as service-export-* prints them."""
    desk().show(desk().call("service-import", services=json_object_of(file)))


def _export(prefix: str, base: str) -> None:
    row = desk().call("service-export", prefix=prefix, base=base)["row"]
    click.echo(json.dumps(row, indent=4, sort_keys=True))


_BASE = click.option(
    "--base-url", "base", default="", metavar="URL", help="What the endpoints begin with."
)


@click.command("service-export-astakos", cls=Verb)
@_BASE
def service_export_astakos(base: str) -> None:
    """Print identity's services and resources as JSON."""
    _export("astakos", base)


@click.command("service-export-cyclades", cls=Verb)
@_BASE
def service_export_cyclades(base: str) -> None:
    """Print the services and resources of compute, network, image and volume as JSON."""
    _export("cyclades", base)


@click.command("service-export-pithos", cls=Verb)
@_BASE
def service_export_pithos(base: str) -> None:
    """Print storage's services and resources as JSON."""
    _export("pithos", base)
