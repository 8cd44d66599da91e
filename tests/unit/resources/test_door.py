"""The door: routing, authentication, bodies, faults, hang-ups."""

from __future__ import annotations

from typing import Any

import msgspec
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common import errors
from synnefod.common.ids import UserId
from synnefod.common.log import as_record
from synnefod.common.principal import Principal
from synnefod.resources.door import Call, Mount, Reply, route
from synnefod.resources.root import tree
from tests.harness.web import Incomplete, WebClient

ADA = Principal(user=UserId("ada"), name="ada@example.org", project=None)


class FewTokens:
    """An identity that knows one token."""

    async def authenticate(self, token: str) -> Principal:
        if token == "down":
            raise errors.Unavailable("Identity does not answer.")
        if token != "good":
            raise errors.Unauthenticated("Invalid token")
        return ADA


class NewThing(msgspec.Struct):
    name: str
    size: int = 1


class Things:
    def __init__(self) -> None:
        self.waiting: Deferred[None] = Deferred()
        self.log: list[str] = []

    @route("GET", "/")
    async def root(self, call: Call) -> dict[str, object]:
        return {"root": call.mount, "path": call.path, "raw": call.raw_path.decode()}

    @route("GET", "/things/<thing>")
    async def show(self, call: Call, thing: str) -> dict[str, object]:
        if thing == "lost":
            raise errors.NotFound("No such thing.")
        if thing == "bug":
            raise ZeroDivisionError("a secret detail")
        return {
            "thing": thing,
            "user": call.principal.user,
            "q": call.query.one("q"),
            "base": call.base,
            "meta": call.headers.prefixed("X-Meta-"),
        }

    @route("POST", "/things", status=202, body=NewThing)
    async def create(self, call: Call) -> dict[str, object]:
        return {"name": call.body.name, "size": call.body.size}

    @route("DELETE", "/things/<thing>", status=204)
    async def delete(self, call: Call, thing: str) -> None:
        return None

    @route("GET", "/open", auth=False)
    async def open(self, call: Call) -> dict[str, object]:
        return {"user": call.principal.user}

    @route("GET", "/either", auth=None)
    async def either(self, call: Call) -> dict[str, object]:
        return {"user": call.principal.user}

    @route("GET", "/wait")
    async def wait(self, call: Call) -> dict[str, object]:
        return await self._wait()

    @route("PUT", "/wait")
    async def slow_change(self, call: Call) -> dict[str, object]:
        return await self._wait()

    async def _wait(self) -> dict[str, object]:
        try:
            await self.waiting
        except CancelledError:
            self.log.append("cancelled")
            raise
        self.log.append("finished")
        return {"done": True}

    @route("PUT", "/late")
    async def late(self, call: Call) -> dict[str, object]:
        await self.waiting
        self.log.append("reading")
        return {"read": len(await call.stream.read_all(100))}

    @route("GET", "/tickets/<token>", auth=False)
    async def ticket(self, call: Call, token: str) -> dict[str, object]:
        return {}

    @route("GET", "/unplaced", auth=False)
    async def unplaced(self, call: Call) -> dict[str, object]:
        raise type("Unplaced", (errors.Refusal,), {})("nobody foresaw this")

    @route("GET", "/stream/<int:count>")
    async def stream(self, call: Call, count: int) -> Reply:
        async def pieces() -> Any:
            for number in range(count):
                yield b"%d;" % number
            if count == 13:
                raise errors.CorruptData("block")

        return Reply(pieces(), content_type="text/plain")

    @route("GET PUT", "/raw/<path:rest>")
    async def raw(self, call: Call, rest: str) -> Reply:
        return Reply(call.raw_path, headers={"X-Rest": rest})


class Logged:
    """What is logged while it is open."""

    def __init__(self, case: SynchronousTestCase) -> None:
        self.events: list[dict[str, Any]] = []
        globalLogPublisher.addObserver(self.events.append)
        case.addCleanup(globalLogPublisher.removeObserver, self.events.append)

    def records(self) -> list[dict[str, Any]]:
        return [as_record(e) for e in self.events if e.get("event") == "request"]


def client(dialect: str = "nova", **options: Any) -> tuple[WebClient, Things]:
    things = Things()
    mount = Mount("/api/v1", dialect, [things], FewTokens(), **options)
    return WebClient(tree([mount]), token="good"), things


