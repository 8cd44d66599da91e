"""What the benchmarks of whole processes share: a plain client, CPU and memory of a process, `dd`.

The client is as cheap as can be (sendfile, one buffer), for it shares the machine with the daemon.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

MIB = 1 << 20
BLOCK = 4 * MIB
_TICKS = os.sysconf("SC_CLK_TCK")


def figure(name: str, **values: object) -> None:
    """One line of the report; with the load of the machine, which is seldom ours alone."""
    load = round(os.getloadavg()[0], 1)
    print(json.dumps({"bench": "cloud", "figure": name, **values, "load": load}), flush=True)


def cpu_of(pids: Iterable[int]) -> float:
    """CPU seconds that these processes have used; ended ones count nothing."""
    used = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        used += int(fields[11]) + int(fields[12])
    return used / _TICKS


def memory_of(pid: int) -> dict[str, float]:
    """Resident and proportional memory in MiB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = dict(re.findall(r"(?m)^(Rss|Pss):\s+(\d+) kB", text))
    return {name.lower() + "_mib": round(int(kib) / 1024, 1) for name, kib in found.items()}


def forget_peak(pid: int) -> None:
    """The peak of memory begins anew from what is resident now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_of(pid: int) -> float:
    """Greatest resident memory since `forget_peak`, in MiB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", text)[0]) / 1024


class Source:
    """A file of random bytes. `renew` changes every block of it, so that all are unknown again."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size
        with path.open("wb") as file:
            for _ in range(size // BLOCK):
                file.write(os.urandom(BLOCK))

    def renew(self) -> None:
        with self.path.open("r+b") as file:
            for start in range(0, self.size, BLOCK):
                file.seek(start)
                file.write(os.urandom(16))
            file.flush()
            os.fsync(file.fileno())


def dd_seconds(source: Source, folder: Path) -> float:
    """How long `dd` takes to write the same bytes to the same disk, synced."""
    target = folder / "dd-target"
    begun = time.perf_counter()
    subprocess.run(
        ["dd", f"if={source.path}", f"of={target}", "bs=4M", "conv=fsync", "status=none"],
        check=True,
    )
    seconds = time.perf_counter() - begun
    target.unlink()
    return seconds


def sha256_ms() -> float:
    """CPU milliseconds that the SHA-256 of one MiB takes now; the unit of all that hashes."""
    data = os.urandom(BLOCK)
    begun = time.process_time()
    for _ in range(8):
        hashlib.sha256(data).digest()
    return (time.process_time() - begun) / 32 * 1000


class Wire:
    """One kept connection to the daemon, with a token."""

    def __init__(self, port: int, token: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._token = token
        self._buffer = bytearray(MIB)

    def close(self) -> None:
        self._socket.close()

    def ask(self, method: str, path: str, headers: Sequence[str] = (), body: bytes = b"") -> None:
        """Sends a request whose body is small."""
        self._socket.sendall(self._head(method, path, headers, len(body)) + body)

    def send(self, data: bytes) -> None:
        """More of a body whose length the request has announced itself."""
        self._socket.sendall(data)

    def upload(self, path: str, source: Source) -> int:
        """PUTs the file; the status."""
        kind = ("Content-Type: application/octet-stream",)
        self._socket.sendall(self._head("PUT", path, kind, source.size))
        with source.path.open("rb") as file:
            self._socket.sendfile(file)
        return self.answer("PUT")[0]

    def download(self, path: str) -> tuple[int, int]:
        """GETs; the status and how many bytes came."""
        self.ask("GET", path)
        status, head, rest = self._read_head()
        wanted = _length(head)
        view = memoryview(self._buffer)
        got = len(rest)
        while got < wanted:
            count = self._socket.recv_into(view)
            if not count:
                break
            got += count
        return status, got

    def answer(self, method: str) -> tuple[int, bytes]:
        """The status and the body of the oldest answer not yet read (never chunked here)."""
        status, head, body = self._read_head()
        wanted = 0 if method == "HEAD" or status in (204, 304) else _length(head)
        while len(body) < wanted:
            body += self._socket.recv(65536)
        return status, body

    def json(self, method: str, path: str, document: Any = None) -> Any:
        """The decoded answer. Raises AssertionError for a refusal."""
        raw = b"" if document is None else json.dumps(document).encode()
        self.ask(method, path, ("Content-Type: application/json",) if raw else (), raw)
        status, body = self.answer(method)
        assert status < 400, (status, body)
        return json.loads(body) if body else None

    def _head(self, method: str, path: str, headers: Sequence[str], length: int) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"X-Auth-Token: {self._token}"]
        lines += headers
        said = any(line.startswith("Content-Length:") for line in headers)
        if not said and (length or method in ("PUT", "POST")):
            lines.append(f"Content-Length: {length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _read_head(self) -> tuple[int, bytes, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            more = self._socket.recv(65536)
            assert more, "the daemon hung up"
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), head.lower(), rest


def _length(head: bytes) -> int:
    found = re.search(rb"content-length: (\d+)", head)
    assert found is not None, head
    return int(found.group(1))
