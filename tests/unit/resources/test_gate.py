"""What the door lets through: request limits and maintenance."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Unauthenticated
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.notices.interface import Notice
from synnefod.resources.buckets import Buckets, Rate
from synnefod.resources.door import Call, Mount, route
from synnefod.resources.gate import Gate, RequestLimits, operations
from synnefod.resources.root import tree
from tests.harness.web import WebClient

NOTICE = Notice(1, {"en": "Moving house."}, "warning", 0, 90_000_000, True, "ada", 0)


class BucketTests(SynchronousTestCase):
    @given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 20))
    def test_no_more_is_taken_than_the_rate_allows(self, pauses: list[float], burst: int) -> None:
        """OPS-158: in any time, at most the burst and what flowed in."""
        clock = Clock()
        buckets = Buckets(clock, Rate(2.0, burst))
        taken = 0
        for pause in pauses:
            clock.advance(pause)
            answer = buckets.take("x")
            taken += not answer.wait
            self.assertLessEqual(taken, burst + 2.0 * clock.seconds() + 1e-6)
            if answer.wait:
                clock.advance(answer.wait + 1e-9)
                self.assertEqual(buckets.take("x").wait, 0)
                taken += 1


class People:
    """Tokens are names; "root" is an administrator."""

    async def authenticate(self, token: str) -> Principal:
        if token == "bad":
            raise Unauthenticated
        return Principal(UserId(token), token, ProjectId("p"), is_admin=token == "root")


class Board:
    def __init__(self) -> None:
        self.notice: Notice | None = None

    async def maintenance(self) -> Notice | None:
        return self.notice


class Things:
    @route("GET", "/servers")
    async def listing(self, call: Call) -> Any:
        return {"servers": []}

    @route("GET", "/open", auth=False)
    async def open(self, call: Call) -> Any:
        return {}

    @route("POST", "/servers", body=dict[str, Any])
    async def create(self, call: Call) -> Any:
        return {}

    @route("POST", "/servers/<server>/action", body=dict[str, Any])
    async def act(self, call: Call, server: str) -> Any:
        return {}

    @route("POST", "/sign-in", auth=False, always=True)
    async def sign_in(self, call: Call) -> Any:
        return {}

    @route("PUT", "/slow")
    async def slow(self, call: Call) -> Any:
        waiting: Deferred[None] = Deferred()
        self.waiting.append(waiting)
        await waiting
        return {}

    def __init__(self) -> None:
        self.waiting: list[Deferred[None]] = []

    def release(self) -> None:
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each.callback(None)


class GateTests(SynchronousTestCase):
    def client(self, *, peer: str = "198.51.100.7", **limits: Any) -> WebClient:
        self.clock = Clock()
        self.board = Board()
        self.things = Things()
        gate = self.gate = Gate(self.clock, RequestLimits(**limits), self.board)
        mounts = []
        for path, dialect, service in (("/c", "nova", "compute"), ("/o", "swift", "object-store")):
            mount = Mount(path, dialect, [self.things], People(), service=service)
            mount.gate = gate
            mounts.append(mount)
        return WebClient(tree(mounts), clock=self.clock, peer=peer)

    def statuses(self, client: WebClient, count: int, *request: Any, **options: Any) -> list[int]:
        return [client.request(*request, **options).status for _ in range(count)]

    def test_a_token_s_requests_are_counted_wherever_they_come_from(self) -> None:
        """OPS-158: 429 with Retry-After in the dialect, and how much is left beside each answer."""
        client = self.client(token=Rate(1, 3))
        first = client.get("/c/servers", token="ada")
        self.assertEqual(first.headers["ratelimit"], '"token";r=2')
        self.assertEqual(first.headers["ratelimit-policy"], '"token";q=3;w=3')
        statuses = self.statuses(client, 3, "GET", "/c/servers", token="ada")
        self.assertEqual(statuses, [200, 200, 429])
        refused = client.get("/c/servers", token="ada")
        self.assertEqual(refused.headers["retry-after"], "1")
        self.assertEqual(refused.json()["overLimit"]["code"], 429)
        self.assertEqual(client.get("/c/servers", token="bob").status, 200)
        self.clock.advance(2)
        self.assertEqual(client.get("/c/servers", token="ada").status, 200)

    def test_an_address_without_a_token_has_a_limit_of_its_own(self) -> None:
        """OPS-158: a token that nobody looked at does not change whose request it is."""
        client = self.client(address=Rate(1, 2))
        self.assertEqual(self.statuses(client, 2, "GET", "/c/open"), [200, 200])
        self.assertEqual(client.get("/c/open", token="any").status, 429)
        self.assertEqual(client.get("/c/servers", token="ada").status, 200)

    def test_creations_and_actions_have_limits_by_project_and_server(self) -> None:
        """OPS-158"""
        client = self.client(operations=operations(Rate(1, 2), Rate(1, 1)))
        made = self.statuses(client, 3, "POST", "/c/servers", token="ada", json={})
        self.assertEqual(made, [200, 200, 429])
        one = self.statuses(client, 2, "POST", "/c/servers/1/action", token="ada", json={})
        self.assertEqual(one, [200, 429])
        other = client.request("POST", "/c/servers/2/action", token="ada", json={})
        self.assertEqual(other.status, 200)
        self.assertEqual(client.get("/c/servers", token="ada").status, 200)

    def test_one_user_s_uploads_at_once_are_bounded(self) -> None:
        """OPS-160: over all connections; what ends, by an answer or because the client leaves,
        makes room. Reading, other people and other services are not held up."""
        client = self.client(uploads=2)
        first = client.start("PUT", "/o/slow", **self.sent(b"12345", "ada"))
        second = client.start("PUT", "/o/slow", **self.sent(b"12345", "ada"))
        self.assertFalse(first.answered or second.answered)
        refused = client.request("PUT", "/o/slow", **self.sent(b"12345", "ada"))
        self.assertEqual((refused.status, refused.headers["retry-after"]), (429, "1"))
        other = client.start("PUT", "/o/slow", **self.sent(b"12345", "bob"))
        self.assertFalse(other.answered)
        self.assertEqual(client.get("/o/servers", token="ada").status, 200)
        self.assertEqual(client.request("POST", "/c/servers", token="ada", json={}).status, 200)
        self.things.release()
        self.assertEqual([each.answer().status for each in (first, second)], [200, 200])
        third = client.start("PUT", "/o/slow", **self.sent(b"12345", "ada"))
        self.assertFalse(third.answered)
        self.things.release()
        self.assertEqual(self.gate._uploads, {})
        exempt = self.client(uploads=1, exempt=("198.51.100.0/24",))
        started = [exempt.start("PUT", "/o/slow", **self.sent(b"1", "ada")) for _ in range(3)]
        self.assertFalse(any(each.answered for each in started))
        self.things.release()

    def sent(self, body: bytes, token: str) -> dict[str, Any]:
        return {"body": body, "token": token}

    def test_files_and_exempt_addresses_are_not_counted(self) -> None:
        """OPS-158"""
        client = self.client(token=Rate(1, 1))
        self.assertEqual(set(self.statuses(client, 5, "GET", "/o/servers", token="a")), {200})
        client = self.client(token=Rate(1, 1), exempt=("198.51.100.0/24",))
        self.assertEqual(set(self.statuses(client, 5, "GET", "/c/servers", token="a")), {200})

    def test_maintenance_refuses_changes_and_lets_people_read_and_sign_in(self) -> None:
        """OPS-163: with the message, and when to come back; administrators go on."""
        client = self.client()
        self.board.notice = NOTICE
        refused = client.request("POST", "/c/servers", token="ada", json={})
        self.assertEqual(refused.status, 503)
        self.assertEqual(refused.headers["retry-after"], "90")
        self.assertIn("Moving house.", refused.text)
        self.assertEqual(client.request("POST", "/o/servers", token="ada", json={}).status, 503)
        self.assertEqual(client.get("/c/servers", token="ada").status, 200)
        self.assertEqual(client.request("POST", "/c/sign-in").status, 200)
        admitted = client.request("POST", "/c/servers", token="root", json={})
        self.assertEqual(admitted.status, 200)
