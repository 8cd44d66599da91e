"""host-setup: what a node of a Ganeti cluster needs beside Ganeti. It asks no daemon."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click

import synnefod
from synnefod.admin.transport import FAILED, Failure
from synnefod.admin.verb import Verb, desk

HOOKED = ("modify", "shutdown", "remove", "migrate", "failover")
"""Instance hooks after which rules follow."""
PROGRAMS = ("python3", "nft", "sfdisk", "mformat", "openssl")


def files() -> Path:
    """Where the files for nodes are: in the package, or in the source tree beside it."""
    package = Path(synnefod.__file__).parent
    for place in (package / "host", package.parent / "etc" / "ganeti"):
        if place.is_dir():
            return place
    raise Failure("the files for nodes are not installed", FAILED)


def plan(root: Path, os_name: str, *, net: bool) -> list[tuple[Path, Path, int]]:
    """What goes where with which mode."""
    found = files()
    made = []
    for file in sorted((found / "os").iterdir()):
        target = root / "usr/share/ganeti/os" / os_name / file.name
        made.append((file, target, 0o755 if os.access(file, os.X_OK) else 0o644))
    if not net:
        return made
    made.append((found / "net/synnefod_nic.py", root / "usr/lib/synnefod/synnefod_nic.py", 0o644))
    made.append((found / "net/kvm-vif-bridge", root / "etc/ganeti/kvm-vif-bridge", 0o755))
    hooks = root / "etc/ganeti/hooks"
    for name in HOOKED:
        made.append((found / "net/hook", hooks / f"instance-{name}-post.d" / "synnefod", 0o755))
    return made


@click.command("host-setup", cls=Verb)
@click.option("--os-name", default="synnefod", show_default=True, help="Of the OS definition.")
@click.option("--no-net", is_flag=True, help="Leave the network scripts to others.")
@click.option("--root", default="/", metavar="FOLDER", help="Install below this folder.")
@click.option("-n", "--dry-run", is_flag=True, help="Only tell what would be done.")
def host_setup(os_name: str, no_net: bool, root: str, dry_run: bool) -> None:
    """Install the OS definition and the network scripts on this node of a Ganeti cluster.

    The daemon is then told: ganeti.os = "synnefod+default".
    """
    rows = []
    try:
        for source, target, mode in plan(Path(root), os_name, net=not no_net):
            same = target.is_file() and target.read_bytes() == source.read_bytes()
            if not (same or dry_run):
                install(source, target, mode)
            rows.append({"file": str(target), "result": "there" if same else "installed"})
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}", FAILED) from None
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        click.echo(f"this node has no {', '.join(missing)}", err=True)
    told = {"os": f"{os_name}+default", "missing": ", ".join(missing)}
    desk().show({"row": told, "tables": {"files": rows}})


def install(source: Path, target: Path, mode: int) -> None:
    """All of it or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + ".new")
    shutil.copyfile(source, fresh)
    fresh.chmod(mode)
    fresh.replace(target)
