"""The administrator's desk of the object store: implements `keeping.Keeping`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from attrs import frozen

from synnefod.common.errors import Conflict, Malformed
from synnefod.common.ids import ProjectId, Serial, UserId
from synnefod.common.principal import Principal
from synnefod.objects import accounts as opening
from synnefod.objects import containers, policies, reading
from synnefod.objects.chores import Chores
from synnefod.objects.interface import (
    DataLost,
    NoSuchAccount,
    NoSuchObject,
    NotAllowed,
    Place,
)
from synnefod.objects.interface.keeping import (
    AccountFigures,
    CheckPage,
    Finding,
    Miscount,
    Reclaimed,
    Shown,
)
from synnefod.objects.parts import Parts
from synnefod.objects.records import keeping, nodes, pages, versions
from synnefod.objects.records.nodes import ROOT, ContainerNode
from synnefod.quota.interface import (
    DISKSPACE,
    Charge,
    Commissions,
    Difference,
    Pending,
    UsageVerification,
    user_holder,
)
from synnefod.store.interface import Tx

SETTLING = 60
INSIDE = 0
_NAMED = 10


@frozen
class StorageDesk:
    """`pending` are commissions in two phases; the object store itself leaves none, since its
    charges are made with its data."""

    parts: Parts
    chores: Chores
    verifier: UsageVerification
    pending: Commissions

    async def show(
        self,
        what: Place | str,
        *,
        version: int | None = None,
        domain: str = "pithos",
        hashes: bool = False,
    ) -> Shown:
        place = what if isinstance(what, Place) else await self._place(what)
        owner = Principal(UserId(place.account), "", None)

        async def body(tx: Tx) -> tuple[reading.Found, Mapping[str, str]]:
            found = await reading.find(tx, owner, place, version)
            values = await versions.attributes(tx, found.version.serial)
            return found, values.get(domain, {})

        found, metadata = await self.parts.store.read("show file", body)
        listed: Sequence[str] | None = None
        if hashes:
            try:
                digests = await reading.digests_of(self.parts, found.version)
                listed = [digest.hex() for digest in digests]
            except (NotAllowed, Malformed, DataLost):
                listed = None
        source = None
        if found.object.sharing:
            source = found.object.shared_by or place.path
        return Shown(found.object, metadata, source, listed)

    async def _place(self, uuid: str) -> Place:
        found = await self.parts.store.read("uuid", lambda tx: pages.by_uuid(tx, uuid.lower()))
        if found is None:
            raise NoSuchObject
        return Place(found.account, found.container, found.listed.name)

    # -- accounts

    async def accounts(self, *, duplicates: bool = False) -> list[AccountFigures]:
        rows = await self.parts.store.read("accounts", keeping.figures)
        found = [AccountFigures(*row) for row in rows]
        if not duplicates:
            return found
        counts: dict[str, int] = {}
        for each in found:
            counts[each.name.lower()] = counts.get(each.name.lower(), 0) + 1
        return [each for each in found if counts[each.name.lower()] > 1]

    async def figures(self, account: str) -> AccountFigures:
        rows = await self.parts.store.read("account", lambda tx: keeping.figures(tx, account))
        if not rows:
            raise NoSuchAccount
        return AccountFigures(*rows[0])

    async def delete_account(self, account: str) -> None:
        async def body(tx: Tx) -> None:
            node = await nodes.find(tx, ROOT, account, lock=True)
            if node is None:
                raise NoSuchAccount
            for box in await keeping.boxes(tx, node.id):
                found = await self._locked(tx, account, box.name)
                charge = await self._charge(tx, found, -1)
                await nodes.drop_container(tx, found.id)
                await self.parts.quota.charge(tx, charge, name=found.path, force=True)
            await keeping.forget_account(tx, node.id, account)

        await self.parts.store.transact("delete account", body)

    async def merge(self, source: str, destination: str) -> None:
        if source == destination:
            raise Conflict("An account is not merged into itself.")
        now = self.parts.now()

        async def body(tx: Tx) -> None:
            old = await nodes.find(tx, ROOT, source, lock=True)
            if old is None:
                raise NoSuchAccount
            new = await opening.ensure(tx, destination, now)
            boxes = await keeping.boxes(tx, old.id)
            moved = 0
            for box in boxes:
                moved += await self._merge(tx, source, destination, new.id, box.name)
            await keeping.add_totals(tx, old.id, new.id)
            await nodes.count_child(tx, new.id, moved)
            await nodes.count_child(tx, old.id, -len(boxes))
            await keeping.rename_person(tx, source, destination)

        await self.parts.store.transact("merge accounts", body)

    async def _merge(self, tx: Tx, source: str, destination: str, account: int, name: str) -> int:
        """One container; 1 if the destination has one more. Charges follow."""
        ours = await self._locked(tx, source, name)
        theirs = await nodes.container(tx, destination, name, lock=True)
        charges = await self._charge(tx, ours, -1)
        size = -sum(charge.quantity for charge in charges)
        if theirs is None:
            await keeping.hand_over(tx, ours.id, account, destination)
            if ours.policies.get("project") == source:
                kept = {k: v for k, v in ours.policies.items() if k != "project"}
                await nodes.set_policies(tx, ours.id, kept)
            payer = await self._locked(tx, destination, name)
        else:
            both = await keeping.common(tx, ours.id, theirs.id)
            if both:
                told = ", ".join(both[:_NAMED])
                raise Conflict(f"Both accounts have, in {name}: {told}")
            await keeping.pour(tx, ours.id, theirs.id, destination)
            await nodes.drop_container(tx, ours.id)
            payer = theirs
        if size:
            project = policies.effective(payer.policies, destination, self.parts.settings).project
            charges.append(Charge(UserId(destination), project, DISKSPACE, size))
            await self.parts.quota.charge(tx, charges, name=payer.path, force=True)
        return int(theirs is None)

    async def _locked(self, tx: Tx, account: str, name: str) -> ContainerNode:
        found = await nodes.container(tx, account, name, lock=True)
        if found is None:
            raise NoSuchAccount
        return found

    async def _charge(self, tx: Tx, container: ContainerNode, sign: int) -> list[Charge]:
        """What the container's project pays, as a change."""
        size = await containers.charged(self.parts, tx, container)
        policy = policies.effective(container.policies, container.account, self.parts.settings)
        owner = UserId(container.account)
        return [Charge(owner, policy.project, DISKSPACE, sign * size)] if size else []

    # -- quota

    async def set_quota(
        self, container: str, quota: int, *, account: str | None = None, dry: bool = False
    ) -> list[tuple[str, int]]:
        async def body(tx: Tx) -> list[tuple[str, int]]:
            before = []
            for owner, id in await keeping.named(tx, container, account):
                stored = await nodes.policies(tx, id)
                change = policies.changed(stored, {"quota": str(quota)}, replace=False)
                old = policies.effective(stored, owner, self.parts.settings).quota
                before.append((owner, old))
                if not dry:
                    await nodes.set_policies(tx, id, change)
            return before

        return await self.parts.store.transact("set container quota", body)

    async def quotas(self) -> list[tuple[str, int]]:
        async def body(tx: Tx) -> list[tuple[str, int]]:
            names = [row[0] for row in await keeping.figures(tx)]
            limits: dict[str, int] = {}
            holders = [user_holder(UserId(name)) for name in names]
            for held in await self.parts.quota.holdings(tx, holders):
                if held.resource == DISKSPACE and held.source == f"project:{held.holder[5:]}":
                    limits[held.holder.removeprefix("user:")] = held.limit
            return [(name, limits.get(name, 0)) for name in names]

        return await self.parts.store.read("quotas", body)

    async def resources(
        self, *, fix: bool = False, force: bool = False, holders: Collection[str] = ()
    ) -> list[Difference]:
        history = not self.parts.settings.free_versioning

        async def count(tx: Tx) -> dict[tuple[UserId, ProjectId], int]:
            sums: dict[tuple[UserId, ProjectId], int] = {}
            for account, project, size in await keeping.used(tx, history=history):
                key = (UserId(account), ProjectId(project))
                sums[key] = sums.get(key, 0) + size
            return sums

        counts = {DISKSPACE: count}
        return await self.verifier.verify(counts, fix=fix, force=force, holders=holders)

    async def commissions(self, *, fix: bool = False) -> list[Pending]:
        found = [
            each
            for each in await self.pending.overdue(SETTLING)
            if each.client == INSIDE
            and any(provision.resource == DISKSPACE for provision in each.provisions)
        ]
        if fix and found:

            async def reject(tx: Tx) -> None:
                for each in found:
                    await self.parts.quota.settle(tx, Serial(each.serial), accept=False)

            await self.parts.store.transact("reject stray commissions", reject)
        return found

    # -- blocks and counts

    async def check(
        self,
        cursor: tuple[int, int] = (0, 0),
        *,
        deep: bool = False,
        account: str | None = None,
        limit: int = 256,
    ) -> CheckPage:
        page = await self.chores.verify(cursor, limit=limit, deep=deep, account=account)
        found = [Finding(each.block, each.problem, each.hits) for each in page.damages]
        return CheckPage(page.blocks, tuple(found), page.cursor)

    async def miscounts(self, *, account: str | None = None) -> list[Miscount]:
        async def body(tx: Tx) -> list[Miscount]:
            kept = await keeping.totals(tx, account)
            found = await keeping.recounted(tx, account)
            none = (0, 0)
            return [
                Miscount(f"{key[0]}/{key[1]}", key[2], kept.get(key, none), found.get(key, none))
                for key in sorted(kept.keys() | found.keys())
                if kept.get(key, none) != found.get(key, none)
            ]

        return await self.parts.store.read("recount", body)

    async def reclaim(self, *, grace: float, dry: bool) -> Reclaimed | None:
        done = await self.chores.collect(grace=grace, dry_run=dry)
        if done is None:
            return None
        return Reclaimed(done.aside, done.aside_bytes, done.gone, done.gone_bytes, done.back)
