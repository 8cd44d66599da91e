"""Real Ganeti clusters on this machine: `python -m tests.harness.ganeti start|stop FOLDER`.

Needs root, Linux namespaces and Debian's packages ganeti, socat (and qemu-system-x86 for kvm);
installs nothing. Each cluster is a folder below FOLDER with `cluster.conf` and `values`.
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from pathlib import Path

from synnefod.cluster.interface import Address
from synnefod.common.ids import BackendId

HERE = Path(__file__).parent
NAMES = ("alpha", "beta", "gamma", "delta")
VARIABLE = "SYNNEFOD_TEST_GANETI"


def start(
    folder: Path, clusters: int = 2, hypervisor: str = "fake", vnc: bool = False
) -> dict[str, str]:
    """Brings up `clusters` clusters (a second call prints those that run) and names them.

    `hypervisor` ("fake", "kvm" or "both") and `vnc` are for the first one: with `vnc`, this
    machine reaches the consoles of its instances at 198.51.100.11.
    """
    folder = folder.resolve()
    made = []
    try:
        for number, name in enumerate(NAMES[:clusters]):
            made.append(folder / name)
            first = number == 0
            _up(folder / name, name, hypervisor if first else "fake", vnc and first)
    except BaseException:
        stop(folder)
        raise
    return {VARIABLE: os.pathsep.join(map(str, made))}


def stop(folder: Path) -> None:
    """Ends every cluster below `folder` and removes their files. A second call does nothing."""
    for conf in sorted(folder.resolve().glob("*/cluster.conf")):
        subprocess.run([HERE / "ganeti-down", conf.parent, "--purge", "--quiet"], check=True)


def values(cluster: Path) -> dict[str, str]:
    """What `ganeti-up` printed for a cluster: RAPI_URL, RAPI_USER, QUEUE_DIR, NODE_EXEC, ..."""
    lines = (cluster / "values").read_text().splitlines()
    pairs = (line.partition("=") for line in lines)
    return {name: " ".join(shlex.split(value)) for name, _, value in pairs}


def node_addresses(cluster: Path) -> dict[str, str]:
    """Node names to addresses: what the setting `node_addresses` needs, names being private."""
    pairs = values(cluster)["NODE_ADDRESSES"].split()
    return dict(pair.split("=", 1) for pair in pairs)


def address(cluster: Path, backend: int) -> Address:
    """The cluster as a backend's address."""
    given = values(cluster)
    return Address(
        BackendId(backend),
        given["CLUSTER"],
        given["RAPI_URL"],
        given["RAPI_USER"],
        given["RAPI_PASSWORD"],
    )


def _up(folder: Path, name: str, hypervisor: str, vnc: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    command = [HERE / "ganeti-up", folder, "--name", name, "--port", str(_free_port())]
    command += ["--hypervisor", hypervisor, "--no-install", "--quiet"]
    done = subprocess.run(
        [*command, *(["--vnc"] if vnc else [])],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=300,
    )
    beside = folder / "values.new"
    beside.touch(0o600)
    beside.write_text(done.stdout)
    beside.rename(folder / "values")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: list[str]) -> None:
    if len(arguments) < 2 or arguments[0] not in ("start", "stop"):
        sys.exit("usage: python -m tests.harness.ganeti start|stop FOLDER [CLUSTERS [HYPERVISOR]]")
    folder = Path(arguments[1])
    if arguments[0] == "stop":
        stop(folder)
        return
    clusters = int(arguments[2]) if len(arguments) > 2 else 2
    hypervisor = arguments[3] if len(arguments) > 3 else "fake"
    found = start(folder, clusters, hypervisor, vnc=hypervisor != "fake")
    for name, value in found.items():
        print(f"{name}={shlex.quote(value)}")


if __name__ == "__main__":
    main(sys.argv[1:])
