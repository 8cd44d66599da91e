"""Noise on the wire: whatever comes, there is an answer or an end, and never a traceback."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.protocols.http.channel import LINGER
from synnefod.protocols.http.site import Site
from synnefod.resources.door import Call, Mount, Reply, route
from synnefod.resources.root import tree
from tests.harness.web import Connection

GOOD = (
    b"GET /a/b?c=d HTTP/1.1\r\nHost: h\r\nX-Auth-Token: t\r\n\r\n",
    b"PUT /a/b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
    b"PUT /a/b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"POST /a/json HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
    b"HEAD /a/%FF%00 HTTP/1.0\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
)


class Noun:
    @route("GET PUT POST", "/<path:rest>", auth=False)
    async def take(self, call: Call, rest: str) -> Reply:
        return Reply(await call.stream.read_all(1000), headers={"X-Base": call.base})

    @route("POST", "/json", auth=False, body=Any)
    async def decode(self, call: Call) -> dict[str, Any]:
        return {"got": call.body}


@st.composite
def noisy(draw: st.DrawFn) -> list[bytes]:
    """Some good requests with bytes changed, lost or added, cut into pieces anywhere."""
    raw = bytearray(b"".join(draw(st.lists(st.sampled_from(GOOD), min_size=1, max_size=3))))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, max(0, len(raw) - 1)))
        kind = draw(st.sampled_from(("change", "lose", "add")))
        if kind == "add":
            raw[place:place] = draw(st.binary(min_size=1, max_size=6))
        elif raw and kind == "lose":
            del raw[place : place + draw(st.integers(1, 6))]
        elif raw:
            raw[min(place, len(raw) - 1)] = draw(st.integers(0, 255))
    cuts = sorted(draw(st.lists(st.integers(0, len(raw)), max_size=4)))
    return [bytes(raw[a:b]) for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]


class Noise(SynchronousTestCase):
    @settings(max_examples=400, deadline=None)
    @given(noisy())
    def test_noise_is_answered_or_ended_without_a_traceback(self, pieces: list[bytes]) -> None:
        clock = Clock()
        site = Site(tree([Mount("/a", "pithos", [Noun()], None)]), clock, access_log=False)  # type: ignore[arg-type]
        wire = Connection(site)
        for piece in pieces:
            wire.send(piece)
        clock.advance(61)
        clock.advance(LINGER + 1)
        clock.advance(30)
        self.assertTrue(wire.transport.closed)
        self.assertEqual(site.active, 0)
        self.assertEqual(self.flushLoggedErrors(), [])
        self.assertEqual(clock.getDelayedCalls(), [])
        if wire.received:
            self.assertRegex(wire.received, rb"^HTTP/1\.[01] [1-5]\d\d ")
        self.assertNotIn(b" 500 ", wire.received)

    @settings(max_examples=100, deadline=None)
    @given(st.binary(min_size=1, max_size=300))
    def test_bytes_that_are_no_http_are_ended(self, raw: bytes) -> None:
        clock = Clock()
        site = Site(tree([]), clock, access_log=False)  # type: ignore[arg-type]
        wire = Connection(site)
        wire.send(raw)
        clock.advance(61)
        clock.advance(LINGER + 1)
        clock.advance(30)
        self.assertTrue(wire.transport.closed)
        self.assertEqual(self.flushLoggedErrors(), [])
