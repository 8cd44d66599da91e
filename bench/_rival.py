"""One object store under measurement, whoever made it: where it is, and which processes it is."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from attrs import frozen

from bench._measure import Wire, cpu_of

Fill = Callable[[str, int, int], None]
"""Puts so many folders with so many objects each into a container, past the door."""


@frozen
class Rival:
    """`root` is the path of the account; `pids` tells every process that works for it, the
    database's too. `fill` is None where nothing but the door puts names in."""

    name: str
    port: int
    token: str
    root: str
    pids: Callable[[], Sequence[int]]
    fill: Fill | None = None

    @property
    def box(self) -> str:
        """A container of its own, which follows the habits of the mount that made it."""
        return self.name.replace("/", "-")

    def wire(self) -> Wire:
        return Wire(self.port, self.token)

    def spent(self) -> float:
        """CPU seconds of all its processes until now."""
        return cpu_of(self.pids())

    def ask(self, method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
        """One request of its own; the body. Raises AssertionError for a refusal."""
        wire = self.wire()
        wire.ask(method, self.root + path, headers, body)
        status, answer = wire.answer(method)
        wire.close()
        assert status < 300, (self.name, method, path, status, answer)
        return answer


def sign_in(port: int, path: str, user: str, key: str = "secret") -> tuple[str, str] | None:
    """Token and path of the account, by Swift's first way of signing in; None until it answers."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request("GET", path, headers={"X-Auth-User": user, "X-Auth-Key": key})
        answer = line.getresponse()
        if answer.status >= 300:
            return None
        return answer.headers["X-Auth-Token"], urlsplit(answer.headers["X-Storage-Url"]).path
    except (OSError, http.client.HTTPException):
        return None
    finally:
        line.close()
