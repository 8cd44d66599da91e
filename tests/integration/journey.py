"""The main job, step by step, with real clients: what a user does from sign-in to a clean desk.

Each step takes the running daemon and leaves something for the next; `journey` runs them in order.
"""

import base64
import hashlib
import json
import os
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.harness.daemon import Daemon, eventually

MIB = 1024 * 1024
BLOCK = 4 * MIB


def make_image(path: Path) -> list[bytes]:
    """A 68 MiB disk image of 17 blocks of which 9 are different; the different blocks' names."""
    distinct = [bytes([65 + number]) * 1024 + os.urandom(BLOCK - 1024) for number in range(8)]
    distinct.append(b"tail" + os.urandom(BLOCK - 4))
    with path.open("wb") as out:
        for data in [*distinct[:8], *distinct[:8], distinct[8]]:
            out.write(data)
    return [block_name(data) for data in distinct]


def block_name(data: bytes) -> bytes:
    return hashlib.sha256(data.rstrip(b"\0")).digest()


def stored_blocks(daemon: Daemon) -> int:
    """How many blocks the store holds, counted in its folder."""
    root = daemon.state / "blocks"
    return sum(1 for path in root.rglob("*") if path.is_file() and len(path.name) >= 60)


def sign_in(daemon: Daemon) -> None:
    """The ordinary client gets a token and a catalogue that names every service."""
    token = daemon.openstack("token", "issue")
    assert token["id"], token
    catalog = daemon.openstack("catalog", "list")
    types = {entry["Type"] for entry in catalog}
    wanted = {"identity", "compute", "image", "network", "object-store"}
    assert wanted <= types, types


def upload_twice(daemon: Daemon, image: Path, names: list[bytes]) -> None:
    """Two clients upload the same file; the blocks are stored once and come back byte for byte."""
    before = stored_blocks(daemon)
    daemon.run("swift", "upload", "pictures", image.name, user="demo")
    after = stored_blocks(daemon)
    assert after - before == len(names), (before, after)
    rclone(daemon, "copy", image.name, "cloud:copies")
    assert stored_blocks(daemon) == after, "the second upload added blocks"

    digest = hashlib.sha256(image.read_bytes()).hexdigest()
    back = daemon.folder / "back"
    daemon.run("swift", "download", "pictures", image.name, "--output", str(back))
    assert hashlib.sha256(back.read_bytes()).hexdigest() == digest
    rclone(daemon, "copyto", f"cloud:copies/{image.name}", "back2")
    assert hashlib.sha256((daemon.folder / "back2").read_bytes()).hexdigest() == digest
    rclone(daemon, "check", ".", "cloud:copies", "--include", image.name, "--download")


def rclone(daemon: Daemon, *words: str) -> str:
    account = daemon.account()
    options = {
        "type": "swift",
        "env_auth": "false",
        "user": account["OS_USERNAME"],
        "key": account["OS_PASSWORD"],
        "auth": account["OS_AUTH_URL"],
        "tenant": account["OS_PROJECT_NAME"],
        "domain": "Default",
        "tenant_domain": "Default",
        "auth_version": "3",
        "region": account["OS_REGION_NAME"],
    }
    config = daemon.folder / "rclone.conf"
    config.write_text(
        "[cloud]\n" + "\n".join(f"{key} = {value}" for key, value in options.items()) + "\n"
    )
    return daemon.run("rclone", "--config", str(config), "--retries", "1", *words)


def read_parts(daemon: Daemon, image: Path) -> None:
    """A range is read, and an interrupted download is resumed where it stopped."""
    data = image.read_bytes()
    path = f"/swift/v1/AUTH_{daemon.account()['SYNNEFO_USER_ID']}/pictures/{image.name}"
    out = daemon.folder / "part"
    status, _ = daemon.curl("-o", str(out), "-r", f"{BLOCK - 5}-{BLOCK + 5}", path)
    assert status == 206, status
    assert out.read_bytes() == data[BLOCK - 5 : BLOCK + 6]
    out.write_bytes(data[: 3 * BLOCK + 17])
    status, _ = daemon.curl("-C", "-", "-o", str(out), path)
    assert status == 206, status
    assert out.read_bytes() == data