class Routing(SynchronousTestCase):
    def test_a_handler_gets_its_call_and_its_dict_becomes_json(self) -> None:
        web, _ = client()
        answer = web.get("/api/v1/things/7?q=a%20b", headers={"X-Meta-Colour": "blue"})
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["content-type"], "application/json")
        self.assertEqual(
            answer.json(),
            {
                "thing": "7",
                "user": "ada",
                "q": "a b",
                "base": "http://cloud.example.org",
                "meta": [["colour", "blue"]],
            },
        )
        self.assertRegex(answer.headers["x-openstack-request-id"], r"^req-[0-9a-f-]{36}$")

    def test_the_mounts_own_path_answers_with_and_without_a_slash(self) -> None:
        web, _ = client()
        self.assertEqual(web.get("/api/v1").json()["raw"], "")
        self.assertEqual(web.get("/api/v1/").json()["raw"], "/")

    def test_head_is_get_without_its_body(self) -> None:
        web, _ = client()
        answer = web.head("/api/v1/things/7")
        self.assertEqual((answer.status, answer.body), (200, b""))
        self.assertEqual(
            answer.headers["content-length"], web.get("/api/v1/things/7").headers["content-length"]
        )

    def test_one_trailing_slash_is_tolerated_without_a_redirect(self) -> None:
        """AST-004"""
        web, _ = client("astakos")
        self.assertEqual(web.get("/api/v1/things/7/").status, 200)
        self.assertEqual(web.get("/api/v1/things/7").status, 200)

    def test_exact_names_arrive_as_they_were_sent(self) -> None:
        web, _ = client("pithos")
        for name in (b"a//b", b"a%2Fb/", b"../x", b"%C3%A9;v=1", b"a/./b"):
            answer = web.get(b"/api/v1/raw/" + name)
            self.assertEqual(answer.body, b"/raw/" + name)

    def test_an_unknown_path_is_said_in_the_dialect(self) -> None:
        """CMP-006, AST-002, NET-008"""
        for dialect in ("cyclades", "astakos", "pithos"):
            web, _ = client(dialect)
            answer = web.get("/api/v1/nothing/here")
            self.assertEqual(answer.status, 400)
            self.assertEqual(answer.json()["badRequest"]["message"], "API endpoint not found")
        for dialect in ("nova", "keystone", "neutron", "glance", "cinder", "swift"):
            web, _ = client(dialect)
            self.assertEqual(web.get("/api/v1/nothing/here").status, 404)

    def test_a_wrong_method_is_405_with_allow_before_authentication(self) -> None:
        """CMP-007, NET-009"""
        web, _ = client("cyclades")
        answer = web.post("/api/v1/things/7", token="")
        self.assertEqual(answer.status, 405)
        self.assertEqual(answer.headers["allow"], "DELETE,GET,HEAD")
        self.assertEqual(list(answer.json()), ["notAllowed"])

    def test_a_wrong_method_may_have_an_empty_body(self) -> None:
        """CMP-007"""
        web, _ = client("cyclades", empty_405=True)
        answer = web.post("/api/v1/things/7", token="")
        self.assertEqual((answer.status, answer.body), (405, b""))
        self.assertIn("GET", answer.headers["allow"])

    def test_head_is_not_implied_for_the_account_api(self) -> None:
        """AST-003"""
        web, _ = client("astakos")
        answer = web.head("/api/v1/things/7")
        self.assertEqual(answer.status, 405)
        answer = web.post("/api/v1/things/7")
        self.assertEqual(answer.headers["allow"], "DELETE,GET")

    def test_suffixes_choose_nothing_but_the_format(self) -> None:
        """CMP-009"""
        web, _ = client("cyclades")
        self.assertEqual(web.get("/api/v1/things/7.json").json()["thing"], "7")
        web, _ = client("nova")
        self.assertEqual(web.get("/api/v1/things/7.json").json()["thing"], "7.json")

    def test_a_path_that_is_no_utf8_is_refused_in_the_dialect(self) -> None:
        for path in (b"/api/v1/things/%FF", b"/api/v1/things/a%00b"):
            web, _ = client("pithos")
            self.assertEqual(list(web.get(path).json()), ["badRequest"])
            web, _ = client("swift")
            answer = web.get(path)
            self.assertEqual(answer.status, 412)
            self.assertIn("Invalid UTF8 or contains NULL", answer.text)

    def test_a_query_that_is_no_utf8_is_refused(self) -> None:
        web, _ = client("cyclades")
        self.assertEqual(web.get(b"/api/v1/things/7?q=%FF").status, 400)
        self.assertEqual(web.get(b"/api/v1/things/7?q=%00").status, 400)

    def test_a_strange_host_header_is_no_traceback(self) -> None:
        web, _ = client()
        for host in ("a..b", "[", "x" * 300, "ü", "a b"):
            self.assertEqual(web.get("/api/v1/things/7", headers={"Host": host}).status, 200)


