"""Commands about Ganeti clusters (OPS-064 to OPS-071)."""

from __future__ import annotations

from typing import Any

import click

from synnefod.admin.secret import PASSWORD_FILE, secret
from synnefod.admin.transport import FAILED, PARTLY, USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, confirm, desk, ends_with, truth

_COLUMNS = (
    "id,clustername,port,username,drained,offline,public,vms,hypervisor,ips,disk_templates"
)  # fmt: skip
_VERIFY = "How the RAPI's certificate is checked: a CA file, sha256:<hex>, or off."
_HYPERVISORS = click.Choice(("kvm", "xen-pvm", "xen-hvm", "fake"))


@click.command("backend-add", cls=Verb)
@click.option("--clustername", required=True, metavar="HOST", help="The cluster's name.")
@click.option("--port", type=click.IntRange(1, 65535), default=5080, show_default=True)
@click.option("--url", default="", help="The RAPI's address, if it is not https://HOST:PORT.")
@click.option("--user", required=True, help="An account of the RAPI that may write.")
@click.option(
    "--pass",
    "--password",
    "password",
    help="Seen by other users of this machine: prefer --password-file.",
)
@PASSWORD_FILE
@click.option("--verify", default="off", show_default=True, help=_VERIFY)
@click.option("--hypervisor", type=_HYPERVISORS, help="The cluster's own default, if not given.")
@truth("--public", "Whether everybody's servers may be made there.", default="True")
@truth("--drained", "Whether no new servers are made there.", default="True")
@click.option("--no-check", is_flag=True, help="Do not try the credentials.")
@click.option("--no-init", is_flag=True, help="Do not make the public networks there.")
def backend_add(
    password: str | None,
    password_file: str | None,
    no_check: bool,
    no_init: bool,
    hypervisor: str | None,
    **options: Any,
) -> None:
    """Register a cluster, drained unless told otherwise."""
    word = secret(password, password_file, "Password of the RAPI")
    options |= {"check": not no_check, "init": not no_init, "hypervisor": hypervisor}
    answer = desk().call("backend-add", password=word, **options)
    desk().show(answer)


@click.command("backend-list", cls=ListVerb, columns=_COLUMNS, more="mem,disk,url,version,updated")
def backend_list() -> Any:
    """List clusters; memory and disk are free/total in MiB."""
    return desk().call("backend-list")["rows"]


@click.command("backend-modify", cls=Verb)
@click.argument("backend", type=int, metavar="ID")
@click.option("--clustername", metavar="HOST")
@click.option("--port", type=click.IntRange(1, 65535))
@click.option("--url")
@click.option("--username")
@click.option("--password", help="Seen by other users of this machine: prefer --password-file.")
@PASSWORD_FILE
@click.option("--verify", help=_VERIFY)
@click.option("--hypervisor", type=_HYPERVISORS)
@truth("--drained", "Whether no new servers are made there.")
@truth("--offline", "Whether the cluster is left alone entirely.")
@truth("--public", "Whether everybody's servers may be made there.")
@click.option("--no-check", is_flag=True, help="Do not try new credentials.")
def backend_modify(
    backend: int, password: str | None, password_file: str | None, no_check: bool, **options: Any
) -> None:
    """Change a cluster's registration; new credentials are tried first."""
    word = secret(password, password_file, None)
    if word is None and all(value is None for value in options.values()):
        raise Failure("nothing to change; see synnefo-manage help backend-modify", USAGE)
    answer = desk().call(
        "backend-modify", backend=backend, password=word, check=not no_check, **options
    )
    desk().show(answer)


@click.command("backend-remove", cls=Verb)
@click.argument("backend", type=int, metavar="ID")
@click.option("-f", "--force", is_flag=True, help="Do not ask.")
def backend_remove(backend: int, force: bool) -> None:
    """Forget a cluster that no live server uses."""
    confirm(f"Forget backend {backend}?", force)
    desk().show(desk().call("backend-remove", backend=backend))


@click.command(
    "backend-update-status",
    cls=ListVerb,
    columns="id,clustername,answered,vms,mem,disk,disk_templates",
    more="version,updated",
)
def backend_update_status() -> Any:
    """Refresh the figures of all clusters that are not offline; failed if one did not answer."""
    rows = desk().call("backend-update-status")["rows"]
    silent = [row["clustername"] for row in rows if not row["answered"]]
    if silent:
        click.echo(f"no answer from {', '.join(silent)}", err=True)
        ends_with(FAILED if len(silent) == len(rows) else PARTLY)
    return rows


@click.command("backend-check", cls=ListVerb, columns="backend,check,result,details")
@click.argument("backend", type=int, required=False, metavar="[ID]")
def backend_check(backend: int | None) -> Any:
    """Try a cluster (or all) from end to end: API, account, what it offers, events, clock."""
    rows = desk().call("backend-check", backend=backend)["rows"]
    if any(row["result"] == "fail" for row in rows):
        ends_with(FAILED)
    return rows


@click.command("job-list", cls=ListVerb, columns="backend,job,status,what,received")
def job_list() -> Any:
    """List the clusters' jobs that have not ended, whoever submitted them."""
    return desk().call("job-list")["rows"]


@click.command("project-backend-add", cls=Verb)
@click.option("--project", required=True, metavar="UUID")
@click.option("--backend", type=int, required=True, metavar="ID")
def project_backend_add(project: str, backend: int) -> None:
    """Make a project's servers on this cluster only, and on others that are added."""
    desk().show(desk().call("project-backend-add", project=project, backend=backend))


@click.command("project-backend-list", cls=ListVerb, columns="id,project,backend")
def project_backend_list() -> Any:
    """List the projects that have clusters of their own."""
    return desk().call("project-backend-list")["rows"]


@click.command("project-backend-remove", cls=Verb)
@click.argument("mapping", type=int, required=False, metavar="[ID]")
@click.option("--project", metavar="UUID")
@click.option("--backend", type=int, metavar="ID")
def project_backend_remove(mapping: int | None, project: str | None, backend: int | None) -> None:
    """Take a cluster from a project: by number, or by --project and --backend."""
    if mapping is None and (project is None or backend is None):
        raise Failure("name the mapping by its number, or by --project and --backend", USAGE)
    desk().show(
        desk().call("project-backend-remove", mapping=mapping, project=project, backend=backend)
    )
