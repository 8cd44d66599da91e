"""What a request costs: one JSON line a figure. `python -m bench.http [requests]`.

A child process serves; this one sends over kept connections and reads the child's CPU time.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
import sys
import time
from typing import Any

SERVICES = ("klein", "door open", "door with token", "door with token and access log")
CONNECTIONS = 8
BURST = 10


def serve(service: str, port: Any, read_size: int = 0) -> None:
    """Serves one of SERVICES on a free port, which it puts into `port`."""
    import io

    from klein import Klein
    from twisted.internet import reactor as installed
    from twisted.logger import globalLogBeginner
    from twisted.web.server import Site as PlainSite

    from synnefod.common.ids import UserId
    from synnefod.common.log import JsonLines
    from synnefod.common.principal import Principal
    from synnefod.protocols.http import channel
    from synnefod.protocols.http.site import Site
    from synnefod.resources.door import Call, Mount, route
    from synnefod.resources.root import tree

    channel.READ_SIZE = read_size or channel.READ_SIZE
    reactor: Any = installed
    ada = Principal(user=UserId("ada"), name="ada", project=None)

    class Anybody:
        async def authenticate(self, token: str) -> Principal:
            return ada

    class Things:
        @route("GET", "/things/<thing>", auth="token" in service)
        async def show(self, call: Call, thing: str) -> dict[str, object]:
            return {"thing": {"id": thing, "name": "x" * 100}}

        @route("PUT", "/upload", auth=False)
        async def upload(self, call: Call) -> dict[str, object]:
            size = 0
            while piece := await call.stream.read_some():
                size += len(piece)
            return {"size": size}

    site: Any
    if service == "klein":
        app = Klein()

        @app.route("/api/things/<thing>")  # type: ignore[misc]
        async def show(request: Any, thing: str) -> bytes:
            request.setHeader(b"Content-Type", b"application/json")
            return json.dumps({"thing": {"id": thing, "name": "x" * 100}}).encode()

        site = PlainSite(app.resource())  # type: ignore[no-untyped-call]
    else:
        logged = "log" in service
        if logged:
            out = io.TextIOWrapper(open(os.devnull, "wb"))  # noqa: SIM115
            globalLogBeginner.beginLoggingTo([JsonLines(out)], redirectStandardIO=False)
        site = Site(
            tree([Mount("/api", "nova", [Things()], Anybody())]), reactor, access_log=logged
        )
    listening = reactor.listenTCP(0, site, interface="127.0.0.1")
    port.value = listening.getHost().port
    reactor.run()


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def drive(port: int, total: int) -> None:
    """Sends `total` requests over CONNECTIONS kept connections, BURST at a time on each."""
    ask = b"GET /api/things/7 HTTP/1.1\r\nHost: h\r\nX-Auth-Token: " + b"t" * 43 + b"\r\n\r\n"
    wires = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    for _ in range(total // (CONNECTIONS * BURST)):
        for wire in wires:
            wire.sendall(ask * BURST)
        for wire in wires:
            got = 0
            while got < BURST:
                got += wire.recv(1 << 16).count(b"HTTP/1.1 200")
    for wire in wires:
        wire.close()


def upload(port: int, size: int) -> None:
    piece = b"x" * (1 << 20)
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(b"PUT /api/upload HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size >> 20):
            wire.sendall(piece)
        assert b" 200 " in wire.recv(65536)


def measured(service: str, work: Any, read_size: int = 0) -> tuple[float, float]:
    """Wall and server CPU seconds of `work(port)` against a fresh server."""
    port = multiprocessing.Value("i", 0)
    child = multiprocessing.Process(target=serve, args=(service, port, read_size), daemon=True)
    child.start()
    assert child.pid is not None
    while not port.value:
        time.sleep(0.02)
    try:
        drive(port.value, 400)
        cpu, wall = cpu_of(child.pid), time.monotonic()
        work(port.value)
        return time.monotonic() - wall, cpu_of(child.pid) - cpu
    finally:
        child.terminate()
        child.join()


def main(total: int) -> None:
    plain = 0.0
    for service in SERVICES:
        best = (9e9, 9e9)
        for _ in range(3):
            best = min(best, measured(service, lambda port: drive(port, total))[::-1])
        micros = best[0] / total * 1e6
        plain = plain or micros
        figure = {
            "bench": "http small GET",
            "service": service,
            "cpu_us_per_request": round(micros, 1),
            "above_klein_us": round(micros - plain, 1),
            "requests_per_cpu_second": round(1e6 / micros),
        }
        print(json.dumps(figure), flush=True)
    size = 512 << 20
    for read_size in (64 << 10, 256 << 10, 512 << 10, 1 << 20):
        wall, cpu = measured("door open", lambda port: upload(port, size), read_size)
        figure = {
            "bench": "http upload",
            "read_size_kib": read_size >> 10,
            "mib_per_s": round(512 / wall),
            "cpu_s_per_gib": round(cpu * 2, 2),
        }
        print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