class Authentication(SynchronousTestCase):
    def test_no_token_is_401_in_the_dialect(self) -> None:
        """CMP-002, NET-005, PIT-001"""
        for dialect in ("cyclades", "pithos"):
            web, _ = client(dialect)
            answer = web.get("/api/v1/things/7", token="")
            self.assertEqual(answer.status, 401)
            self.assertEqual(
                answer.json(),
                {
                    "unauthorized": {
                        "code": 401,
                        "message": "Access denied. No authentication token",
                        "details": "",
                    }
                },
            )

    def test_a_refused_token_has_the_envelope_fault(self) -> None:
        """CMP-003, PIT-002"""
        web, _ = client("cyclades")
        answer = web.get("/api/v1/things/7", token="bad")
        self.assertEqual(answer.status, 401)
        self.assertEqual(answer.json()["fault"]["message"], "Invalid token")

    def test_a_refused_token_of_the_account_api_is_unauthorized(self) -> None:
        """AST-011"""
        web, _ = client("astakos")
        self.assertEqual(list(web.get("/api/v1/things/7", token="bad").json()), ["unauthorized"])

    def test_the_query_parameter_wins_over_the_header(self) -> None:
        """CMP-001, NET-004, AST-010"""
        web, _ = client("cyclades")
        self.assertEqual(web.get("/api/v1/things/7?X-Auth-Token=good", token="bad").status, 200)
        self.assertEqual(web.get("/api/v1/things/7?X-Auth-Token=bad", token="good").status, 401)

    def test_openstack_dialects_take_no_token_from_the_query(self) -> None:
        web, _ = client("nova")
        self.assertEqual(web.get("/api/v1/things/7?X-Auth-Token=good", token="").status, 401)

    def test_openstack_dialects_name_identity(self) -> None:
        """AST-214"""
        for dialect in ("keystone", "nova", "neutron", "glance", "cinder"):
            web, _ = client(dialect)
            answer = web.get("/api/v1/things/7", token="bad")
            self.assertEqual(answer.status, 401)
            self.assertEqual(
                answer.headers["www-authenticate"],
                'Keystone uri="http://cloud.example.org/astakos/identity/v3"',
            )
            self.assertEqual(answer.json()["error"]["title"], "Unauthorized")

    def test_an_open_route_looks_at_no_token(self) -> None:
        web, _ = client()
        self.assertEqual(web.get("/api/v1/open", token="bad").json(), {"user": ""})

    def test_a_route_may_take_a_token_or_none(self) -> None:
        web, _ = client()
        self.assertEqual(web.get("/api/v1/either", token="").json(), {"user": ""})
        self.assertEqual(web.get("/api/v1/either").json(), {"user": "ada"})
        self.assertEqual(web.get("/api/v1/either", token="bad").status, 401)

    def test_absurd_tokens_never_reach_identity(self) -> None:
        web, _ = client("cyclades")
        for token in ("x" * 513, "gööd", "go\tod"):
            self.assertEqual(web.get("/api/v1/things/7", token=token).status, 401)

    def test_identity_out_of_reach_is_503_and_not_anonymous(self) -> None:
        """PIT-002"""
        web, _ = client("pithos")
        answer = web.get("/api/v1/things/7", token="down")
        self.assertEqual(answer.status, 503)
        self.assertGreater(int(answer.headers["retry-after"]), 0)


