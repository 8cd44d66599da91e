"""The cloud as a client sees it: its services by the catalogue, requests with expected answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import urllib3
from attrs import define, field
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

TYPES = ("account", "identity", "compute", "image", "network", "volume", "object-store")

VERSIONS = {"image": "/v1.0", "network": "/v2.0", "volume": "/v2.0"}
"""What clients put behind addresses of the catalogue that name no version."""


class Failed(AssertionError):
    """What was expected did not happen; the text says what did."""


class NotReached(Exception):
    """The cloud does not answer, or refuses the token, before anything was tried."""


@define
class Answer:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise Failed(f"no JSON: {self.body[:200]!r}") from None


@define
class Cloud:
    """One deployment and one user of it. `limit` seconds is the longest that an action may take;
    what takes longer than `warning` is told."""

    auth_url: str
    token: str
    verify: bool = True
    limit: float = 420.0
    warning: float = 180.0
    interval: float = 3.0
    slow: Callable[[str], object] = print
    user: str = field(default="", init=False)
    services: dict[str, str] = field(factory=dict, init=False)
    catalogue: list[Any] = field(factory=list, init=False)
    _pool: Any = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        tls: dict[str, Any] = {}
        if not self.verify:
            tls = {"cert_reqs": "CERT_NONE", "assert_hostname": False}
            urllib3.disable_warnings()
        self._pool = urllib3.PoolManager(
            retries=False, timeout=Timeout(connect=15, read=120), maxsize=8, **tls
        )

    def open(self) -> None:
        """Learns the services and who the token is for. Raises NotReached."""
        url = self.auth_url.rstrip("/")
        if not url.endswith("/v2.0"):
            url += "/v2.0"
        self.services["identity"] = url
        try:
            answer = self.send("POST", f"{url}/tokens", {"auth": {"token": {"id": self.token}}})
        except Failed as error:
            raise NotReached(str(error)) from None
        if answer.status != 200:
            raise NotReached(f"{url} answers {answer.status} to the token")
        access = answer.json()["access"]
        self.user = access["user"]["id"]
        self.catalogue = access["serviceCatalog"]
        for service in self.catalogue:
            if service["endpoints"] and service["type"] in TYPES:
                place = service["endpoints"][0]["publicURL"].rstrip("/")
                version = VERSIONS.get(service["type"], "")
                if not place.endswith(version):
                    place += version
                self.services[service["type"]] = place
        missing = [kind for kind in TYPES if kind not in self.services]
        if missing:
            raise NotReached(f"the catalogue names no {', '.join(missing)}")

    def send(
        self,
        method: str,
        url: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        token: str | None = None,
    ) -> Answer:
        """Whatever is answered. A body that is no bytes is sent as JSON. Raises Failed when
        nothing is."""
        sent = {"X-Auth-Token": self.token if token is None else token, **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        try:
            got = self._pool.request(method, url, body=body, headers=sent, redirect=False)
        except HTTPError as error:
            raise Failed(f"{method} {urlsplit(url).netloc}: {error}") from None
        return Answer(got.status, {k.lower(): v for k, v in got.headers.items()}, got.data)

    def ask(
        self, kind: str, method: str, path: str, body: Any = None, *, status: int, **more: Any
    ) -> Answer:
        """A call of a service, whose answer must have this status. Raises Failed."""
        answer = self.send(method, self.services[kind] + path, body, **more)
        if answer.status != status:
            told = answer.body[:300].decode("utf-8", "replace")
            raise Failed(f"{method} {kind}{path}: {answer.status} instead of {status}: {told}")
        return answer

    def get(self, kind: str, path: str) -> Any:
        """The JSON of a GET. Raises Failed."""
        return self.ask(kind, "GET", path, status=200).json()

    def until(self, what: str, probe: Callable[[], Any]) -> Any:
        """The first true value of `probe()`. Raises Failed after `limit` seconds."""
        began = time.monotonic()
        told = False
        while True:
            value = probe()
            if value:
                return value
            taken = time.monotonic() - began
            if taken > self.limit:
                raise Failed(f"not within {self.limit:.0f} s: {what}")
            if taken > self.warning and not told:
                told = True
                self.slow(f"{what} takes more than {self.warning:.0f} s")
            time.sleep(self.interval)


def expect(value: Any, wanted: Any, what: str) -> None:
    """Raises Failed unless they are equal."""
    if value != wanted:
        raise Failed(f"{what}: {value!r} instead of {wanted!r}")


def require(truth: Any, what: str) -> None:
    """Raises Failed unless it is true."""
    if not truth:
        raise Failed(what)
