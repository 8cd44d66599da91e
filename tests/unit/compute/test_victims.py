"""What has to go for a quota to be kept: who comes first, what survives, what is counted once."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.compute.victims import Deed, Means, Plan, Remainder, Thing, Violation
from synnefod.quota.interface import CPU, DISK, FLOATING_IP, RAM, TOTAL_CPU, VM

GIB = 1 << 30
RUNS = ("BUILD", "STARTED", "ERROR")


def server(number: int, state: str, cpu: int = 1, **more: Any) -> Thing:
    running = {CPU: cpu, RAM: GIB} if state in RUNS else {}
    uses = {VM: 1, TOTAL_CPU: cpu, **running}
    owner = more.pop("user", "u")
    return Thing("server", number, owner, "p", state, 1, uses, running, **more)


def volume(number: int, state: str, on: int | None = None, **more: Any) -> Thing:
    return Thing("volume", number, "u", "p", state, 1, {DISK: GIB}, on=on, **more)


def address(number: int, on: int | None = None) -> Thing:
    return Thing("floating_ip", number, "u", "p", "", None, {FLOATING_IP: 1}, on=on)


def over(resource: str, limit: int, usage: int, user: str | None = "u", number: int = 1) -> Any:
    if user is None:
        return Violation(number, "project", "project:p", None, resource, limit, usage)
    return Violation(number, "user", f"user:{user}", "project:p", resource, limit, usage)


class Victims(SynchronousTestCase):
    def planned(self, things: list[Thing], means: Means, *violations: Violation) -> Plan:
        plan = Plan(things, means)
        for each in violations:
            plan.take(each)
        return plan

    def said(self, plan: Plan) -> list[str]:
        return [f"{d.action} {d.thing.kind} {d.thing.id}" for d in plan.deeds.values()]

    def test_what_is_worth_least_goes_first(self) -> None:
        """ERROR, BUILD, STOPPED, STARTED, then the highest id; a server in ERROR that is to be
        shut down is removed (OPS-116, OPS-115)."""
        things = [
            server(1, "STARTED"),
            server(2, "STARTED"),
            server(3, "STOPPED"),
            server(4, "BUILD"),
            server(5, "ERROR"),
            server(6, "STARTED"),
        ]
        plan = self.planned(things, Means(hard=frozenset({VM})), over(VM, 0, 6))
        order = [deed.thing.id for deed in plan.deeds.values()]
        self.assertEqual(order, [5, 4, 3, 6, 2, 1])
        plan = self.planned(things, Means(hard=frozenset({CPU})), over(CPU, 1, 5))
        self.assertEqual(
            self.said(plan),
            ["remove server 5", "stop server 4", "stop server 6", "stop server 2"],
        )

    def test_volumes_and_addresses_have_their_order(self) -> None:
        """Doomed, then error, creating, available, in use; free addresses before those on
        servers, and of these the ones on the servers that are worth least (OPS-116)."""
        states = ("IN_USE", "AVAILABLE", "CREATING", "ERROR", "DELETING", "AVAILABLE")
        things = [volume(number, state) for number, state in enumerate(states, 1)]
        plan = self.planned(things, Means(hard=frozenset({DISK})), over(DISK, 0, 6 * GIB))
        self.assertEqual([d.thing.id for d in plan.deeds.values()], [5, 4, 3, 6, 2, 1])
        things = [
            server(7, "STARTED"),
            server(8, "STOPPED"),
            address(1, on=7),
            address(2, on=8),
            address(3),
            address(4),
        ]
        hard = Means(hard=frozenset({FLOATING_IP}))
        plan = self.planned(things, hard, over(FLOATING_IP, 0, 4))
        self.assertEqual(
            self.said(plan),
            [
                "delete floating_ip 4",
                "delete floating_ip 3",
                "detach floating_ip 2",
                "detach floating_ip 1",
            ],
        )
        soft = Means(soft=frozenset({FLOATING_IP}))
        plan = self.planned(things, soft, over(FLOATING_IP, 1, 4))
        self.assertEqual(self.said(plan), ["detach floating_ip 2"])
        self.assertIn("--resources cyclades.floating_ip", plan.remains[0].why)

    def test_what_goes_counts_for_all_quotas(self) -> None:
        """A server that goes for the project's quota is not asked for twice by the user's, and
        takes its volumes with it unless they outlive it (OPS-117)."""
        things = [
            server(1, "STARTED"),
            server(2, "STARTED", user="v"),
            volume(1, "IN_USE", on=2, system=True),
            volume(2, "IN_USE", on=1, system=True),
            volume(3, "AVAILABLE"),
        ]
        means = Means(hard=frozenset({VM, CPU, DISK}))
        plan = self.planned(
            things,
            means,
            over(VM, 1, 2, user=None),
            over(CPU, 0, 1, user="v", number=2),
            over(DISK, 2 * GIB, 3 * GIB, user=None, number=3),
        )
        self.assertEqual(self.said(plan), ["remove server 2"])
        self.assertEqual(plan.remains, [])

    def test_what_the_switches_protect_survives(self) -> None:
        """System volumes and servers with more volumes stay unless the two switches allow it,
        and the report says which would (OPS-118)."""
        things = [
            server(1, "STARTED", extra=True),
            volume(1, "IN_USE", on=1, system=True),
            volume(2, "IN_USE", on=1),
        ]
        hard = frozenset({VM, DISK})
        plan = self.planned(things, Means(hard=hard), over(VM, 0, 1))
        self.assertEqual(self.said(plan), [])
        self.assertEqual(plan.remains, [Remainder(1, 1, "allowed by --cascade-remove")])
        plan = self.planned(things, Means(hard=hard), over(DISK, 0, 2 * GIB))
        self.assertEqual(self.said(plan), ["delete volume 2"])
        self.assertIn("--remove-system-volumes", plan.remains[0].why)
        self.assertIn("--cascade-remove", plan.remains[0].why)
        both = Means(hard=hard, system_volumes=True, cascade=True)
        plan = self.planned(things, both, over(DISK, 0, 2 * GIB))
        self.assertEqual(self.said(plan), ["delete volume 2", "remove server 1"])
        plan = self.planned(things, both, over(VM, 0, 1))
        self.assertEqual(self.said(plan), ["remove server 1"])

    def test_softly_as_many_are_at_rest_as_are_too_many(self) -> None:
        """A server that is at rest already counts (OPS-115)."""
        things = [server(1, "STARTED"), server(2, "STARTED"), server(3, "STOPPED")]
        plan = self.planned(things, Means(soft=frozenset({VM})), over(VM, 1, 3))
        self.assertEqual(self.said(plan), ["stop server 2"])
        (left,) = plan.remains
        self.assertEqual((left.left, "--resources cyclades.vm" in left.why), (2, True))
        self.assertIsInstance(next(iter(plan.deeds.values())), Deed)
