"""No address of a pool is ever given out twice, and none is ever lost."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Conflict, Malformed, TooLarge
from synnefod.common.ids import SubnetId
from synnefod.common.threads import InlineThreads
from synnefod.network import addressing
from synnefod.network.interface import NewNetwork, NewSubnet
from synnefod.network.networks import Networks
from synnefod.network.records import pools
from synnefod.network.service import usual_flavors
from synnefod.store.interface import Tx
from synnefod.store.sqlite import SqliteStore
from tests.harness.cloud import done

LOW = int(ipaddress.IPv4Address("10.0.0.0"))
POOLS = (("10.0.0.2", "10.0.0.5"), ("10.0.0.8", "10.0.0.11"))
MEMBERS = [*range(LOW + 2, LOW + 6), *range(LOW + 8, LOW + 12)]
"""In the order in which they are given out when all are free."""
numbers = st.integers(LOW, LOW + 15)


class PoolMachine(RuleBasedStateMachine):
    """Runs two pools beside a model: who holds what, what is kept back."""

    def __init__(self) -> None:
        super().__init__()
        self.store = SqliteStore(None, Clock(), InlineThreads())
        done(self.store.start())
        nouns = Networks(self.store, Clock(), usual_flavors("br0"))
        subnet = NewSubnet("10.0.0.0/28", gateway=None, pools=POOLS)
        made = done(nouns.create_network(NewNetwork("n", public=True, subnets=(subnet,))))
        self.subnet: SubnetId = made.subnets[0]
        self.held: set[int] = set()
        self.reserved: set[int] = set()

    def teardown(self) -> None:
        done(self.store.stop())

    def do(self, work: Callable[[Tx], Awaitable[Any]]) -> Any:
        return done(self.store.transact("step", work))

    def free(self) -> list[int]:
        return [n for n in MEMBERS if n not in self.held and n not in self.reserved]

    @rule()
    def take(self) -> None:
        given_out = self.do(lambda tx: pools.take(tx, self.subnet))
        free = self.free()
        if not free:
            assert given_out is None
            return
        number = addressing.v4_number(given_out)
        assert number == free[0]
        self.held.add(number)

    @rule(number=numbers)
    def take_exactly(self, number: int) -> None:
        text = addressing.v4_text(number)
        try:
            self.do(lambda tx: pools.take_exactly(tx, self.subnet, text))
        except Malformed:
            assert number not in MEMBERS
        except Conflict:
            assert number in self.held | self.reserved
        else:
            assert number in self.free()
            self.held.add(number)

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        if self.held:
            number = data.draw(st.sampled_from(sorted(self.held)))
            self.held.discard(number)
            text = addressing.v4_text(number)
            for _ in range(data.draw(st.integers(1, 2))):
                self.do(lambda tx: pools.release(tx, self.subnet, text))

    @rule(number=numbers)
    def release_what_nobody_has(self, number: int) -> None:
        if number not in self.held:
            text = addressing.v4_text(number)
            self.do(lambda tx: pools.release(tx, self.subnet, text))

    @rule(some=st.lists(numbers, max_size=3))
    def reserve(self, some: list[int]) -> None:
        self.do(lambda tx: pools.reserve(tx, self.subnet, some))
        self.reserved |= set(some) & set(MEMBERS)

    @rule(some=st.lists(numbers, max_size=3))
    def unreserve(self, some: list[int]) -> None:
        # What is in use is known by its row among the addresses, which this model has none of.
        some = [number for number in some if number not in self.held]
        self.do(lambda tx: pools.unreserve(tx, self.subnet, some))
        self.reserved -= set(some)

    @invariant()
    def the_count_is_right(self) -> None:
        count = self.do(lambda tx: pools.free_count(tx, self.subnet))
        assert count == len(self.free()), (count, self.free())


class Pools(SynchronousTestCase):
    def test_no_address_is_given_twice_or_lost(self) -> None:
        """Taking, taking a wished one, giving back and keeping back, in any order, agree with a
        plain set; the lowest free address is given. NET-180, NET-181"""
        run_state_machine_as_test(
            PoolMachine,
            settings=settings(max_examples=25, stateful_step_count=25, deadline=None),
        )


@st.composite
def ranges(draw: Any) -> tuple[str, str | None]:
    prefix = draw(st.integers(16, 29))
    base = draw(st.integers(0, 2**32 - 1)) >> (32 - prefix) << (32 - prefix)
    network = ipaddress.ip_network((base, prefix))
    place = draw(st.none() | st.integers(1, network.num_addresses - 2))
    return str(network), None if place is None else str(network[place])


class Arithmetic(SynchronousTestCase):
    @given(ranges())
    @settings(max_examples=200, deadline=None)
    def test_usual_pools_are_all_hosts_but_the_gateway(self, what: tuple[str, str | None]) -> None:
        """The usual pools hold each host once, and neither the gateway nor the ends. NET-082"""
        cidr, gateway = what
        network = ipaddress.ip_network(cidr)
        found = addressing.usual_pools(cidr, gateway)
        hosts = network.num_addresses - 2 - (gateway is not None)
        self.assertEqual(sum(high - low + 1 for low, high in found), hosts)
        for low, high in found:
            self.assertTrue(int(network[0]) < low <= high < int(network[-1]))
            if gateway is not None:
                self.assertFalse(low <= int(ipaddress.ip_address(gateway)) <= high)
        self.assertEqual(addressing.checked_pools(cidr, gateway, _texts(found)), found)

    @given(st.binary(min_size=6, max_size=6), st.integers(0, 2**64 - 1))
    @settings(max_examples=200, deadline=None)
    def test_the_mac_can_be_read_back_from_its_address(self, mac: bytes, network: int) -> None:
        """An EUI-64 address lies in its /64, and tells the MAC that it was made of. NET-190"""
        cidr = f"{ipaddress.IPv6Address(network << 64)}/64"
        address = ipaddress.IPv6Address(addressing.eui64(cidr, mac.hex(":")))
        self.assertIn(address, ipaddress.ip_network(cidr))
        tail = address.packed[8:]
        self.assertEqual(bytes([tail[0] ^ 2]) + tail[1:3] + tail[5:], mac)
        self.assertEqual(tail[3:5], b"\xff\xfe")

    @given(st.text(max_size=40))
    @settings(max_examples=300, deadline=None)
    def test_any_text_is_a_network_or_malformed(self, text: str) -> None:
        """What is no network in CIDR notation is refused, never a defect."""
        for version in (4, 6):
            try:
                usual = addressing.parse_cidr(text, version)
            except (Malformed, TooLarge):
                continue
            self.assertEqual(addressing.parse_cidr(usual, version), usual)


def _texts(found: list[tuple[int, int]]) -> list[tuple[str, str]]:
    return [(addressing.v4_text(low), addressing.v4_text(high)) for low, high in found]