class Bodies(SynchronousTestCase):
    def test_a_body_is_decoded_by_its_schema(self) -> None:
        web, _ = client("cyclades")
        answer = web.post("/api/v1/things", json={"name": "x", "more": 1})
        self.assertEqual((answer.status, answer.json()), (202, {"name": "x", "size": 1}))

    def test_what_does_not_fit_is_a_bad_request(self) -> None:
        """AST-008, AST-009, NET-011"""
        web, _ = client("astakos")
        for raw in (b"", b"{", b"[]", b"null", b'{"name": 1}', b"\xff", b'{"name": NaN}'):
            answer = web.post(
                "/api/v1/things", body=raw, headers={"Content-Type": "application/json"}
            )
            self.assertEqual(answer.status, 400, raw)

    def test_legacy_bodies_must_be_labelled_json(self) -> None:
        """CMP-008, NET-010, AST-007"""
        web, _ = client("cyclades")
        for kind, status in (
            ("application/json; charset=utf-8", 202),
            ("text/plain", 400),
            ("", 400),
        ):
            answer = web.post(
                "/api/v1/things", body=b'{"name": "x"}', headers={"Content-Type": kind}
            )
            self.assertEqual(answer.status, status, kind)

    def test_a_large_body_is_413(self) -> None:
        """CMP-024, AST-015, NET-028 (OPS-160)."""
        web, _ = client("cyclades")
        answer = web.post(
            "/api/v1/things", body=b"x" * ((1 << 20) + 1), headers={"Content-Type": "x/y"}
        )
        self.assertEqual(answer.status, 413)
        self.assertEqual(answer.headers["connection"], "close")

    def test_a_chunked_body_is_a_body(self) -> None:
        web, _ = client("cyclades")
        answer = web.post(
            "/api/v1/things",
            body=[b'{"na', b'me": "x"}'],
            chunked=True,
            headers={"Content-Type": "application/json"},
        )
        self.assertEqual(answer.status, 202)


