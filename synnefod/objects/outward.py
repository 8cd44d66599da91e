"""What the Swift door asks of the store before it knows who asks (object-storage.md 5.12, 5.13)."""

from __future__ import annotations

from synnefod.common.jsonio import parse
from synnefod.common.principal import Principal
from synnefod.objects import access, acls
from synnefod.objects.beyond import Outward
from synnefod.objects.interface import PITHOS
from synnefod.objects.parts import Parts
from synnefod.objects.records import nodes, pages, versions
from synnefod.objects.records.nodes import ROOT
from synnefod.store.interface import Tx


async def look(parts: Parts, account: str, container: str) -> Outward:
    """See `Beyond.outward`."""
    for text in (account, container):
        access.checked_text(text)

    async def body(tx: Tx) -> Outward:
        owner = await nodes.find(tx, ROOT, account)
        if owner is None:
            return Outward(now=parts.now())
        found = await nodes.container(tx, account, container) if container else None
        inside = await _metadata(tx, found.id) if found is not None else {}
        return Outward(await _metadata(tx, owner.id), inside, parts.now())

    return await parts.store.read("outward", body)


async def role(parts: Parts, principal: Principal, account: str) -> str:
    """See `Beyond.role`."""
    access.checked_text(account)

    async def body(tx: Tx) -> str:
        owner = await nodes.find(tx, ROOT, account)
        text = "" if owner is None else await nodes.account_lists(tx, owner.id)
        return acls.role(parse(text.encode()), principal) if text else ""

    return await parts.store.read("role", body)


async def _metadata(tx: Tx, node: int) -> dict[str, str]:
    newest = await pages.newest_version(tx, node)
    return (await versions.attributes(tx, newest.serial)).get(PITHOS, {})
