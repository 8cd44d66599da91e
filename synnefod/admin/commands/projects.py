"""Commands about projects (OPS-037 to OPS-040)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin import output
from synnefod.admin.commands.quota import amount
from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, desk, owner_options


@click.command(
    "project-list",
    cls=ListVerb,
    columns="id,name,owner,status",
    more="description,end_date,creation_date,user.email",
)
@click.option("--deleted", is_flag=True, help="Ended ones only.")
@click.option("--system-projects", "system", is_flag=True, help="With people's own projects.")
@owner_options
def project_list(**options: Any) -> Any:
    """List projects."""
    return desk().call("project-list", **options)["rows"]


@click.command("project-show", cls=Verb)
@click.argument("project", metavar="UUID")
@click.option("--members", is_flag=True, help="With the members.")
@click.option("--quota", is_flag=True, help="With the usage.")
@click.option("--unit-style", type=click.Choice(output.UNITS), help="Unit; mb, in JSON none.")
def project_show(unit_style: str | None, **options: Any) -> None:
    """Show a project and its limits."""
    _show(desk().call("project-show", **options), unit_style)


@click.command("project-modify", cls=Verb)
@click.argument("project", metavar="UUID")
@click.option("--name")
@click.option("--description")
@click.option(
    "--limit",
    "limits",
    nargs=3,
    multiple=True,
    metavar="RESOURCE MEMBER PROJECT",
    help="What a member, and the whole project, may use; sizes may have a unit (10G, inf).",
)
def project_modify(
    project: str,
    name: str | None,
    description: str | None,
    limits: tuple[tuple[str, str, str], ...],
) -> None:
    """Change a project."""
    if name is None and description is None and not limits:
        raise Failure("nothing to change; see synnefo-manage help project-modify", USAGE)
    wanted = [
        {"resource": resource, "member": amount(member), "project": amount(whole)}
        for resource, member, whole in limits
    ]
    answer = desk().call(
        "project-modify", project=project, name=name, description=description, limits=wanted
    )
    _show(answer, None)


@click.command("project-control", cls=Verb)
@click.option("--terminate", metavar="UUID")
@click.option("--suspend", metavar="UUID")
@click.option("--unsuspend", metavar="UUID")
@click.option("--reinstate", metavar="UUID")
@click.option("-m", "--message", default="", help="The reason.")
def project_control(message: str, **actions: str | None) -> None:
    """Suspend or end a project, or bring it back."""
    chosen = [(action, project) for action, project in actions.items() if project is not None]
    if len(chosen) != 1:
        raise Failure("exactly one of --terminate --suspend --unsuspend --reinstate", USAGE)
    action, project = chosen[0]
    desk().show(desk().call("project-control", project=project, action=action, message=message))


def _show(answer: dict[str, Any], style: str | None) -> None:
    limits = answer.get("tables", {}).get("limits")
    if limits is not None and not (desk().form == "json" and style is None):
        keys = ("max per member", "max per project", "usage")
        rows = output.sized(limits, keys, style or "mb")
        answer["tables"]["limits"] = [
            {key: value for key, value in row.items() if key != "unit"} for row in rows
        ]
    desk().show(answer)
