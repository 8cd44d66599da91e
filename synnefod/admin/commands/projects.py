"""Commands about projects (OPS-037 to OPS-040)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin import output
from synnefod.admin.commands.quota import amount
from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, desk, owner_options, truth


@click.command(
    "project-list",
    cls=ListVerb,
    columns="id,name,owner,status,pending_app",
    more="description,end_date,creation_date,user.email",
)
@click.option("--new", is_flag=True, help="Those asked for that do not exist yet.")
@click.option("--modified", is_flag=True, help="Those for which a change is asked.")
@click.option("--pending", is_flag=True, help="Those with a pending application.")
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


_POLICY = click.Choice(["auto", "moderated", "closed"])


@click.command("project-modify", cls=Verb)
@click.argument("project", metavar="UUID", required=False)
@click.option("--all-system-projects", "everybody", is_flag=True, help="All people's own ones.")
@click.option("--exclude", default="", metavar="UUID,...", help="But not these.")
@click.option("--name")
@click.option("--owner", metavar="UUID|EMAIL")
@click.option("--homepage", metavar="URL")
@click.option("--description")
@click.option("--end-date", "end", metavar="DATE", help="ISO 8601, e.g. 2030-01-31.")
@click.option("--join-policy", type=_POLICY)
@click.option("--leave-policy", type=_POLICY)
@click.option("--max-members", metavar="N", help="inf: no limit.")
@truth("--private", "Whether only members see it.")
@click.option(
    "--limit",
    "limits",
    nargs=3,
    multiple=True,
    metavar="RESOURCE MEMBER PROJECT",
    help="What a member, and the whole project, may use; sizes may have a unit (10G, inf).",
)
def project_modify(
    project: str | None,
    everybody: bool,
    exclude: str,
    max_members: str | None,
    limits: tuple[tuple[str, str, str], ...],
    **given: Any,
) -> None:
    """Change a project, or all people's own ones."""
    if (project is None) != everybody:
        raise Failure("name a project, or --all-system-projects", USAGE)
    changes = {key: value for key, value in given.items() if value is not None}
    if max_members is not None:
        changes["max_members"] = amount(max_members)
    if limits:
        changes["limits"] = [
            {"resource": resource, "member": amount(member), "project": amount(whole)}
            for resource, member, whole in limits
        ]
    if not changes:
        raise Failure("nothing to change; see synnefo-manage help project-modify", USAGE)
    spared = [each.strip() for each in exclude.split(",") if each.strip()]
    _show(desk().call("project-modify", project=project, exclude=spared, **changes), None)


_CONTROLS = ("terminate", "suspend", "unsuspend", "reinstate")
_ALL = "--approve --deny --terminate --suspend --unsuspend --reinstate --check-expired"


@click.command("project-control", cls=Verb)
@click.option("--approve", type=int, metavar="APPLICATION")
@click.option("--deny", type=int, metavar="APPLICATION")
@click.option("--terminate", metavar="UUID")
@click.option("--suspend", metavar="UUID")
@click.option("--unsuspend", metavar="UUID")
@click.option("--reinstate", metavar="UUID")
@click.option("--check-expired", is_flag=True, help="List living projects past their end.")
@click.option("--terminate-expired", is_flag=True, help="Terminate and list them.")
@click.option("-m", "--message", default="", help="The reason.")
def project_control(message: str, **actions: Any) -> None:
    """Answer an application; suspend or end a project, or bring it back."""
    chosen = [(action, value) for action, value in actions.items() if value not in (None, False)]
    if len(chosen) != 1:
        raise Failure(f"exactly one of {_ALL} --terminate-expired", USAGE)
    action, value = chosen[0]
    if action in _CONTROLS:
        body = {"project": value, "action": action, "message": message}
        desk().show(desk().call("project-control", **body))
    elif action in ("approve", "deny"):
        body = {"application": value, "action": action, "message": message}
        desk().show(desk().call("project-answer", **body))
    else:
        verb = "project-expired" if action == "check_expired" else "project-terminate-expired"
        rows = desk().call(verb)["rows"]
        columns = ["project", "name", "status", "end date"]
        click.echo(output.table(rows, columns, desk().form))


def _show(answer: dict[str, Any], style: str | None) -> None:
    limits = answer.get("tables", {}).get("limits")
    if limits is not None and not (desk().form == "json" and style is None):
        keys = ("max per member", "max per project", "usage")
        rows = output.sized(limits, keys, style or "mb")
        answer["tables"]["limits"] = [
            {key: value for key, value in row.items() if key != "unit"} for row in rows
        ]
    desk().show(answer)
