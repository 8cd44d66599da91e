"""Commands about quota (OPS-042, OPS-043)."""

from __future__ import annotations

import re
from typing import Any

import click

from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, desk, truth

_AMOUNT = re.compile(r"(\d+(?:\.\d+)?) *(?:([kmgtp]?)i?b?)", re.I)


def amount(text: str) -> int:
    """A number, in bytes if it has a unit (`10G`, `512MB`); `inf` is -1. Raises Failure."""
    if text.lower() == "inf":
        return -1
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        raise Failure(f"{text!r} is not an amount such as 4, 10G or inf", USAGE)
    number, unit = found.groups()
    return int(float(number) * 1024 ** " kmgtp".index(unit.lower() or " "))


@click.command(
    "quota-list",
    cls=ListVerb,
    columns="holder,source,resource,limit,usage",
    more="displayname,pending,user,project,unit",
    sizes=("limit", "usage", "pending"),
)
@click.option("--overlimit", "over", is_flag=True, help="Only where usage exceeds the limit.")
@click.option("--display-mails", "mails", is_flag=True, help="Fill the column displayname.")
def quota_list(**options: Any) -> Any:
    """List what each member may use of each project's resources, and does."""
    return desk().call("quota-list", **options)["rows"]


@click.command(
    "resource-list",
    cls=ListVerb,
    columns="name,system_default,project_default,api_visible,ui_visible",
    more="service_type,service_origin,unit,description",
    sizes=("system_default", "project_default"),
)
def resource_list() -> Any:
    """List the resources that programs may see, and what new projects get of them."""
    return desk().call("resource-list")["rows"]


@click.command("resource-modify", cls=Verb)
@click.argument("name")
@click.option("--system-default", metavar="N", help="What people's own projects get (10G, inf).")
@click.option("--project-default", metavar="N", help="What other new projects get.")
@truth("--api-visible", "Whether programs see it; False hides it from people too.")
@truth("--ui-visible", "Whether people see it; True shows it to programs too.")
def resource_modify(
    name: str,
    system_default: str | None,
    project_default: str | None,
    api_visible: bool | None,
    ui_visible: bool | None,
) -> None:
    """Change a resource's defaults and visibility."""
    if (system_default, project_default, api_visible, ui_visible) == (None,) * 4:
        raise Failure("nothing to change; see synnefo-manage help resource-modify", USAGE)
    answer = desk().call(
        "resource-modify",
        name=name,
        system_default=None if system_default is None else amount(system_default),
        project_default=None if project_default is None else amount(project_default),
        api_visible=api_visible,
        ui_visible=ui_visible,
    )
    desk().show(answer)
