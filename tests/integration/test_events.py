"""Changes as they happen, from a running daemon."""

from __future__ import annotations

import http.client
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import Daemon

EVENTS = "/cloud/v1/events"


class Stream:
    """An open event stream."""

    def __init__(self, daemon: Daemon, last: str = "") -> None:
        self.connection = http.client.HTTPConnection(urlsplit(daemon.url).netloc, timeout=30)
        headers = {"X-Auth-Token": daemon.account()["SYNNEFO_TOKEN"]}
        if last:
            headers["Last-Event-ID"] = last
        self.connection.request("GET", EVENTS, headers=headers)
        self.answer = self.connection.getresponse()

    def event(self) -> dict[str, str] | None:
        """The next event's fields; None at the end of the stream."""
        fields: dict[str, str] = {}
        while line := self.answer.readline().decode():
            name, _, value = line.strip().partition(": ")
            if not line.strip():
                if "event" in fields:
                    return fields
                fields = {}
            elif name:
                fields[name] = value
        return None

    def until(self, collection: str, kind: str, seconds: float = 60) -> dict[str, Any]:
        """The first such change, with the `position` of its event."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            event = self.event()
            assert event is not None, "the stream ended"
            change = json.loads(event["data"])
            if (change.get("collection"), change.get("kind")) == (collection, kind):
                return {**change, "position": event["id"]}
        raise AssertionError(f"no {kind} of {collection} was told")


class Events(SynchronousTestCase):
    def setUp(self) -> None:
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.daemon = Daemon(folder / "d", {})
        self.addCleanup(self.daemon.stop)
        self.daemon.start()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        request = Request(
            self.daemon.url + "/cyclades/compute/v2.0" + path,
            None if body is None else json.dumps(body).encode(),
            {
                "X-Auth-Token": self.daemon.account()["SYNNEFO_TOKEN"],
                "Content-Type": "application/json",
            },
            method=method,
        )
        with urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def test_a_server_s_life_is_told_and_told_again_to_who_comes_back(self) -> None:
        """web-ui.md 5, OPS-146: made, changed, deleted; a restart ends the stream in order, and
        Last-Event-ID goes on where it left off."""
        stream = Stream(self.daemon)
        self.assertEqual(stream.answer.status, 200)
        self.assertEqual(stream.answer.headers["Content-Type"], "text/event-stream")
        image = self.ask("GET", "/images")["images"][0]["id"]
        flavor = self.ask("GET", "/flavors")["flavors"][0]["id"]
        wanted = {"name": "heard", "imageRef": image, "flavorRef": flavor}
        made = self.ask("POST", "/servers", {"server": wanted})["server"]
        number = str(made["id"])
        first = stream.until("servers", "created")
        self.assertEqual(first["id"], number)
        while self.ask("GET", f"/servers/{number}")["server"]["status"] != "ACTIVE":
            self.assertEqual(stream.until("servers", "updated")["id"], number)
        self.ask("DELETE", f"/servers/{number}")
        self.assertEqual(stream.until("servers", "deleted")["id"], number)
        self.assertEqual(self.daemon.stop(), 0)
        while stream.event() is not None:
            pass
        self.daemon.start()
        again = Stream(self.daemon, first["position"])
        self.assertEqual(again.until("servers", "deleted")["id"], number)