class Endings(SynchronousTestCase):
    def test_nothing_is_an_empty_answer(self) -> None:
        web, _ = client()
        answer = web.delete("/api/v1/things/7")
        self.assertEqual((answer.status, answer.body), (204, b""))

    def test_a_stream_without_length_is_chunked(self) -> None:
        web, _ = client()
        answer = web.get("/api/v1/stream/3")
        self.assertEqual(answer.body, b"0;1;2;")
        self.assertEqual(answer.headers["transfer-encoding"], "chunked")

    def test_a_stream_that_fails_never_ends_cleanly(self) -> None:
        web, _ = client()
        exchange = web.start("GET", "/api/v1/stream/13")
        self.failureResultOf(exchange.done, Incomplete)
        self.assertTrue(exchange.connection.transport.aborted)
        self.assertFalse(exchange.connection.received.endswith(b"0\r\n\r\n"))
        self.assertEqual(len(self.flushLoggedErrors(errors.CorruptData)), 1)

    def test_a_refusal_is_said_in_the_dialect(self) -> None:
        web, _ = client("nova")
        answer = web.get("/api/v1/things/lost")
        self.assertEqual(answer.status, 404)
        self.assertEqual(
            answer.json(), {"itemNotFound": {"code": 404, "message": "No such thing."}}
        )

    def test_a_defect_is_500_with_an_incident_and_no_detail(self) -> None:
        """CMP-023, NET-027"""
        web, _ = client("cyclades")
        answer = web.get("/api/v1/things/bug")
        self.assertEqual(answer.status, 500)
        said = answer.json()["internalServerError"]
        self.assertNotIn("secret", answer.text)
        self.assertIn(answer.headers["x-openstack-request-id"], said["message"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_a_read_is_cancelled_when_its_client_leaves(self) -> None:
        web, things = client()
        exchange = web.start("GET", "/api/v1/wait")
        exchange.hang_up()
        self.assertEqual(things.log, ["cancelled"])

    def test_a_change_goes_on_when_its_client_leaves(self) -> None:
        web, things = client()
        exchange = web.start("PUT", "/api/v1/wait")
        exchange.hang_up()
        self.assertEqual(things.log, [])
        things.waiting.callback(None)
        self.assertEqual(things.log, ["finished"])

    def test_the_file_dialects_have_transaction_ids(self) -> None:
        web, _ = client("swift")
        answer = web.get("/api/v1/things/7")
        self.assertRegex(answer.headers["x-trans-id"], r"^tx[0-9a-f]{21}-[0-9a-f]{10}$")
        self.assertEqual(answer.headers["x-trans-id"], answer.headers["x-openstack-request-id"])

    def test_legacy_answers_are_uncacheable(self) -> None:
        """CMP-013, NET-015, AST-014"""
        for dialect in ("cyclades", "astakos", "pithos"):
            web, _ = client(dialect)
            answer = web.get("/api/v1/things/7")
            self.assertEqual(answer.headers["content-type"], "application/json; charset=UTF-8")
            self.assertEqual(answer.headers["vary"], "X-Auth-Token")
            for word in ("no-cache", "no-store", "must-revalidate"):
                self.assertIn(word, answer.headers["cache-control"])
            self.assertEqual(int(answer.headers["content-length"]), len(answer.body))

    def test_a_refusal_that_nobody_placed_is_a_defect(self) -> None:
        web, _ = client("nova")
        self.assertEqual(web.get("/api/v1/unplaced").status, 500)
        self.assertEqual(len(self.flushLoggedErrors(errors.Refusal)), 1)

    def test_a_change_that_reads_on_after_its_client_left_leaves_no_trace(self) -> None:
        web, things = client()
        exchange = web.start("PUT", "/api/v1/late", headers={"Content-Length": "50"})
        exchange.hang_up()
        things.waiting.callback(None)
        self.assertEqual(things.log, ["reading"])
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_a_body_that_stops_arriving_is_408(self) -> None:
        """Row 34 of object-storage.md 6.1"""
        things = Things()
        clock = Clock()
        web = WebClient(tree([Mount("/a", "pithos", [things], FewTokens())]), clock=clock)
        things.waiting.callback(None)
        exchange = web.start("PUT", "/a/late", token="good", headers={"Content-Length": "50"})
        clock.advance(61)
        self.assertEqual(exchange.answer().status, 408)
        self.assertEqual(list(exchange.answer().json()), ["requestTimeout"])

    def test_preflight_is_left_to_the_mount(self) -> None:
        async def preflight(call: Call) -> Reply:
            return Reply(
                None, headers={"Access-Control-Allow-Origin": call.headers.get("Origin", "")}
            )

        web, _ = client("swift", preflight=preflight)
        answer = web.request(
            "OPTIONS", "/api/v1/things/7", token="", headers={"Origin": "https://ui"}
        )
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.headers["access-control-allow-origin"], "https://ui")


class AccessLog(SynchronousTestCase):
    def web(self) -> tuple[WebClient, Things, Logged]:
        things = Things()
        mount = Mount("/api/v1", "cyclades", [things], FewTokens())
        return WebClient(tree([mount]), token="good", access_log=True), things, Logged(self)

    def test_one_record_tells_who_asked_for_what_and_how_it_ended(self) -> None:
        """OPS-152"""
        web, _, logged = self.web()
        answer = web.post(
            "/api/v1/things?limit=1", json={"name": "x"}, headers={"X-Auth-Token": "good"}
        )
        (record,) = logged.records()
        self.assertEqual(
            {name: record[name] for name in ("method", "path", "route", "status", "actor", "peer")},
            {
                "method": "POST",
                "path": "/api/v1/things?limit=1",
                "route": "/api/v1/things",
                "status": 202,
                "actor": "ada",
                "peer": "192.0.2.7",
            },
        )
        self.assertEqual(record["request_id"], answer.headers["x-openstack-request-id"])
        self.assertEqual(record["bytes_out"], len(answer.body))
        self.assertEqual(record["bytes_in"], len(b'{"name": "x"}'))

    def test_no_token_is_logged(self) -> None:
        """OPS-152"""
        web, _, logged = self.web()
        web.get("/api/v1/things/7?X-Auth-Token=good", token="good")
        web.get("/api/v1/tickets/s3cret", token="")
        self.assertEqual(len(logged.records()), 2)
        self.assertNotIn("good", str(logged.records()))
        self.assertNotIn("s3cret", str(logged.records()))

    def test_a_client_that_left_is_logged_as_such(self) -> None:
        web, _, logged = self.web()
        web.start("GET", "/api/v1/wait").hang_up()
        self.assertEqual([record["status"] for record in logged.records()], [499])
