"""enforce-resources-cyclades: quotas kept by taking away (OPS-114 to OPS-118)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin import filters
from synnefod.admin.transport import FAILED, PARTLY, Failure
from synnefod.admin.verb import Verb, confirm, desk

RESOURCES = {
    "cyclades.vm": "remove servers; softly: shut them down",
    "cyclades.total_cpu": "remove servers; softly: shut them down",
    "cyclades.total_ram": "remove servers; softly: shut them down",
    "cyclades.cpu": "shut servers down, remove those in ERROR",
    "cyclades.ram": "shut servers down, remove those in ERROR",
    "cyclades.disk": "remove volumes",
    "cyclades.floating_ip": "delete addresses; softly: detach them",
}


@click.command("enforce-resources-cyclades", cls=Verb)
@click.option("--resources", metavar="R,...", help="Keep the limits of these, by removing.")
@click.option("--soft-resources", metavar="R,...", help="Of these without removing anything.")
@click.option("--list-resources", is_flag=True, help="Say which there are, and what is done.")
@click.option("--users", metavar="U,...", help="Only these users' quotas; projects' are left out.")
@click.option("--exclude-users", metavar="U,...")
@click.option("--projects", metavar="P,...", help="Only quotas of and in these projects.")
@click.option("--exclude-projects", metavar="P,...")
@click.option("--fix", is_flag=True, help="Do it; without, only report.")
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
@click.option("--max-operations", type=int, metavar="N", help="At most so many on each cluster.")
@click.option("--shutdown-timeout", type=int, metavar="S", help="Seconds for a guest to shut down.")
@click.option("--remove-system-volumes", is_flag=True, help="Remove servers for their disk space.")
@click.option("--cascade-remove", is_flag=True, help="Also servers that have more volumes.")
def enforce_resources_cyclades(list_resources: bool, fix: bool, force: bool, **given: Any) -> None:
    """Shut down or remove what is over its quota.

    Without resources, cpu and ram are looked at, which are kept by shutting servers down. The
    report names violations, actions, what remains, and which switch would allow more.
    """
    if list_resources:
        desk().show({"tables": {"resources": [
            {"resource": name, "done": done} for name, done in RESOURCES.items()
        ]}})  # fmt: skip
        return
    asked = {
        "resources": _words(given["resources"]),
        "soft": _words(given["soft_resources"]),
        "users": _words(given["users"]),
        "exclude_users": _words(given["exclude_users"]),
        "projects": _words(given["projects"]),
        "exclude_projects": _words(given["exclude_projects"]),
        "max_operations": given["max_operations"],
        "shutdown_timeout": given["shutdown_timeout"],
        "system_volumes": given["remove_system_volumes"],
        "cascade": given["cascade_remove"],
    }
    if fix and not force:
        found = desk().call("enforce-resources-cyclades", **asked)
        actions = found["tables"]["actions"]
        if not actions:
            desk().show(found)
            return
        words = sorted({f"{row['Action']} {row['Type']} {row['ID']}" for row in actions})
        confirm(f"{', '.join(words)}?", force)
    answer = desk().call("enforce-resources-cyclades", fix=fix, **asked)
    desk().show(answer)
    failed, actions = answer["row"]["failed"], answer["row"]["planned"]
    if failed:
        text = f"{failed} of {actions} actions were refused"
        raise Failure(text, FAILED if failed == actions else PARTLY)


def _words(text: str | None) -> list[str]:
    return filters.split(text) if text else []
