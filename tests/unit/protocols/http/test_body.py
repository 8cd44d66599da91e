"""The body in between the wire and its reader."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import TooLarge
from synnefod.protocols.http.body import HIGH_WATER, Body, Disconnected, body_of
from synnefod.protocols.http.streaming import STALL, Valve


class Wire:
    """A flow that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def wanted(self) -> None:
        self.told.append("wanted")

    def full(self) -> None:
        self.told.append("full")

    def drained(self) -> None:
        self.told.append("drained")


class Bodies(SynchronousTestCase):
    def read(self, body: Body) -> Deferred[bytes]:
        return ensureDeferred(body.read_some())

    def test_a_body_in_memory_reads_like_one_from_the_wire(self) -> None:
        body = body_of([b"ab", b"c"])
        self.assertEqual(body.length, 3)
        self.assertEqual(self.successResultOf(self.read(body)), b"ab")
        self.assertEqual(self.successResultOf(self.read(body)), b"c")
        for _ in range(2):
            self.assertEqual(self.successResultOf(self.read(body)), b"")

    def test_a_body_longer_than_the_limit_is_refused(self) -> None:
        """OPS-160"""
        whole = ensureDeferred(body_of(b"x" * 11).read_all(10))
        self.failureResultOf(whole, TooLarge)
        whole = ensureDeferred(body_of([b"x" * 6] * 2, length=None).read_all(10))
        self.failureResultOf(whole, TooLarge)
        self.assertEqual(
            self.successResultOf(ensureDeferred(body_of(b"x" * 10).read_all(10))), b"x" * 10
        )

    def test_an_announced_length_beyond_the_limit_is_not_even_asked_for(self) -> None:
        wire = Wire()
        self.failureResultOf(ensureDeferred(Body(11, wire).read_all(10)), TooLarge)
        self.assertEqual(wire.told, [])

    def test_a_failure_stays(self) -> None:
        body = Body(10)
        body.feed(b"abc")
        body.fail(Disconnected())
        body.fail(ValueError())
        for _ in range(2):
            self.failureResultOf(self.read(body), Disconnected)
        self.assertEqual(body.held, 0)

    def test_a_complete_body_cannot_fail(self) -> None:
        body = body_of(b"abc")
        body.fail(Disconnected())
        self.assertEqual(self.successResultOf(self.read(body)), b"abc")

    def test_a_reader_who_is_cancelled_loses_nothing(self) -> None:
        body = Body(3)
        reading = self.read(body)
        reading.addErrback(lambda failure: None)
        reading.cancel()
        body.feed(b"abc")
        self.assertEqual(self.successResultOf(self.read(body)), b"abc")

    def test_two_readers_at_once_are_a_defect(self) -> None:
        body = Body(3)
        first = self.read(body)
        self.failureResultOf(self.read(body), RuntimeError)
        body.feed(b"abc")
        self.assertEqual(self.successResultOf(first), b"abc")

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.one_of(st.integers(1, HIGH_WATER), st.none()), max_size=30))
    def test_nothing_is_lost_and_full_and_drained_alternate(self, steps: list[int | None]) -> None:
        """A number feeds so many bytes, None reads."""
        wire = Wire()
        body = Body(None, wire)
        fed, got = 0, 0
        for step in steps:
            if step is not None:
                body.feed(bytes(step))
                fed += step
                if body.held > HIGH_WATER:
                    self.assertTrue(body.paused)
            elif body.held:
                got += len(self.successResultOf(self.read(body)))
        body.end()
        while piece := self.successResultOf(self.read(body)):
            got += len(piece)
        self.assertEqual(got, fed)
        marks = [word for word in wire.told if word != "wanted"]
        self.assertEqual(marks, (["full", "drained"] * len(marks))[: len(marks)])
        self.assertFalse(body.paused)


class Valves(SynchronousTestCase):
    def test_a_client_that_takes_nothing_is_given_up(self) -> None:
        clock = Clock()
        valve = Valve(clock)  # type: ignore[arg-type]
        valve.pauseProducing()
        opened = ensureDeferred(valve.opened())
        clock.advance(STALL - 1)
        self.assertNoResult(opened)
        clock.advance(1)
        self.failureResultOf(opened, Disconnected)

    def test_an_open_valve_lets_through(self) -> None:
        clock = Clock()
        valve = Valve(clock)  # type: ignore[arg-type]
        self.successResultOf(ensureDeferred(valve.opened()))
        valve.pauseProducing()
        opened = ensureDeferred(valve.opened())
        valve.resumeProducing()
        self.successResultOf(opened)
        self.assertEqual(clock.getDelayedCalls(), [])
