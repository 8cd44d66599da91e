"""Commands about components and services (OPS-047 to OPS-050)."""

from __future__ import annotations

import json
from typing import Any

import click

from synnefod.admin.files import json_object_of
from synnefod.admin.transport import NOT_FOUND, USAGE, Failure
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


STANDARD = ("astakos", "cyclades", "pithos")


def _services(name: str, base: str) -> dict[str, Any]:
    """A component's services, for service-import, as if it were served below `base`."""
    services: dict[str, Any] = desk().call("service-export", prefix=f"{name}_", base="")["row"]
    for service in services.values():
        for endpoint in service["endpoints"]:
            for key, value in endpoint.items():
                if key.endswith("URL") and value.startswith(f"/{name}"):
                    endpoint[key] = base.rstrip("/") + value.removeprefix(f"/{name}")
    return services


def _registered(name: str, base: str | None, ui: str | None) -> dict[str, Any]:
    """The component, made if it is new, with its services if they are standard ones."""
    row: dict[str, Any] = {"name": name, "services": ""}
    given = {"base_url": base, "ui_url": ui}
    try:
        desk().call("component-show", name=name)
    except Failure as error:
        if error.code != NOT_FOUND:
            raise
        row["token"] = desk().call("component-add", name=name, **given)["row"]["token"]
    else:
        if base or ui:
            desk().call("component-modify", name=name, **given)
    if name in STANDARD and base:
        services = _services(name, base)
        desk().call("service-import", services=services)
        row["services"] = " ".join(sorted(services))
    return {"row": row}


@click.command("snf-component-register", cls=Verb)
@click.argument("name", required=False)
@click.argument("base_url", required=False)
@click.argument("ui_url", required=False)
def snf_component_register(name: str | None, base_url: str | None, ui_url: str | None) -> None:
    """Register a component with its standard services; all standard ones without a NAME.

    This daemon registers its own by itself; a token that is made is printed this once.
    """
    names = [name] if name else list(STANDARD)
    desk().each(names, lambda each: _registered(each, base_url, ui_url))


@click.command("snf-service-export", cls=Verb)
@click.argument("name", type=click.Choice(STANDARD))
@click.argument("base_url")
def snf_service_export(name: str, base_url: str) -> None:
    """Print the services of a standard component below BASE_URL, for service-import."""
    click.echo(json.dumps(_services(name, base_url), indent=4, sort_keys=True))
