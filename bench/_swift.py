"""OpenStack Swift on this machine: one replica, one worker a server, memcached, tempauth.

It comes from PyPI into an environment of its own (SWIFT_VENV names one that is kept). Its object
server syncs each file and folder; its container databases are SQLite without a sync a commit, as
it is made. None of its daemons in the background runs.
"""

from __future__ import annotations

import os
import subprocess
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench._rival import Rival, sign_in
from tests.harness.daemon import eventually, free_port

VERSION = "2.38.3"
_SERVER = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
user = root
log_level = WARNING
log_address = {folder}/no-log
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
_PROXY = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
swift_dir = {folder}
user = root
log_level = WARNING
log_address = {folder}/no-log
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache bulk slo dlo tempauth proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_bench_bench = secret .admin
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{cache}
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""
_COMMON = """\
[swift-hash]
swift_hash_path_suffix = bench
[storage-policy:0]
name = one
default = yes
"""
FILL = """\
import sys
from pathlib import Path
from swift.container.backend import ContainerBroker
devices, wanted, folders, per = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
files = [path for path in Path(devices).rglob("*.db") if "containers" in path.parts]
brokers = (ContainerBroker(str(path)) for path in files)
broker = next(each for each in brokers if each.get_info()["container"] == wanted)
def item(i):
    return {"name": f"f{10000 + i // per}/o{1000000 + i}", "created_at": "1700000000.00000",
            "size": 1024, "content_type": "application/octet-stream", "deleted": 0,
            "etag": "0" * 32, "storage_policy_index": 0}
total = folders * per
for start in range(0, total, 10000):
    broker.merge_items([item(i) for i in range(start, min(start + 10000, total))])
"""
"""Names go into the container's database as its server would put them there, in bulk."""


@contextmanager
def swift(folder: Path) -> Iterator[Rival]:
    """A running Swift below `folder`."""
    home = _installed(folder)
    (folder / "devices" / "d1").mkdir(parents=True)
    ports = {kind: free_port() for kind in ("account", "container", "object")}
    proxy, cache = free_port(), free_port()
    (folder / "swift.conf").write_text(_COMMON)
    started = [_start(folder, "memcached", "-l", "127.0.0.1", "-p", str(cache), "-u", "nobody")]
    try:
        for kind, port in ports.items():
            _ring(home, folder, kind, port)
            text = _SERVER.format(port=port, folder=folder, kind=kind)
            started.append(_serve(home, folder, kind, text))
        text = _PROXY.format(port=proxy, folder=folder, cache=cache)
        started.append(_serve(home, folder, "proxy", text))
        found = eventually("Swift answers", lambda: sign_in(proxy, "/auth/v1.0", "bench:bench"))
        pids = [each.pid for each in started]

        def fill(container: str, folders: int, per: int) -> None:
            arguments = [str(folder / "devices"), container, str(folders), str(per)]
            subprocess.run([home / "bin" / "python", "-c", FILL, *arguments], check=True)

        yield Rival("swift", proxy, *found, lambda: pids, fill)
    finally:
        for each in reversed(started):
            each.terminate()
            each.wait()


def _installed(folder: Path) -> Path:
    kept = os.environ.get("SWIFT_VENV")
    home = Path(kept) if kept else folder / "venv"
    if not (home / "bin" / "swift-proxy-server").exists():
        venv.create(home, with_pip=True)
        pip = [home / "bin" / "pip", "install", "--quiet", f"swift=={VERSION}"]
        subprocess.run(pip, check=True)
    return home


def _ring(home: Path, folder: Path, kind: str, port: int) -> None:
    builder = home / "bin" / "swift-ring-builder"
    file = str(folder / f"{kind}.builder")
    for words in (
        ("create", "8", "1", "1"),
        ("add", f"r1z1-127.0.0.1:{port}/d1", "1"),
        ("rebalance",),
    ):
        subprocess.run([builder, file, *words], check=True, stdout=subprocess.DEVNULL)


def _serve(home: Path, folder: Path, kind: str, text: str) -> subprocess.Popen[bytes]:
    conf = folder / f"{kind}-server.conf"
    conf.write_text(text)
    return _start(folder, str(home / "bin" / f"swift-{kind}-server"), str(conf))


def _start(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    with (folder / "swift.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
