"""A private Ceph for tests: one monitor and one OSD on a sparse file, below a folder.

No manager. The user `synnefod` may do what docs/operating.md gives him, in namespaces that begin
with `test`. `python -m tests.harness.ceph start|stop FOLDER` prints `NAME=value` lines; the value
is the path of the cluster's `ceph.conf`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

from tests.harness.daemon import free_port

VARIABLE = "SYNNEFOD_TEST_CEPH"
POOL = "blocks"
USER = "synnefod"
_CONF = """\
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
ms bind ipv6 = false
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
osd pool default size = 1
osd pool default min size = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd crush initial weight = 1
mon allow pool size one = true
mon data = {folder}/mon
osd data = {folder}/osd
run dir = {folder}
pid file = {folder}/$name.pid
log file = {folder}/$name.log
crash dir = {folder}/crash
keyring = {folder}/keyring
debug ms = 0

[mon]
admin socket = {folder}/$name.asok
mon data avail crit = 1
mon data avail warn = 1
mon memory target = 268435456
mon warn on pool no redundancy = false

[osd]
keyring = {folder}/osd.keyring
admin socket = {folder}/$name.asok
osd objectstore = bluestore
bluestore block size = 8589934592
bluestore block create = true
bluestore cache size = 33554432
bluestore fsck quick fix on mount = false
osd memory target = 939524096
osd op num shards = 1
osd op num threads per shard = 2
osd max pgls = 1024
"""


def start(folder: Path, more: str = "") -> dict[str, str]:
    """Makes a cluster below `folder` and starts it; the environment that tests read. `more` are
    settings for all of its programs."""
    folder = folder.resolve()
    for each in (folder, folder / "mon", folder / "osd", folder / "crash"):
        each.mkdir(parents=True, exist_ok=True)
    conf = folder / "ceph.conf"
    fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
    v2, v1 = free_port(), free_port()
    text = _CONF.format(fsid=fsid, v2=v2, v1=v1, folder=folder)
    conf.write_text(text.replace("\n[mon]", f"{more}\n[mon]", 1), "utf-8")
    _keys(folder)
    (folder / "osd.uuid").write_text(osd, "utf-8")
    address = f"[v2:127.0.0.1:{v2},v1:127.0.0.1:{v1}]"
    monmap = str(folder / "monmap")
    _run("monmaptool", "--create", "--clobber", "--fsid", fsid, "--addv", "a", address, monmap)
    keyring = str(folder / "mon.keyring")
    _run("ceph-mon", "-c", str(conf), "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
    _run("ceph-mon", "-c", str(conf), "-i", "a", "--setuser", "root", "--setgroup", "root")
    ceph(conf, "osd", "new", osd)
    caps = ("mon", "allow profile osd", "osd", "allow *")
    ceph(conf, "auth", "get-or-create", "osd.0", *caps, "-o", str(folder / "osd.keyring"))
    _run("ceph-osd", "-c", str(conf), "-i", "0", "--mkfs", "--osd-uuid", osd)
    start_osd(conf)
    ceph(conf, "osd", "pool", "create", POOL, "8", "8", "replicated")
    ceph(conf, "osd", "pool", "application", "enable", POOL, "synnefod")
    caps = ("mon", "allow r", "osd", f"allow rwx pool={POOL} namespace=test*")
    text = ceph(conf, "auth", "get-or-create", f"client.{USER}", *caps)
    with (folder / "keyring").open("a", encoding="utf-8") as file:
        file.write(text)
    return {VARIABLE: str(conf)}


def _keys(folder: Path) -> None:
    """Keys for the monitor and for whoever administers it."""
    mine, mon = str(folder / "keyring"), str(folder / "mon.keyring")
    every = ("--cap", "mon", "allow *", "--cap", "osd", "allow *")
    make = ("ceph-authtool", "--create-keyring", "--gen-key")
    _run(*make, mon, "-n", "mon.", "--cap", "mon", "allow *")
    _run(*make, mine, "-n", "client.admin", *every)
    _run("ceph-authtool", mon, "--import-keyring", mine)


def stop(folder: Path) -> None:
    """Stops what runs below `folder`, the OSD first; its data is not worth a clean end."""
    for name in ("osd.0", "mon.a"):
        _kill(folder.resolve() / f"{name}.pid")


def start_osd(conf: Path) -> None:
    """Starts the OSD and waits until the monitor counts it."""
    osd = (conf.parent / "osd.uuid").read_text("utf-8")
    _run("ceph-osd", "-c", str(conf), "-i", "0", "--osd-uuid", osd,
         "--setuser", "root", "--setgroup", "root")  # fmt: skip
    _wait_up(conf)


def _wait_up(conf: Path) -> None:
    deadline = time.monotonic() + 120
    while "1 up" not in ceph(conf, "osd", "stat"):
        if time.monotonic() > deadline:
            raise RuntimeError(f"the OSD does not come up: {_tail(conf.parent / 'osd.0.log')}")
        time.sleep(0.3)


def kill_osd(conf: Path) -> None:
    """SIGKILL: what it had not made durable is lost. The monitor is told, as peers would."""
    _kill(conf.parent / "osd.0.pid")
    ceph(conf, "osd", "down", "0")


def silence_osd(conf: Path) -> None:
    """SIGSTOP: it says nothing, with open connections, until `wake_osd`."""
    pid = _osd(conf)
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + 30
    # Its threads stop one after another.
    while "\nState:\tT" not in _status(pid):
        if time.monotonic() > deadline:
            raise RuntimeError("the OSD does not stop")
        time.sleep(0.01)


def wake_osd(conf: Path) -> None:
    """SIGCONT, and the OSD counts as new: a placement group whose only copy's read lease had run
    out when an operation came ("laggy") waits for a peer's word for ever (seen with Ceph 16)."""
    os.kill(_osd(conf), signal.SIGCONT)
    ceph(conf, "osd", "down", "0")
    _wait_up(conf)


def _osd(conf: Path) -> int:
    return int((conf.parent / "osd.0.pid").read_text("ascii"))


def ceph(conf: Path, *words: str) -> str:
    """A command to the monitor; what it printed."""
    # Python 3.11 of the distribution runs it; ours must not lend it its path.
    return _run("timeout", "60", "ceph", "--connect-timeout", "30", "-c", str(conf), *words)


def rados(conf: Path, namespace: str, *words: str, pool: str = POOL) -> str:
    """The cluster's own tool on a namespace of a pool; what it printed."""
    return _run("timeout", "60", "rados", "-c", str(conf), "-p", pool, "-N", namespace, *words)


def _run(*command: str) -> str:
    program = shutil.which(command[0])
    if program is None:
        raise RuntimeError(f"'{command[0]}' of Ceph is not installed")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [program, *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} -> {done.returncode}: {done.stdout}")
    return done.stdout


def _kill(pidfile: Path) -> None:
    try:
        pid = int(pidfile.read_text("ascii"))
        os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return
    pidfile.unlink()
    deadline = time.monotonic() + 30
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        if "\nState:\tZ" in _status(pid):
            return
        time.sleep(0.05)


def _status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    except OSError:
        return ""


def _tail(log: Path) -> str:
    text = log.read_text("utf-8", "replace") if log.exists() else ""
    return "\n".join(text.splitlines()[-20:])


if __name__ == "__main__":
    verb, where = sys.argv[1], Path(sys.argv[2])
    if verb == "start":
        for name, value in start(where).items():
            print(f"{name}={value}")
    else:
        stop(where)