def sync_by_hashmap(daemon: Daemon) -> None:
    """PUT of a hashmap names the missing blocks; a changed file moves only what changed."""
    account = daemon.account()["SYNNEFO_USER_ID"]
    container = f"/pithos/object-store/v1/{account}/sync"
    assert daemon.curl("-X", "PUT", container)[0] in (201, 202)
    blocks = [bytes([97 + number]) * 5 + os.urandom(BLOCK - 5) for number in range(4)]
    assert put_hashmap(daemon, container, blocks) == 4
    assert put_hashmap(daemon, container, blocks) == 0
    blocks[2] = b"changed" + os.urandom(BLOCK - 7)
    assert put_hashmap(daemon, container, blocks) == 1
    out = daemon.folder / "synced"
    assert daemon.curl("-o", str(out), container + "/file")[0] == 200
    assert out.read_bytes() == b"".join(blocks)
    status, body = daemon.curl(container + "/file?hashmap&format=json")
    assert status == 200, body
    assert json.loads(body)["hashes"] == [block_name(data).hex() for data in blocks]


def put_hashmap(daemon: Daemon, container: str, blocks: list[bytes]) -> int:
    """The client's side of the protocol; how many blocks had to travel."""
    by_name = {block_name(data).hex(): data for data in blocks}
    document = {
        "block_hash": "sha256",
        "block_size": BLOCK,
        "bytes": sum(map(len, blocks)),
        "hashes": [block_name(data).hex() for data in blocks],
    }
    path = daemon.folder / "map.json"
    path.write_text(json.dumps(document))
    words = ("-X", "PUT", "-H", "Content-Type: application/octet-stream")
    put = (*words, "--data-binary", f"@{path}", container + "/file?hashmap&format=json")
    status, body = daemon.curl(*put)
    if status == 201:
        return 0
    assert status == 409, (status, body)
    missing = json.loads(body)
    for name in missing:
        block = daemon.folder / "block"
        block.write_bytes(by_name[name])
        status, body = daemon.curl(
            "-X",
            "POST",
            "-H",
            "Content-Type: application/octet-stream",
            "--data-binary",
            f"@{block}",
            container + "?update",
        )
        assert status == 202, (status, body)
        assert name in body, body
    status, body = daemon.curl(*put)
    assert status == 201, (status, body)
    return len(missing)


def register_image(daemon: Daemon, image: Path) -> str:
    """The ordinary client makes an image from the file; it becomes active."""
    made = daemon.openstack(
        "image",
        "create",
        "debian",
        "--file",
        image.name,
        "--disk-format",
        "raw",
        "--container-format",
        "bare",
    )
    shown = daemon.openstack("image", "show", made["id"])
    assert shown["status"] == "active", shown
    assert int(shown["size"]) == image.stat().st_size, shown
    return str(made["id"])


def smallest_flavor(daemon: Daemon) -> str:
    flavors = daemon.openstack("flavor", "list")
    return str(min(flavors, key=lambda flavor: (flavor["RAM"], flavor["Disk"]))["ID"])


def create_server(daemon: Daemon, image: str, name: str = "web") -> str:
    """`server create --wait` ends with ACTIVE, and the server has addresses of both families."""
    made = daemon.openstack(
        "server",
        "create",
        "--image",
        image,
        "--flavor",
        smallest_flavor(daemon),
        "--wait",
        name,
        timeout=400,
    )
    shown = daemon.openstack("server", "show", made["id"])
    assert shown["status"] == "ACTIVE", shown
    addresses = [address for found in shown["addresses"].values() for address in found]
    assert any(":" in address for address in addresses), addresses
    assert any("." in address for address in addresses), addresses
    return str(made["id"])


def status_of(daemon: Daemon, server: str) -> str:
    return str(daemon.openstack("server", "show", server)["status"])


def wait_status(daemon: Daemon, server: str, status: str) -> None:
    eventually(
        f"server {server} is {status}", lambda: status_of(daemon, server) == status, within=240
    )


def work_server(daemon: Daemon, server: str) -> None:
    """Stop, start and reboot are carried out."""
    daemon.openstack("server", "stop", server, "--plain")
    wait_status(daemon, server, "SHUTOFF")
    daemon.openstack("server", "start", server, "--plain")
    wait_status(daemon, server, "ACTIVE")
    daemon.openstack("server", "reboot", "--hard", "--wait", server, "--plain", timeout=400)
    assert status_of(daemon, server) == "ACTIVE"


def open_console(daemon: Daemon, server: str) -> None:
    """The console's address leads to an RFB handshake through a WebSocket."""
    shown = daemon.openstack("console", "url", "show", "--novnc", server)
    handshake(daemon, shown["url"])


