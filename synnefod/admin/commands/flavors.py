"""Commands about flavors (OPS-072 to OPS-075)."""

from __future__ import annotations

import itertools
from typing import Any

import click

from synnefod.admin import filters
from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, desk, numbers, pairs, truth


@click.command("flavor-create", cls=Verb)
@click.argument("cpus")
@click.argument("rams")
@click.argument("disks")
@click.argument("volume_type_ids")
@click.option("-n", "--dry-run", is_flag=True, help="Only tell what would be made.")
@truth("--public", "Whether everybody may use them.", default="True")
@click.option("--specs", metavar="K=V,...", help="Extra specifications.")
def flavor_create(
    cpus: str,
    rams: str,
    disks: str,
    volume_type_ids: str,
    dry_run: bool,
    public: bool,
    specs: str | None,
) -> None:
    """Make a flavor of each combination of comma lists: CPUs, MiB of RAM, GiB of disk, types."""
    lists = [
        numbers(text, what)
        for text, what in (
            (cpus, "CPUS"),
            (rams, "RAMS"),
            (disks, "DISKS"),
            (volume_type_ids, "VOLUME_TYPE_IDS"),
        )
    ]
    wanted = pairs(specs, "--specs")
    for ram in lists[1]:
        if ram % 4:
            up = -(-ram // 4) * 4
            click.echo(f"RAM {ram} is rounded up to {up}, a multiple of 4", err=True)

    def make(sizes: tuple[int, int, int, int]) -> dict[str, Any]:
        cpu, ram, disk, kind = sizes
        answer = desk().call(
            "flavor-create",
            cpu=cpu,
            ram=ram,
            disk=disk,
            volume_type=kind,
            public=public,
            specs=wanted,
            dry_run=dry_run,
        )
        row = answer["row"]
        if row["outcome"] == "exists":
            click.echo(
                f"flavor {row['name']} exists; change it with: flavor-modify {row['id']}", err=True
            )
        return answer

    desk().each(list(itertools.product(*lists)), make)


@click.command(
    "flavor-list",
    cls=ListVerb,
    columns="id,name,cpu,ram,disk,template,volume_type,allow_create,public,vms,specs",
)
@click.option("-d", "--deleted", is_flag=True, help="Deleted ones only.")
def flavor_list(deleted: bool) -> Any:
    """List flavors."""
    return desk().call("flavor-list", deleted=deleted)["rows"]


@click.command("flavor-show", cls=Verb)
@click.argument("flavor", type=int, metavar="ID")
def flavor_show(flavor: int) -> None:
    """Show a flavor."""
    desk().show(desk().call("flavor-show", flavor=flavor))


@click.command("flavor-modify", cls=Verb)
@click.argument("flavor", type=int, metavar="ID")
@truth("--deleted", "Delete it, or bring it back.")
@truth("--allow-create", "Whether servers may be made of it.")
@truth("--public", "Whether everybody may use it.")
@click.option("--spec-add", metavar="K=V,...")
@click.option("--spec-delete", metavar="K,...")
def flavor_modify(
    flavor: int, spec_add: str | None, spec_delete: str | None, **options: bool | None
) -> None:
    """Change a flavor."""
    add = pairs(spec_add, "--spec-add")
    remove = filters.split(spec_delete or "")
    both = sorted(set(add) & set(remove))
    if both:
        raise Failure(f"spec {both[0]!r} is added and deleted", USAGE)
    if not add and not remove and all(value is None for value in options.values()):
        raise Failure("nothing to change; see synnefo-manage help flavor-modify", USAGE)
    answer = desk().call(
        "flavor-modify", flavor=flavor, spec_add=add, spec_delete=remove, **options
    )
    desk().show(answer)


@click.command("flavor-access-add", cls=Verb)
@click.option("--project", required=True, metavar="UUID")
@click.option("--flavor", required=True, type=int, metavar="ID")
def flavor_access_add(project: str, flavor: int) -> None:
    """Let a project use a flavor that is not public."""
    desk().show(desk().call("flavor-access", project=project, flavor=flavor, granted=True))


@click.command("flavor-access-remove", cls=Verb)
@click.argument("access", required=False, metavar="[ID]")
@click.option("--project", metavar="UUID")
@click.option("--flavor", type=int, metavar="ID")
def flavor_access_remove(access: str | None, project: str | None, flavor: int | None) -> None:
    """Take a project's use of a flavor back: by its id in flavor-access-list, or by both."""
    if access is not None:
        number, _, project = access.partition("/")
        flavor = int(number) if number.isascii() and number.isdigit() else None
    if not project or flavor is None:
        raise Failure("name an access: ID, or --project and --flavor", USAGE)
    desk().show(desk().call("flavor-access", project=project, flavor=flavor, granted=False))


@click.command("flavor-access-list", cls=ListVerb, columns="id,flavor,project")
def flavor_access_list() -> Any:
    """List which projects may use which flavors."""
    return desk().call("flavor-access-list")["rows"]
