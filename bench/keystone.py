"""CPU of identity's requests beside Keystone's, both in the same run, one JSON line a figure.

python -m bench.keystone [RUNS]: Keystone and gunicorn come from PyPI into an environment of their
own in a temporary folder (KEYSTONE_VENV names one that is kept), memcached from Debian. Keystone
runs one worker on SQLite with fernet tokens and memcached as its cache; we run one daemon on
SQLite, durable. Both keep an access log, and both have the same catalogue, which is part of every
token's answer. What counts is the CPU of all of a system's processes.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench._measure import cpu_of
from synnefod.identity.passwords import usual_hasher
from tests.harness.daemon import Daemon, eventually, free_port

SETTINGS = """\
[database]
connection = sqlite:///{folder}/keystone.db
[token]
provider = fernet
[fernet_tokens]
key_repository = {folder}/fernet
[credential]
key_repository = {folder}/credential
[cache]
enabled = true
backend = dogpile.cache.pymemcache
memcache_servers = 127.0.0.1:{port}
"""
SERVED = """\
wsgi_app = "keystone.wsgi.api:application"
bind = "127.0.0.1:{port}"
workers = 1
worker_class = "gthread"
keepalive = 60
accesslog = "-"
"""
ROUNDS = 3
CROWD = 8


class Asked:
    """One identity service: where it is, who signs in, and which processes it is."""

    def __init__(self, port: int, prefix: str, name: str, password: str, pids: list[int]) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.prefix = prefix
        user = {"name": name, "domain": {"id": "default"}, "password": password}
        self.by_password = {"methods": ["password"], "password": {"user": user}}
        self.pids = pids

    def ask(self, method: str, path: str, body: Any = None, token: str = "", **more: str) -> Any:
        headers = {"Content-Type": "application/json", **more}
        if token:
            headers["X-Auth-Token"] = token
        data = None if body is None else json.dumps(body)
        self.line.request(method, self.prefix + path, data, headers)
        answer = self.line.getresponse()
        self.text = answer.read()
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {self.text[:300]!r}")
        return answer

    def sign_in(self, identity: dict[str, Any], **scope: Any) -> str:
        made = self.ask("POST", "/auth/tokens", {"auth": {"identity": identity} | scope})
        return str(made.headers["X-Subject-Token"])

    def read(self, method: str, path: str, body: Any, token: str) -> Any:
        self.ask(method, path, body, token)
        return json.loads(self.text)

    def take_over(self, services: list[dict[str, Any]]) -> None:
        """Registers the catalogue of the other one."""
        project = {"name": "admin", "domain": {"id": "default"}}
        token = self.sign_in(self.by_password, scope={"project": project})
        self.ask("PUT", "/regions/RegionOne", {"region": {}}, token)
        for each in services:
            service = {"name": each["name"], "type": each["type"]}
            made = self.read("POST", "/services", {"service": service}, token)["service"]["id"]
            for point in each["endpoints"]:
                endpoint = {key: point[key] for key in ("interface", "region_id", "url")}
                endpoint |= {"service_id": made}
                self.ask("POST", "/endpoints", {"endpoint": endpoint}, token)

    def works(self) -> dict[str, Callable[[], object]]:
        token = self.sign_in(self.by_password)
        subject = {"X-Subject-Token": token}
        again = {"methods": ["token"], "token": {"id": token}}
        return {
            "token from token": lambda: self.sign_in(again),
            "validation": lambda: self.ask("GET", "/auth/tokens", None, token, **subject),
            "authenticated small GET": lambda: self.ask("GET", "/auth/projects", None, token),
            "password sign-in": lambda: self.sign_in(self.by_password),
        }


def family(pid: int) -> list[int]:
    """The process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


