"""Rules of security groups come down to one of three firewall profiles."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.ids import ProjectId
from synnefod.network import walls
from synnefod.network.interface.groups import NewRule, Rule


def rule(**more: Any) -> Rule:
    given = {
        "direction": "ingress",
        "ethertype": "IPv4",
        "protocol": None,
        "port_min": None,
        "port_max": None,
        "remote_prefix": None,
        "remote_group": None,
    } | more
    return Rule(1, 1, ProjectId("p"), **given, description="", revision=1, created=0, updated=0)


def tcp(low: int, high: int | None = None, **more: Any) -> Rule:
    return rule(protocol="tcp", port_min=low, port_max=high or low, **more)


SIX = {"ethertype": "IPv6"}


class Compiling(SynchronousTestCase):
    def test_the_widest_profile_that_opens_nothing_else(self) -> None:
        """By the union of what comes in: everything for each family that the port has, SSH or
        remote desktops, or nothing; what is between is told to be stricter than it says
        (NET-256)."""
        table: list[tuple[list[Rule], set[int], tuple[str, bool]]] = [
            ([], {4}, ("ENABLED", False)),
            ([rule(direction="egress")], {4}, ("ENABLED", False)),
            ([rule(remote_group=1)], {4}, ("ENABLED", False)),
            ([rule()], {4}, ("DISABLED", False)),
            ([rule(remote_prefix="0.0.0.0/0")], {4}, ("DISABLED", False)),
            ([rule()], {4, 6}, ("PROTECTED", True)),
            ([rule(), rule(**SIX)], {4, 6}, ("DISABLED", False)),
            ([rule(), rule(**SIX)], set(), ("DISABLED", False)),
            ([rule(**SIX)], {4}, ("ENABLED", False)),
            ([tcp(22)], {4}, ("PROTECTED", False)),
            ([tcp(22), tcp(3389)], {4}, ("PROTECTED", False)),
            ([tcp(22), tcp(80)], {4}, ("PROTECTED", True)),
            ([tcp(80)], {4}, ("ENABLED", True)),
            ([tcp(1, 1024)], {4}, ("PROTECTED", True)),
            ([tcp(22, remote_prefix="10.0.0.0/8")], {4}, ("ENABLED", True)),
            ([rule(protocol="icmp")], {4}, ("ENABLED", False)),
            ([rule(protocol="udp", port_min=22, port_max=22)], {4}, ("ENABLED", True)),
        ]
        for rules, versions, wanted in table:
            self.assertEqual(walls.compiled(rules, versions), wanted, (rules, versions))

    def test_the_same_in_other_words(self) -> None:
        """Names and numbers of protocols, and the two ways to say anywhere."""
        self.assertTrue(walls.same(rule(protocol="tcp"), rule(protocol="6")))
        self.assertTrue(walls.same(rule(), rule(remote_prefix="0.0.0.0/0")))
        self.assertFalse(walls.same(rule(), rule(**SIX)))
        usual = walls.checked(NewRule(1, "ingress", "ipv4", "ANY", remote_prefix="10.1.2.3/8"))
        self.assertEqual((usual.protocol, usual.remote_prefix), (None, "10.0.0.0/8"))
        self.assertEqual(usual.ethertype, "IPv4")
