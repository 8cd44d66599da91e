"""What clusters report of NICs: ports and addresses follow (ganeti.md 14.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from synnefod.cluster.interface import Nic
from synnefod.common.errors import Malformed
from synnefod.common.ids import NetworkId, ServerId, SubnetId
from synnefod.common.text import micros
from synnefod.network import addressing
from synnefod.network.interface import FixedIp, NetworkConflict, Port, Subnet
from synnefod.network.ports import Ports
from synnefod.network.records import networks as network_records
from synnefod.network.records import pools
from synnefod.network.records import ports as records
from synnefod.store.interface import Tx

GRACE = 60_000_000
"""Microseconds for which a port may be missing from reports before it is taken for gone."""
_PROFILES = {"protected": "ENABLED", "limited": "PROTECTED", "unprotected": "DISABLED"}
"""The clusters' words for firewall profiles and ours (NET-195)."""
_Subnets = Mapping[NetworkId, Sequence[Subnet]]


@frozen
class Seeing:
    """Many servers' reports at once; what did not change costs no statement."""

    cards: Ports

    async def see(
        self, tx: Tx, reports: Mapping[ServerId, Sequence[Nic]]
    ) -> list[tuple[ServerId, str]]:
        ports = await records.of_servers(tx, list(reports))
        subnets = await network_records.subnets_of(tx, sorted({port.network for port in ports}))
        now, troubles = micros(self.cards.clock.seconds()), []
        for port in ports:
            assert port.server is not None
            seen = {nic.name: (at, nic) for at, nic in enumerate(reports[port.server])}
            found = seen.get(self.cards.nic_name(port.id))
            if found is None:
                if port.state == "ACTIVE" or now - port.updated > GRACE:
                    await self.cards.remove(tx, port, "not reported by the cluster")
                continue
            trouble = await self._port(tx, port, *found, subnets, now)
            if trouble:
                troubles.append((port.server, trouble))
        return troubles

    async def _port(
        self, tx: Tx, port: Port, index: int, nic: Nic, subnets: _Subnets, now: int
    ) -> str:
        """What could not be followed; "" for nothing."""
        shown = evolve(
            port,
            mac=nic.mac or port.mac,
            state="ACTIVE",
            index=index,
            firewall=_PROFILES.get(nic.firewall or "", (nic.firewall or "DISABLED").upper()),
        )
        if shown != port:
            await records.change(
                tx,
                port.id,
                now,
                mac=shown.mac,
                state=shown.state,
                position=index,
                firewall=shown.firewall,
            )
        trouble = await self._v4(tx, shown, nic.ip, subnets.get(port.network, ()), now)
        if shown.mac:
            known = shown.mac == port.mac and port.state == "ACTIVE"
            await self._v6(tx, shown, subnets.get(port.network, ()), now, known=known)
        if port.state != "ACTIVE":
            await self.cards.groups.shown(tx, shown)
        return trouble

    async def _v4(
        self, tx: Tx, port: Port, reported: str | None, subnets: Sequence[Subnet], now: int
    ) -> str:
        """The address is what the cluster gave the card, if it can be had; an address that the
        card has no more goes back. Of a network without IPv4 nothing is said."""
        old = [ip for ip in port.ips if ip.version == 4]
        if [ip.address for ip in old] == ([reported] if reported else []):
            return ""
        taken = None
        if reported:
            try:
                taken = await self._take(tx, reported, subnets)
            except (Malformed, NetworkConflict) as problem:
                return f"NIC {self.cards.nic_name(port.id)} has {reported}: {problem.message}"
            if taken is None:
                return ""
        for ip in old:
            await self._let_go(tx, port, ip, now)
        if taken is not None:
            await records.add_address(
                tx,
                now,
                network=port.network,
                subnet=taken,
                port=port.id,
                owner=port.user,
                project=port.project,
                address=reported,
                version=4,
            )
            if port.public and reported:
                await records.remember(tx, port, reported, "associate", now, "changed outside")
        return ""

    async def _take(self, tx: Tx, address: str, subnets: Sequence[Subnet]) -> SubnetId | None:
        number = addressing.v4_number(address)
        plain = [SubnetId(subnet.id) for subnet in subnets if subnet.version == 4]
        if not plain:
            return None
        subnet = await pools.subnet_with(tx, plain, number) or plain[0]
        await pools.take_exactly(tx, subnet, address)
        return subnet

    async def _let_go(self, tx: Tx, port: Port, ip: FixedIp, now: int) -> None:
        if port.public:
            await records.remember(tx, port, ip.address, "disassociate", now, "changed outside")
        if ip.floating:
            await records.detach_floating(tx, port.id, now)
            return
        await records.drop_address(tx, port.id, ip.address)
        await pools.release(tx, SubnetId(ip.subnet), ip.address)

    async def _v6(
        self, tx: Tx, port: Port, subnets: Sequence[Subnet], now: int, *, known: bool
    ) -> None:
        """The address that the card gives itself follows its MAC (NET-190 to NET-192). `known`:
        an address that is there was made from this MAC."""
        for subnet in subnets:
            if subnet.version != 6:
                continue
            old = [ip.address for ip in port.ips if ip.subnet == subnet.id]
            if known and len(old) == 1:
                continue
            address = addressing.eui64(subnet.cidr, port.mac)
            if old == [address]:
                continue
            for stale in old:
                await records.drop_address(tx, port.id, stale)
            await records.add_address(
                tx,
                now,
                network=port.network,
                subnet=SubnetId(subnet.id),
                port=port.id,
                owner=port.user,
                project=port.project,
                address=address,
                version=6,
            )
