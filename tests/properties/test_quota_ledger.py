"""The ledger obeys its law for any interleaving of commissions."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import OverQuota
from synnefod.common.ids import ProjectId, Serial, UserId
from synnefod.quota.interface import Charge, project_holder, user_holder
from tests.harness.cloud import done, in_memory

PEOPLE = (UserId("00000000-0000-4000-8000-000000000001"), UserId("u2"))
PROJECT = ProjectId("00000000-0000-4000-8000-00000000000a")
RESOURCES = ("cyclades.vm", "cyclades.cpu")
MEMBER_LIMIT, PROJECT_LIMIT = 8, 12
Key = tuple[str, str | None, str]

charges = st.lists(
    st.builds(
        Charge,
        st.sampled_from(PEOPLE),
        st.just(PROJECT),
        st.sampled_from(RESOURCES),
        st.integers(-6, 6),
    ),
    min_size=1,
    max_size=4,
)


def counters(wanted: list[Charge]) -> dict[Key, int]:
    """What a list of charges asks of each counter, summed."""
    result: dict[Key, int] = {}
    for charge in wanted:
        project = project_holder(charge.project)
        for key in (
            (user_holder(charge.user), project, charge.resource),
            (project, None, charge.resource),
        ):
            result[key] = result.get(key, 0) + charge.quantity
    return result


class LedgerMachine(RuleBasedStateMachine):
    """Runs the ledger beside a model: accepted sums, and what is pending."""

    pending = Bundle("pending")

    def __init__(self) -> None:
        super().__init__()
        self.cloud = in_memory()
        self.accepted: dict[Key, int] = {}
        self.open: dict[Serial, dict[Key, int]] = {}
        self.over: set[Key] = set()

        async def prepare(tx: Any) -> None:
            ledger = self.cloud.ledger
            source = project_holder(PROJECT)
            await ledger.set_limits(tx, source, None, dict.fromkeys(RESOURCES, PROJECT_LIMIT))
            for person in PEOPLE:
                limits = dict.fromkeys(RESOURCES, MEMBER_LIMIT)
                await ledger.set_limits(tx, user_holder(person), source, limits)

        done(self.cloud.store.transact("prepare", prepare))

    def low(self, key: Key) -> int:
        released = sum(min(0, each.get(key, 0)) for each in self.open.values())
        return self.accepted.get(key, 0) + released

    def high(self, key: Key) -> int:
        imported = sum(max(0, each.get(key, 0)) for each in self.open.values())
        return self.accepted.get(key, 0) + imported

    def fits(self, wanted: dict[Key, int], force: bool) -> bool:
        for key, quantity in wanted.items():
            limit = PROJECT_LIMIT if key[1] is None else MEMBER_LIMIT
            if quantity < 0 and self.low(key) + quantity < 0:
                return False
            if quantity >= 0 and not force and self.high(key) + quantity > limit:
                return False
        return True

    @rule(target=pending, wanted=charges, force=st.booleans())
    def reserve(self, wanted: list[Charge], force: bool) -> Serial | None:
        asked = counters(wanted)
        try:
            serial: Serial = done(
                self.cloud.store.transact(
                    "reserve", lambda tx: self.cloud.ledger.reserve(tx, wanted, force=force)
                )
            )
        except OverQuota:
            assert not self.fits(asked, force)
            return None
        assert self.fits(asked, force)
        assert serial not in self.open
        self.open[serial] = asked
        return serial

    @rule(wanted=charges, force=st.booleans())
    def charge(self, wanted: list[Charge], force: bool) -> None:
        asked = counters(wanted)
        fits = self.fits(asked, force)
        try:
            done(
                self.cloud.store.transact(
                    "charge", lambda tx: self.cloud.ledger.charge(tx, wanted, force=force)
                )
            )
        except OverQuota:
            assert not fits
            return
        assert fits
        self.apply(asked)

    @rule(serial=consumes(pending), accept=st.booleans())
    def settle(self, serial: Serial | None, accept: bool) -> None:
        for _ in range(2):
            done(
                self.cloud.store.transact(
                    "settle", lambda tx: self.cloud.ledger.settle(tx, serial, accept=accept)
                )
            )
        asked = self.open.pop(serial, {}) if serial is not None else {}
        if accept:
            self.apply(asked)

    def apply(self, asked: dict[Key, int]) -> None:
        for key, quantity in asked.items():
            self.accepted[key] = self.accepted.get(key, 0) + quantity

    @invariant()
    def counters_follow_the_law(self) -> None:
        holders = [project_holder(PROJECT), *map(user_holder, PEOPLE)]
        found = done(
            self.cloud.store.read("holdings", lambda tx: self.cloud.ledger.holdings(tx, holders))
        )
        assert len(found) == 2 * 3
        for each in found:
            key = (each.holder, each.source, each.resource)
            # A release waits in usage_max until it is accepted, an import is there from the start.
            released = -sum(min(0, wanted.get(key, 0)) for wanted in self.open.values())
            assert each.usage_min == self.low(key)
            assert each.usage_max == self.high(key)
            assert 0 <= each.usage_min <= each.usage_max
            assert each.pending == self.high(key) - self.accepted.get(key, 0) + released


class LedgerTests(SynchronousTestCase):
    def test_any_interleaving_keeps_the_law(self) -> None:
        """Sums of accepted quantities are usage_min, pending imports on top are usage_max, and
        no commission is half applied: AST-054, AST-055, AST-056, AST-058, AST-072."""
        run_state_machine_as_test(
            LedgerMachine,
            settings=settings(
                max_examples=25, stateful_step_count=25, deadline=None, database=None
            ),
        )