def handshake(daemon: Daemon, url: str) -> None:
    """Speaks RFB 3.8 (RFC 6143 7.1) over the WebSocket that the console's page would open."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    target = query.get("path", [f"{parts.path}?{parts.query}"])[0]
    if not target.startswith("/"):
        target = "/" + target
    stream = WebSocket("127.0.0.1", daemon.port, target)
    try:
        assert stream.read(12) == b"RFB 003.008\n"
        stream.write(b"RFB 003.008\n")
        count = stream.read(1)[0]
        kinds = stream.read(count)
        assert b"\x01" in kinds, kinds
        stream.write(b"\x01")
        assert stream.read(4) == b"\0\0\0\0"
        stream.write(b"\x01")
        width, height = struct.unpack(">HH", stream.read(4))
        assert width > 0 and height > 0
    finally:
        stream.close()


class WebSocket:
    """The least of RFC 6455 that a console's client needs, over a blocking socket."""

    def __init__(self, host: str, port: int, target: str) -> None:
        self._socket = socket.create_connection((host, port), timeout=30)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            (
                f"GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                "Sec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )
        self._wire = b""
        self._data = b""
        while b"\r\n\r\n" not in self._wire:
            self._more()
        head, _, self._wire = self._wire.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head

    def _more(self) -> None:
        received = self._socket.recv(65536)
        if not received:
            raise AssertionError("the console was closed by the other side")
        self._wire += received

    def read(self, count: int) -> bytes:
        while len(self._data) < count:
            self._frame()
        data, self._data = self._data[:count], self._data[count:]
        return data

    def _take(self, count: int) -> bytes:
        while len(self._wire) < count:
            self._more()
        data, self._wire = self._wire[:count], self._wire[count:]
        return data

    def _frame(self) -> None:
        first, length = self._take(2)
        if length == 126:
            (length,) = struct.unpack(">H", self._take(2))
        elif length == 127:
            (length,) = struct.unpack(">Q", self._take(8))
        data = self._take(length)
        if first & 15 == 8:
            raise AssertionError(f"the console was closed: {data!r}")
        if first & 15 in (0, 1, 2):
            self._data += data

    def write(self, data: bytes) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
        self._socket.sendall(bytes([0x82, 0x80 | len(data)]) + mask + masked)

    def close(self) -> None:
        self._socket.close()


def usage(daemon: Daemon) -> dict[str, int]:
    """What the demo user's project uses of each compute resource, as the quota service counts."""
    status, body = daemon.curl("/astakos/account/v1.0/quotas")
    assert status == 200, body
    counted: dict[str, int] = {}
    for resources in json.loads(body).values():
        for resource, figures in resources.items():
            if resource.startswith("cyclades."):
                counted[resource] = counted.get(resource, 0) + figures["usage"]
                counted[f"{resource} pending"] = figures["pending"]
    return counted


def delete_server(daemon: Daemon, server: str) -> None:
    daemon.openstack("server", "delete", "--wait", server, "--plain", timeout=400)


def timed(what: str, work: Any, *arguments: Any) -> Any:
    """Runs one step and says how long it took."""
    begun = time.monotonic()
    result = work(*arguments)
    print(f"     {what}: {time.monotonic() - begun:.1f} s", flush=True)
    return result


def journey(daemon: Daemon, *, console: bool = True) -> None:
    """All of it, in order; the quota ends where it began."""
    image = daemon.folder / "disk.img"
    names = make_image(image)
    timed("sign in", sign_in, daemon)
    timed("upload twice", upload_twice, daemon, image, names)
    timed("read parts", read_parts, daemon, image)
    timed("sync", sync_by_hashmap, daemon)
    registered = timed("image", register_image, daemon, image)
    before = usage(daemon)
    server = timed("create server", create_server, daemon, registered)
    assert usage(daemon)["cyclades.vm"] == before.get("cyclades.vm", 0) + 1
    timed("stop, start, reboot", work_server, daemon, server)
    if console:
        timed("console", open_console, daemon, server)
    timed("delete server", delete_server, daemon, server)
    eventually("usage is back", lambda: usage(daemon) == before, within=60)


def in_node(cluster: dict[str, str], *command: str) -> str:
    """A command on a real cluster's master node; what it printed."""
    done = subprocess.run(
        [*cluster["NODE_EXEC"].split(), *command], capture_output=True, text=True, check=True
    )
    return done.stdout
