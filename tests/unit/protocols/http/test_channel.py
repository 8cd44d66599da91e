"""The connection: early start, back-pressure, early answers, broken requests, timers."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web import http
from twisted.web.server import NOT_DONE_YET

from synnefod.common.errors import Malformed
from synnefod.protocols.http.body import HIGH_WATER, Disconnected, Stalled
from synnefod.protocols.http.channel import LINGER, READ_SIZE
from synnefod.protocols.http.site import Site, shown_target
from tests.harness.web import Connection, parse_answer


class Recorder:
    """A resource that keeps its requests and answers nothing by itself."""

    isLeaf = True  # noqa: N815

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.at_once = False
        self.fails = False

    def render(self, request: Any) -> Any:
        self.requests.append(request)
        if self.fails:
            raise ZeroDivisionError("a defect")
        if self.at_once:
            answer(request)
        return NOT_DONE_YET


def answer(request: Any, status: int = 200, body: bytes = b"ok") -> None:
    request.setResponseCode(status)
    request.setHeader(b"Content-Length", b"%d" % len(body))
    request.write(body)
    request.finish()


HEAD = b"PUT /a HTTP/1.1\r\nHost: h\r\n"


class Case(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.root = Recorder()
        self.site = Site(self.root, self.clock, idle=60, access_log=False)  # type: ignore[arg-type]
        self.wire = Connection(self.site)

    @property
    def request(self) -> Any:
        return self.root.requests[-1]

    def read(self) -> Deferred[bytes]:
        return ensureDeferred(self.request.body.read_some())

    def statuses(self, *methods: str) -> list[int]:
        raw, found = self.wire.received, []
        for method in methods or ("PUT",) * 9:
            if not raw:
                break
            one, raw = parse_answer(raw, method, self.wire.transport.closed)
            found.append(one.status)
        return found


class Privates(SynchronousTestCase):
    def test_twisted_still_has_the_names_that_are_used(self) -> None:
        """The early start leans on private names of twisted.web.http; see Note [Early start]."""
        for name in (
            "_send100Continue",
            "_maybeChooseTransferDecoder",
            "_failChooseTransferDecoder",
            "_respondToBadRequestAndDisconnect",
            "_waitingForTransport",
            "_abortingCall",
        ):
            self.assertTrue(hasattr(http.HTTPChannel, name), name)
        channel = http.HTTPChannel()
        for name in ("_handlingRequest", "_transferDecoder", "requests"):
            self.assertTrue(hasattr(channel, name), name)
        code = http.HTTPChannel.lineReceived.__code__.co_names
        for name in ("_command", "_path", "_version"):
            self.assertIn(name, code)
        self.assertIn("_networkProducer", http.HTTPChannel.connectionMade.__code__.co_names)
        self.assertTrue(hasattr(http.Request, "_disconnected"))


class EarlyStart(Case):
    def test_a_handler_starts_when_the_headers_end(self) -> None:
        self.wire.send(HEAD + b"Content-Length: 5\r\n\r\n")
        self.assertEqual(len(self.root.requests), 1)
        self.assertEqual(self.request.body.length, 5)
        reading = self.read()
        self.assertNoResult(reading)
        self.wire.send(b"he")
        self.assertEqual(self.successResultOf(reading), b"he")
        self.wire.send(b"llo")
        self.assertEqual(self.successResultOf(self.read()), b"llo")
        self.assertEqual(self.successResultOf(self.read()), b"")
        answer(self.request)
        self.assertEqual(self.statuses(), [200])
        self.assertFalse(self.wire.transport.closed)

    def test_a_chunked_body_is_pulled_alike(self) -> None:
        self.wire.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        self.assertIsNone(self.request.body.length)
        self.wire.send(b"3\r\nabc\r\n0\r\n\r\n")
        whole = ensureDeferred(self.request.body.read_all(10))
        self.assertEqual(self.successResultOf(whole), b"abc")

    def test_requests_follow_each_other_on_one_connection(self) -> None:
        self.root.at_once = True
        self.wire.send((HEAD + b"Content-Length: 2\r\n\r\nhi") * 2 + b"GET /b HTTP/1.1\r\n\r\n")
        self.assertEqual(self.statuses("PUT", "PUT", "GET"), [200, 200, 200])
        self.assertEqual([r.path for r in self.root.requests], [b"/a", b"/a", b"/b"])

    def test_a_pipelined_request_waits_for_the_answer_before_it(self) -> None:
        self.wire.send(HEAD + b"Content-Length: 2\r\n\r\nhi" + b"GET /b HTTP/1.1\r\n\r\n")
        self.assertEqual(len(self.root.requests), 1)
        answer(self.request)
        self.assertEqual(len(self.root.requests), 2)
        self.assertEqual(self.request.path, b"/b")

    def test_http_1_0_is_answered_and_closed(self) -> None:
        self.root.at_once = True
        self.wire.send(b"GET /a HTTP/1.0\r\n\r\n")
        self.assertTrue(self.wire.received.startswith(b"HTTP/1.0 200 OK"))
        self.assertTrue(self.wire.transport.closed)

    def test_an_absolute_target_names_the_path(self) -> None:
        self.wire.send(b"GET http://h:1/a/b?c=d HTTP/1.1\r\nHost: h\r\n\r\n")
        self.assertEqual((self.request.path, self.request.args), (b"/a/b", {b"c": [b"d"]}))

    def test_bytes_beyond_ascii_in_a_target_count_as_percent_encoded(self) -> None:
        for _ in range(2):
            self.root.at_once = True
            self.wire.send("GET /é?q=€ HTTP/1.1\r\nX: ü\r\n\r\n".encode())
            self.assertEqual(self.request.uri, b"/%C3%A9?q=%E2%82%AC")
            self.assertEqual(self.request.getHeader("X"), "ü")

    def test_large_bodies_are_read_in_large_pieces(self) -> None:
        self.wire.transport.bufferSize = 65536  # type: ignore[attr-defined]
        self.wire.send(HEAD + b"Content-Length: 10000000\r\n\r\n")
        self.assertEqual(self.wire.transport.bufferSize, READ_SIZE)  # type: ignore[attr-defined]

    def test_a_length_beside_chunked_is_ignored_and_the_connection_closed(self) -> None:
        """Row 28 of object-storage.md 6.1: chunked wins and nothing after it is believed."""
        self.root.at_once = True
        both = (b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n")
        for headers in (both, both[::-1]):
            self.wire = Connection(self.site)
            self.wire.send(HEAD + b"".join(headers) + b"\r\n5\r\nhello\r\n0\r\n\r\n")
            self.assertEqual(self.statuses(), [200])
            self.assertIn(b"Connection: close", self.wire.received)
            self.clock.advance(LINGER + 1)
            self.assertTrue(self.wire.transport.closed)


class BackPressure(Case):
    def test_a_full_queue_stops_the_wire_and_a_reader_starts_it_again(self) -> None:
        """OPS-160"""
        self.wire.send(HEAD + b"Content-Length: 10000000\r\n\r\n")
        piece = b"x" * (HIGH_WATER // 4)
        for _ in range(4):
            self.wire.send(piece)
        self.assertTrue(self.wire.transport.reading)
        self.wire.send(piece)
        self.assertFalse(self.wire.transport.reading)
        for _ in range(2):
            self.successResultOf(self.read())
        self.assertFalse(self.wire.transport.reading)
        self.successResultOf(self.read())
        self.assertTrue(self.wire.transport.reading)

    def test_the_servers_own_slowness_is_not_held_against_the_client(self) -> None:
        self.wire.send(HEAD + b"Content-Length: 10\r\n\r\nhello")
        self.clock.advance(10_000)
        self.successResultOf(self.read())
        reading = self.read()
        self.clock.advance(59)
        self.wire.send(b"hello")
        self.assertEqual(self.successResultOf(reading), b"hello")

    def test_a_body_that_stalls_fails_its_reader_in_time(self) -> None:
        """Row 34 of object-storage.md 6.1 (OPS-160)."""
        self.wire.send(HEAD + b"Content-Length: 10\r\n\r\nhello")
        self.successResultOf(self.read())
        reading = self.read()
        self.clock.advance(61)
        self.failureResultOf(reading, Stalled)
        answer(self.request, 408)
        self.assertEqual(self.statuses(), [408])
        self.clock.advance(LINGER + 1)
        self.assertTrue(self.wire.transport.closed)


class Expectations(Case):
    def test_leave_is_given_at_the_first_read(self) -> None:
        self.wire.send(HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(self.wire.received, b"")
        reading = self.read()
        self.assertEqual(self.wire.received, b"HTTP/1.1 100 Continue\r\n\r\n")
        self.wire.send(b"hello")
        self.assertEqual(self.successResultOf(reading), b"hello")
        answer(self.request)
        self.assertEqual(self.statuses(), [200])

    def test_a_refused_upload_gets_no_leave(self) -> None:
        self.wire.send(HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        answer(self.request, 401)
        self.assertNotIn(b"100 Continue", self.wire.received)
        self.assertIn(b"Connection: close", self.wire.received)

    def test_a_body_that_came_unasked_needs_no_leave(self) -> None:
        self.wire.send(HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")
        self.assertEqual(self.successResultOf(self.read()), b"hello")
        self.assertEqual(self.wire.received, b"")


class EarlyAnswers(Case):
    def test_a_small_rest_is_waited_for_and_the_connection_stays(self) -> None:
        self.root.at_once = True
        self.wire.send(HEAD + b"Content-Length: 5\r\n\r\n")
        self.assertEqual(self.statuses(), [200])
        self.assertNotIn(b"Connection: close", self.wire.received)
        self.wire.send(b"helloGET /b HTTP/1.1\r\n\r\n")
        self.assertEqual(self.statuses("PUT", "GET"), [200, 200])

    def test_a_small_rest_that_never_comes_closes_the_connection(self) -> None:
        self.root.at_once = True
        self.wire.send(HEAD + b"Content-Length: 5\r\n\r\n")
        self.clock.advance(61)
        self.clock.advance(LINGER + 1)
        self.assertTrue(self.wire.transport.closed)

    def test_a_large_rest_is_dropped_for_a_moment_and_then_the_connection_ends(self) -> None:
        self.root.at_once = True
        self.wire.send(HEAD + b"Content-Length: 10000000\r\n\r\n" + b"x" * 1000)
        self.assertEqual(self.statuses(), [200])
        self.assertIn(b"Connection: close", self.wire.received)
        self.wire.send(b"y" * 100_000)
        self.assertFalse(self.wire.transport.closed)
        self.clock.advance(LINGER + 0.1)
        self.assertTrue(self.wire.transport.closed)
        self.assertEqual(self.request.body.held, 0)

    def test_a_chunked_body_nobody_read_ends_the_connection(self) -> None:
        self.root.at_once = True
        self.wire.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        self.assertIn(b"Connection: close", self.wire.received)
        self.wire.send(b"0\r\n\r\nGET /b HTTP/1.1\r\n\r\n")
        self.assertEqual(len(self.root.requests), 1)


class Broken(Case):
    def test_broken_chunking_fails_the_reader(self) -> None:
        """Row 32 of object-storage.md 6.1"""
        self.wire.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        reading = self.read()
        self.wire.send(b"zz\r\nabc")
        self.failureResultOf(reading, Malformed)
        answer(self.request, 400)
        self.assertEqual(self.statuses(), [400])
        self.clock.advance(LINGER + 1)
        self.assertTrue(self.wire.transport.closed)

    def test_a_client_that_leaves_fails_the_reader(self) -> None:
        self.wire.send(HEAD + b"Content-Length: 5\r\n\r\nhe")
        self.successResultOf(self.read())
        reading = self.read()
        self.wire.hang_up()
        self.failureResultOf(reading, Disconnected)

    def test_malformed_requests_are_answered_without_a_handler(self) -> None:
        """OPS-160"""
        for raw, status in (
            (b"GET / HTTP/9.9\r\n\r\n", 400),
            (b"GET  / HTTP/1.1\r\n\r\n", 400),
            (b"G\x00T / HTTP/1.1\r\n\r\n", 400),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", 400),
            (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
            (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n", 414),
            (b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 431),
            (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 600 + b"\r\n", 431),
            (b"GET / HTTP/1.1\r\n" + (b"X: " + b"y" * 10_000 + b"\r\n") * 20 + b"\r\n", 431),
        ):
            self.wire = Connection(self.site)
            self.wire.send(raw)
            self.assertEqual(self.statuses("GET"), [status], raw[:60])
            self.assertEqual(self.root.requests, [])
            self.clock.advance(LINGER + 1)
            self.assertTrue(self.wire.transport.closed)

    def test_a_defect_of_a_plain_resource_is_500_without_details(self) -> None:
        self.root.fails = True
        self.wire.send(b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(self.statuses("GET"), [500])
        self.assertNotIn(b"a defect", self.wire.received)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_a_head_that_drips_is_cut_off(self) -> None:
        """OPS-160"""
        self.wire.send(b"GET / HTTP/1.1\r\n")
        for _ in range(70):
            self.wire.send(b"X: y\r\n")
            self.clock.advance(1)
        self.assertTrue(self.wire.transport.closed)
        self.assertEqual(self.root.requests, [])

    def test_an_idle_connection_is_closed(self) -> None:
        """OPS-160"""
        self.root.at_once = True
        self.wire.send(HEAD + b"Content-Length: 2\r\n\r\nhi")
        self.clock.advance(59)
        self.assertFalse(self.wire.transport.closed)
        self.clock.advance(2)
        self.assertTrue(self.wire.transport.closed)


class TheSite(Case):
    def test_draining_closes_idle_connections_and_waits_for_the_others(self) -> None:
        idle = Connection(self.site)
        self.wire.send(b"GET / HTTP/1.1\r\n\r\n")
        drained = self.site.drain()
        self.assertTrue(idle.transport.closed)
        self.assertNoResult(drained)
        answer(self.request)
        self.successResultOf(drained)
        self.assertIn(b"Connection: close", self.wire.received)
        self.assertTrue(self.wire.transport.closed)

    def test_a_client_that_leaves_is_no_longer_active(self) -> None:
        self.wire.send(b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(self.site.active, 1)
        self.wire.hang_up()
        self.assertEqual(self.site.active, 0)

    def test_forwarded_addresses_are_believed_from_listed_peers_only(self) -> None:
        """OPS-157"""
        raw = (
            b"GET / HTTP/1.1\r\nHost: in:1\r\nX-Forwarded-For: 203.0.113.9\r\n"
            b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: cloud.example\r\n\r\n"
        )
        self.wire.send(raw)
        self.assertEqual(self.site.peer(self.request), "192.0.2.7")
        self.assertEqual(self.site.base(self.request), "http://in:1")
        site = Site(self.root, self.clock, proxies=["192.0.2.0/24"], access_log=False)  # type: ignore[arg-type]
        Connection(site).send(raw)
        self.assertEqual(site.peer(self.request), "203.0.113.9")
        self.assertEqual(site.base(self.request), "https://cloud.example")

    def test_one_address_has_a_bounded_number_of_connections(self) -> None:
        """OPS-160"""
        site = Site(self.root, self.clock, per_address=2, access_log=False)  # type: ignore[arg-type]
        first, _second = Connection(site), Connection(site)
        address = first.transport.getPeer()
        self.assertIsNone(site.buildProtocol(address))
        Connection(site, "192.0.2.8")
        first.hang_up()
        self.assertIsNotNone(site.buildProtocol(address))

    def test_a_well_formed_global_id_is_kept_beside_our_own(self) -> None:
        """OPS-151"""
        other = b"req-" + b"a" * 8 + b"-bbbb-cccc-dddd-" + b"e" * 12
        self.wire.send(b"GET / HTTP/1.1\r\nX-Openstack-Request-Id: " + other + b"\r\n\r\n")
        self.assertEqual(self.request.global_request_id, other.decode())
        self.assertNotEqual(self.request.request_id, other.decode())

    def test_secrets_in_a_target_are_masked(self) -> None:
        """OPS-152"""
        shown = shown_target(b"/a?X-Auth-Token=s3&temp_url_sig=s4&limit=5&token=s5")
        self.assertEqual(shown, "/a?X-Auth-Token=***&temp_url_sig=***&limit=5&token=***")
        shown = shown_target(b"/a?access_token=s&auth=s&%74oken=s&state&code=s&x=/b%3Fauth%3Ds")
        self.assertEqual(shown, "/a?access_token=***&auth=***&%74oken=***&state&code=***&x=***")
