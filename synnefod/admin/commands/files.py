"""Commands about files, accounts and blocks of the object store (OPS-055 to OPS-062)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from synnefod.admin.transport import FAILED, USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, desk, ends_with, everywhere, typed_yes, verbosity


@click.command("file-show", cls=Verb)
@click.argument("what", nargs=-1, required=True, metavar="UUID | ACCOUNT CONTAINER OBJECT")
@click.option("--obj-version", "version", type=int, metavar="N", help="A version by its number.")
@click.option("--domain", default="pithos", show_default=True, help="Whose metadata to show.")
@click.option("--hashmap", is_flag=True, help="Show the hashes of its blocks.")
def file_show(**options: Any) -> None:
    """Show a file: what it is, who may do what and why, its public address."""
    options["what"] = list(options["what"])
    desk().show(desk().call("file-show", **options))


_WHOSE = "type,holder,source,resource,database,quotaholder,pending,fixed"


@click.command("reconcile-resources-pithos", cls=ListVerb, columns=_WHOSE)
@verbosity
@click.option("--user", metavar="UUID|EMAIL")
@click.option("--project", metavar="UUID")
@click.option("--fix", is_flag=True, help="Put wrong counters right.")
@click.option("--force", is_flag=True, help="Also beyond the limit.")
def reconcile_resources_pithos(**options: Any) -> Any:
    """Compare the disk space of files with what is counted; exit 1 when they differ."""
    rows = desk().call("reconcile-resources-pithos", **options)["rows"]
    if any(not row["fixed"] for row in rows):
        ends_with(FAILED)
    return rows


@click.command(
    "reconcile-commissions-pithos", cls=ListVerb, columns="serial,name,issue time,result"
)
@verbosity
@click.option("--fix", is_flag=True, help="Reject them.")
def reconcile_commissions_pithos(fix: bool) -> Any:
    """List commissions for disk space that nothing waits for; exit 1 when there are any."""
    rows = desk().call("reconcile-commissions-pithos", fix=fix)["rows"]
    if rows and not fix:
        ends_with(FAILED)
    return rows


# -- accounts


@click.group("pithos-manage-accounts", params=everywhere())
def pithos_manage_accounts() -> None:
    """List, delete, merge accounts of files; export and set quotas."""


@pithos_manage_accounts.command(
    "list", cls=ListVerb, columns="account,containers,objects,bytes,history,history bytes"
)
@click.option("--duplicate", is_flag=True, help="Those that differ from another in case only.")
def _list(duplicate: bool) -> Any:
    """List accounts with what they hold."""
    return desk().call("pithos-accounts-list", duplicate=duplicate)["rows"]


@pithos_manage_accounts.command("delete", cls=Verb)
@click.argument("account")
@click.option("--dry", is_flag=True, help="Only show what would be deleted.")
def _delete(account: str, dry: bool) -> None:
    """Delete an account with all its files and their history, for ever."""
    desk().show(desk().call("pithos-accounts-show", account=account))
    if not dry:
        typed_yes(f"Delete all of account {account} for ever?")
        desk().show(desk().call("pithos-accounts-delete", account=account))


@pithos_manage_accounts.command("merge", cls=Verb)
@click.argument("source")
@click.argument("destination")
@click.option("--dry", is_flag=True, help="Only show what would be merged.")
def _merge(source: str, destination: str, dry: bool) -> None:
    """Give all files of one account, history and sharing with them, to another."""
    desk().show(desk().call("pithos-accounts-show", account=source))
    if not dry:
        typed_yes(f"Merge account {source} into {destination}?")
        answer = desk().call("pithos-accounts-merge", source=source, destination=destination)
        desk().show(answer)


@pithos_manage_accounts.command("export-quota", cls=Verb)
@click.option("--location", required=True, type=click.Path(path_type=Path), metavar="FILE")
def _export_quota(location: Path) -> None:
    """Write the limit of each account's own space: lines of uuid, pithos.diskspace, bytes."""
    rows = desk().call("pithos-accounts-quotas")["rows"]
    text = "".join(f"{row['uuid']} pithos.diskspace {row['bytes']}\n" for row in rows)
    try:
        location.write_text(text, "utf-8")
    except OSError as error:
        raise Failure(f"{location}: {error.strerror}") from None
    desk().show({"row": {"location": str(location), "accounts": len(rows)}})


@pithos_manage_accounts.command(
    "set-container-quota", cls=ListVerb, columns="account,container,before,after"
)
@click.argument("container")
@click.argument("quota", type=int, metavar="BYTES")
@click.option("--account", metavar="UUID|EMAIL", help="Of this account only.")
@click.option("--dry", is_flag=True, help="Only show what would change.")
@click.option("--report", is_flag=True, help="Show each container, not only those that change.")
def _set_container_quota(report: bool, **options: Any) -> Any:
    """Set the quota of all containers of a name; 0 for none."""
    if options["quota"] < 0:
        raise Failure("a quota is a number of bytes, 0 for none", USAGE)
    rows = desk().call("pithos-accounts-set-quota", **options)["rows"]
    return [row for row in rows if report or row["before"] != row["after"]]


# -- blocks


@click.command("storage-check", cls=ListVerb, columns="problem,path,version,block")
@click.option("--deep", is_flag=True, help="Read every block, against its hash.")
@click.option("--account", metavar="UUID|EMAIL", help="Files of this account only.")
@click.option(
    "--resume",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Remember in FILE how far it is, and go on from there.",
)
def storage_check(deep: bool, account: str | None, resume: Path | None) -> Any:
    """Look whether all data of all files is there; exit 1 when something is wrong.

    The daemon is asked for a little at a time, so that others are served meanwhile.
    """
    cursor = _remembered(resume)
    found: list[Any] = []
    while cursor is not None:
        answer = desk().call("storage-check", cursor=cursor, deep=deep, account=account)
        found += answer["rows"]
        cursor = answer["row"]["cursor"]
        _remember(resume, cursor)
    if found:
        ends_with(FAILED)
    return found


def _remembered(file: Path | None) -> Any:
    try:
        return [0, 0] if file is None else json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return [0, 0]
    except (OSError, ValueError):
        raise Failure(f"{file} does not tell where to go on", USAGE) from None


def _remember(file: Path | None, cursor: Any) -> None:
    if file is None:
        return
    if cursor is None:
        file.unlink(missing_ok=True)
        return
    fresh = file.with_name(file.name + ".new")
    fresh.write_text(json.dumps(cursor), "utf-8")
    os.replace(fresh, file)


@click.command("storage-gc", cls=Verb)
@click.option("--grace", type=float, default=7.0, show_default=True, metavar="DAYS")
@click.option("--dry-run", "dry", is_flag=True, help="Only count.")
def storage_gc(grace: float, dry: bool) -> None:
    """Set aside blocks that no file has named for a while; give up those of earlier runs.

    Safe beside uploads; killed at any point, the next run goes on.
    """
    if grace < 1:
        raise Failure("the grace is at least a day", USAGE)
    desk().show(desk().call("storage-gc", grace=grace, dry=dry))
