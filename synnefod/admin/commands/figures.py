"""Figures about the deployment (OPS-128)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import Verb, desk, truth

_SECTIONS = ("clusters", "servers", "ip_pools", "networks", "images")


@click.command("stats-cyclades", cls=Verb)
@click.option("--backend", metavar="ID|NAME", help="Of this cluster only.")
@truth("--clusters", "Show the clusters.", default="True")
@truth("--cluster-details", "Show their nodes too.", default="False")
@truth("--servers", "Show servers by state and size.", default="True")
@truth("--ip-pools", "Show pools of addresses.", default="True")
@truth("--networks", "Show networks.", default="True")
@truth("--images", "Show what servers were made from.", default="True")
@click.option("--json-file", metavar="FILE", help="Show what an earlier --json run printed.")
def stats_cyclades(
    backend: str | None, json_file: str | None, cluster_details: bool, **wanted: bool
) -> None:
    """Show figures about servers, clusters, networks and images."""
    found = _read(json_file) if json_file else desk().call("stats-cyclades", backend=backend)["row"]
    shown = {"datetime": found.get("datetime")}
    for section in _SECTIONS:
        if wanted[section] and section in found:
            shown[section] = found[section]
    if "clusters" in shown and not cluster_details:
        shown["clusters"] = {
            name: {key: value for key, value in cluster.items() if not key.startswith("nodes")}
            for name, cluster in found["clusters"].items()
        }
    if desk().form == "json":
        click.echo(json.dumps(shown, indent=2))
        return
    for line in _lines(shown):
        click.echo(line)


def _read(name: str) -> dict[str, Any]:
    """Raises Failure for a file that is none of ours."""
    try:
        found = json.loads(Path(name).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(f"--json-file: {error}", USAGE) from None
    if not isinstance(found, dict) or "servers" not in found:
        raise Failure(f"--json-file: {name} holds no figures", USAGE)
    return found


def _lines(value: Any, depth: int = 0) -> list[str]:
    """A tree, a line each."""
    lines = []
    for key, below in value.items():
        if isinstance(below, dict):
            lines.append(f"{'  ' * depth}{key}:")
            lines += _lines(below, depth + 1)
        else:
            text = ", ".join(map(str, below)) if isinstance(below, list) else below
            lines.append(f"{'  ' * depth}{key}: {text}")
    return lines
