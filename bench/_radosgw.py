"""Ceph's gateway on this machine: one monitor, one OSD on a sparse file, one radosgw."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench._rival import Rival, sign_in
from tests.harness import ceph
from tests.harness.daemon import eventually, free_port

MORE = """
osd pool default pg num = 8
osd pool default pgp num = 8
mon max pg per osd = 1000
rgw gc obj min wait = 60
rgw gc processor period = 60
"""


@contextmanager
def radosgw(folder: Path) -> Iterator[Rival]:
    """A running gateway below `folder`."""
    conf = Path(ceph.start(folder, MORE)[ceph.VARIABLE])
    port = free_port()
    _run("radosgw-admin", "-c", str(conf), "user", "create", "--uid=bench", "--display-name=bench")
    _run("radosgw-admin", "-c", str(conf), "subuser", "create", "--uid=bench",
         "--subuser=bench:swift", "--access=full")  # fmt: skip
    _run("radosgw-admin", "-c", str(conf), "key", "create", "--subuser=bench:swift",
         "--key-type=swift", "--secret=secret")  # fmt: skip
    server = subprocess.Popen(
        [
            *("radosgw", "-c", str(conf), "-n", "client.admin", "-f"),
            f"--rgw-frontends=beast endpoint=127.0.0.1:{port}",
            f"--log-file={folder}/rgw.log",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        found = eventually("radosgw answers", lambda: sign_in(port, "/auth/v1.0", "bench:swift"))
        pids = [server.pid, *(int((folder / f"{name}.pid").read_text()) for name in PARTS)]
        yield Rival("radosgw", port, *found, lambda: pids)
    finally:
        server.kill()
        server.wait()
        ceph.stop(folder)


PARTS = ("osd.0", "mon.a")


def _run(*command: str) -> None:
    program = shutil.which(command[0])
    assert program is not None, f"{command[0]} is not installed"
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