@contextmanager
def keystone(folder: Path) -> Iterator[Asked]:
    kept = os.environ.get("KEYSTONE_VENV")
    home = Path(kept) if kept else folder / "venv"
    if not (home / "bin" / "keystone-manage").exists():
        venv.create(home, with_pip=True)
        pip = [home / "bin" / "pip", "install", "--quiet", "keystone", "gunicorn", "pymemcache"]
        subprocess.run(pip, check=True)
    cache, port = free_port(), free_port()
    settings = folder / "keystone.conf"
    settings.write_text(SETTINGS.format(folder=folder, port=cache), "utf-8")
    log = (folder / "keystone.log").open("ab")
    quiet = {"stdout": log, "stderr": log}
    environment = {**os.environ, "OS_KEYSTONE_CONFIG_FILES": str(settings)}
    memcached = subprocess.Popen(
        ["memcached", "-l", "127.0.0.1", "-p", str(cache), "-u", "nobody"], **quiet
    )
    started = [memcached]
    try:
        manage = [home / "bin" / "keystone-manage", "--config-file", settings]
        us = ["--keystone-user", "root", "--keystone-group", "root"]
        for command in (
            ["db_sync"],
            ["fernet_setup", *us],
            ["credential_setup", *us],
            ["bootstrap", "--bootstrap-password", "a-secret-word"],
        ):
            subprocess.run([*manage, *command], check=True, **quiet)
        # Keystone takes the command line for its own, so gunicorn's settings lie in its folder.
        (folder / "gunicorn.conf.py").write_text(SERVED.format(port=port), "utf-8")
        gunicorn = home / "bin" / "gunicorn"
        started.append(subprocess.Popen([gunicorn], env=environment, cwd=folder, **quiet))
        asked = Asked(port, "/v3", "admin", "a-secret-word", [])
        eventually("Keystone answers", lambda: answers(asked))
        asked.pids = [memcached.pid, *family(started[-1].pid)]
        yield asked
    finally:
        for each in reversed(started):
            each.terminate()
            each.wait()
        log.close()


def answers(asked: Asked) -> bool:
    try:
        asked.ask("GET", "")
    except (OSError, http.client.HTTPException):
        asked.line.close()
        return False
    return True


def report(name: str, ours: list[float], theirs: list[float]) -> None:
    mine, other = sorted(ours)[ROUNDS // 2], sorted(theirs)[ROUNDS // 2]
    figures = {"cpu_ms": round(mine, 2), "keystone_cpu_ms": round(other, 2)}
    line = {"bench": "keystone", "figure": name, **figures, "ratio": round(mine / other, 3)}
    print(json.dumps(line | {"load": round(os.getloadavg()[0], 1)}), flush=True)


def crowd(asked: Asked, port: int, name: str, password: str) -> Callable[[], object]:
    """CROWD tokens from tokens at the same time."""
    several = [Asked(port, asked.prefix, name, password, []) for _ in range(CROWD)]
    again = [
        {"methods": ["token"], "token": {"id": each.sign_in(each.by_password)}} for each in several
    ]
    pool = ThreadPoolExecutor(CROWD)

    def work() -> object:
        return list(
            pool.map(lambda pair: pair[0].sign_in(pair[1]), zip(several, again, strict=True))
        )

    return work


def hash_alone(runs: int) -> float:
    """Milliseconds of CPU that the hash of a password takes, in this process."""
    hasher = usual_hasher()
    stored = hasher.hash("a-secret-word")
    begun = time.process_time()
    for _ in range(runs):
        hasher.verify(stored, "a-secret-word")
    return (time.process_time() - begun) / runs * 1000


def measured(asked: Asked, work: Callable[[], object], runs: int) -> float:
    """Milliseconds of CPU a request."""
    before = cpu_of(asked.pids)
    for _ in range(runs):
        work()
    return (cpu_of(asked.pids) - before) / runs * 1000


def main(runs: int) -> None:
    folder = Path(tempfile.mkdtemp(prefix="synnefod-keystone-"))
    # Each asker comes from one address and signs in often.
    limits = {"limits": {"exempt": ["127.0.0.0/8"]}}
    try:
        with keystone(folder) as theirs, Daemon(folder / "daemon", limits) as daemon:
            account = daemon.account()
            name, password = account["OS_USERNAME"], account["OS_PASSWORD"]
            ours = Asked(daemon.port, "/v3", name, password, [daemon.pid])
            token = ours.sign_in(ours.by_password)
            theirs.take_over(ours.read("GET", "/auth/catalog", None, token)["catalog"])
            for (figure, mine), other in zip(
                ours.works().items(), theirs.works().values(), strict=True
            ):
                times = runs // 10 if figure.startswith("password") else runs
                pairs = [
                    (measured(ours, mine, times), measured(theirs, other, times))
                    for _ in range(ROUNDS)
                ]
                report(figure, [a for a, _ in pairs], [b for _, b in pairs])
            alone = round(hash_alone(20), 2)
            print(json.dumps({"bench": "keystone", "figure": "the hash alone", "cpu_ms": alone}))
            both = (
                (ours, crowd(ours, daemon.port, name, password)),
                (theirs, crowd(theirs, theirs.line.port, "admin", "a-secret-word")),
            )
            times = max(1, runs // CROWD)
            rounds = [
                [measured(asked, work, times) / CROWD for asked, work in both]
                for _ in range(ROUNDS)
            ]
            report(f"token from token, {CROWD} at a time", *map(list, zip(*rounds, strict=True)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
