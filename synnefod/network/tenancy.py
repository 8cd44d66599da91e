"""Private networks of users: made, named, shared, charged, and brought to their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import NetworkId, ProjectId, UserId
from synnefod.common.jsonio import dump_text
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.network.interface import (
    NetworkInUse,
    NetworkNotFound,
    NetworkRow,
    OwnNetwork,
)
from synnefod.network.lifecycle import LIFE, Deed, Life, There, Wish
from synnefod.network.networks import LONGEST_NAME, Flavor, taken_value
from synnefod.network.records import floating as floating_records
from synnefod.network.records import networks as records
from synnefod.network.records import pools, values
from synnefod.network.records import ports as port_records
from synnefod.quota.interface import PRIVATE_NETWORK, Charge, Quota
from synnefod.store.interface import Store, Tx


@frozen
class Offer:
    """What users may do. `enabled`: flavors they may create; `usual`: the flavor of a request
    without one; `sharing`: whether things may be shared with a project's members; `largest`: the
    shortest prefix of an IPv4 subnet; `poll_limit`: how many seconds back a client may ask for
    changes."""

    enabled: tuple[str, ...] = ("MAC_FILTERED",)
    usual: str = "MAC_FILTERED"
    sharing: bool = False
    largest: int = 22
    poll_limit: int = 3600
    routers: bool = True


OFFER = Offer()
"""What users may do when nothing is configured."""


@frozen
class Tenancy:
    """The noun private network. `prefix` begins the names of routing tables (NET-171)."""

    store: Store
    clock: IClock
    flavors: Mapping[str, Flavor]
    quota: Quota | None
    offer: Offer
    prefix: str

    async def create_own(
        self, principal: Principal, news: Sequence[OwnNetwork]
    ) -> list[NetworkRow]:
        wished = [(new, self._flavor(new)) for new in news]

        async def body(tx: Tx) -> list[NetworkRow]:
            return [await self.make(tx, principal, new, flavor) for new, flavor in wished]

        return await self.store.transact("create private networks", body)

    def _flavor(self, new: OwnNetwork) -> Flavor:
        checked_name(new.name)
        kind = new.flavor or self.offer.usual
        flavor = self.flavors.get(kind)
        if flavor is None:
            raise Malformed(f"'{kind[:64]}' is not a network flavor.")
        if kind not in self.offer.enabled:
            raise Forbidden(f"Networks of the flavor {kind} are not offered.")
        self.check_sharing(new.shared)
        return flavor

    async def make(
        self, tx: Tx, principal: Principal, new: OwnNetwork, flavor: Flavor | None = None
    ) -> NetworkRow:
        flavor = flavor or self._flavor(new)
        project = chosen_project(principal, new.project)
        now = micros(self.clock.seconds())
        number = await records.insert(
            tx,
            now,
            name=new.name,
            owner=principal.user,
            project=project,
            shared_to_project=int(new.shared),
            flavor=new.flavor or self.offer.usual,
            mode=flavor.mode,
            link=await taken_value(tx, flavor.link_pool) or flavor.link,
            mac_prefix=await taken_value(tx, flavor.prefix_pool) or flavor.mac_prefix,
            tags=dump_text(list(flavor.tags)),
            action="CREATE",
            admin_up=int(new.admin_up),
            description=new.description,
        )
        if flavor.own_link:
            link = f"{self.prefix}link-{number}"
            if await records.link_used(tx, flavor.mode, link):
                raise Malformed(f"The link {link} is in use.")
            await records.change(tx, number, now, link=link)
        await self.charge(tx, principal.user, project, 1, number, "BUILD")
        row = await records.get(tx, number)
        assert row is not None
        return row

    async def charge(
        self,
        tx: Tx,
        user: UserId,
        project: ProjectId,
        quantity: int,
        network: NetworkId,
        action: str,
    ) -> None:
        if self.quota is not None:
            name = f"client: api, resource: {self.prefix}net-{network}, action: {action}"
            charge = Charge(user, project, PRIVATE_NETWORK, quantity)
            await self.quota.charge(tx, [charge], name=name, force=quantity < 0)

    async def move_charge(self, tx: Tx, row: NetworkRow, owner: UserId) -> ProjectId | None:
        """The network becomes another user's: its charge does too, within its project, or from
        one's own project to the other's own. The project that it is then of."""
        if row.public:
            raise Malformed("A public network belongs to nobody.")
        if row.owner is None or row.project is None or owner == row.owner:
            return row.project
        own = str(row.project) == str(row.owner)
        project = ProjectId(owner) if own else row.project
        await self.charge(tx, owner, project, 1, row.id, "REASSIGN")
        await self.charge(tx, row.owner, row.project, -1, row.id, "REASSIGN")
        return project

    def check_sharing(self, shared: bool) -> None:
        """Raises Forbidden when sharing is asked for and not offered (NET-035)."""
        if shared and not self.offer.sharing:
            raise Forbidden("Sharing with the members of a project is not offered.")

    async def rename_network(
        self, principal: Principal, network: NetworkId, name: str
    ) -> NetworkRow:
        checked_name(name)
        now = micros(self.clock.seconds())

        async def body(tx: Tx) -> NetworkRow:
            row = await locked(tx, principal, network)
            if row.public and not principal.is_admin:
                raise Forbidden("A public network is not yours to rename.")
            await records.change(tx, network, now, name=name)
            changed = await records.get(tx, network)
            assert changed is not None
            return changed

        return await self.store.transact("rename network", body)

    async def reassign_network(
        self, principal: Principal, network: NetworkId, project: ProjectId, *, shared: bool
    ) -> None:
        now = micros(self.clock.seconds())

        async def body(tx: Tx) -> None:
            row = await locked(tx, principal, network)
            if row.public:
                raise Forbidden("A public network belongs to no project.")
            if row.owner is None or not (principal.is_admin or row.owner == principal.user):
                raise Forbidden("Only the owner of a network reassigns it.")
            self.check_sharing(shared)
            target = chosen_project(principal, project)
            if row.project is not None and target != row.project:
                await self.charge(tx, row.owner, target, 1, network, "REASSIGN")
                await self.charge(tx, row.owner, row.project, -1, network, "REASSIGN")
            await records.change(tx, network, now, project=target, shared_to_project=int(shared))

        await self.store.transact("reassign network", body)

    async def delete_network(self, principal: Principal, network: NetworkId) -> bool:
        """Whether clusters must be asked to remove it. Raises as `Network.delete_network`."""
        now = micros(self.clock.seconds())

        async def body(tx: Tx) -> bool:
            row = await locked(tx, principal, network)
            if row.public and not principal.is_admin:
                raise Forbidden("A public network is not yours to delete.")
            if await port_records.on_network(tx, network):
                raise NetworkInUse(f"Network {network} has ports.")
            if await floating_records.on_network(tx, network):
                raise NetworkInUse(f"Floating IP addresses of network {network} are in use.")
            somewhere = [
                presence
                for presence in (await records.presences(tx, network)).values()
                if presence.operstate != There.DELETED.value
            ]
            wish = Wish.DELETE_SOMEWHERE if somewhere else Wish.DELETE_NOWHERE
            move = LIFE.step(life_of(row), wish)
            if Deed.FINISH in move.outputs:
                await self.finish(tx, row)
            else:
                drained = {"drained": 1} if row.public else {}
                await records.change(tx, network, now, action="DESTROY", **drained)
            return Deed.TAKE_OFF in move.outputs

        return await self.store.transact("delete network", body)

    async def left(self, tx: Tx, row: NetworkRow) -> None:
        """A cluster reports the removal of the network, its presence there is DELETED by now."""
        presences = (await records.presences(tx, row.id)).values()
        last = all(each.operstate == There.DELETED.value for each in presences)
        move = LIFE.step(life_of(row), Wish.LEFT_LAST if last else Wish.LEFT_ONE)
        if Deed.FINISH in move.outputs:
            await self.finish(tx, row)

    async def finish(self, tx: Tx, row: NetworkRow) -> None:
        """The end: values back in their pools, subnets and presences gone, quota freed (NET-044,
        NET-047). Of public networks nothing was charged (NET-221)."""
        now = micros(self.clock.seconds())
        flavor = self.flavors.get(row.flavor)
        if flavor is not None and flavor.link_pool:
            await values.release(tx, flavor.link_pool, row.link)
        if flavor is not None and flavor.prefix_pool:
            await values.release(tx, flavor.prefix_pool, row.mac_prefix)
        for subnet in row.subnets:
            await pools.drop_pools(tx, subnet)
            await records.change_subnet(tx, subnet, now, deleted=1)
        await records.forget_presences(tx, row.id)
        await records.change(
            tx, row.id, now, state="DELETED", deleted=1, drained=0, action="DESTROY"
        )
        if not row.public and row.owner is not None and row.project is not None:
            await self.charge(tx, row.owner, row.project, -1, row.id, "DESTROY")


def life_of(row: NetworkRow) -> Life:
    if row.deleted:
        return Life.DELETED
    return Life.ENDING if row.action == "DESTROY" else Life.ACTIVE


async def locked(tx: Tx, principal: Principal, network: NetworkId) -> NetworkRow:
    """A live network that the asker sees, locked until the transaction ends. Raises
    NetworkNotFound; Malformed for a deleted one (NET-041, NET-043)."""
    row = await records.get(tx, network, lock=True)
    if row is None or not sees(principal, row):
        raise NetworkNotFound(f"Network {network} does not exist.")
    if row.deleted:
        raise Malformed(f"Network {network} is deleted.")
    return row


def sees(principal: Principal, row: NetworkRow) -> bool:
    """NET-223."""
    return (
        principal.is_admin
        or row.public
        or row.owner == principal.user
        or (row.shared and row.project in principal.projects)
    )


def chosen_project(principal: Principal, wished: ProjectId | None) -> ProjectId:
    """The project to be charged. Raises Malformed for one that the asker is not in (NET-038)."""
    usual = principal.project or ProjectId(principal.user)
    if wished is None or wished == usual:
        return usual
    if not principal.may_use(wished):
        raise Malformed(f"You are not a member of project {wished[:64]}.")
    return wished


def checked_name(name: str) -> str:
    if len(name) > LONGEST_NAME or "\0" in name:
        raise Malformed(f"A name has at most {LONGEST_NAME} characters, none of them NUL.")
    return name
