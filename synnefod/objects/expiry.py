"""Objects that end at a time (object-storage.md 5.8): gone for everybody at once, removed later."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve
from twisted.logger import Logger

from synnefod.common.errors import Malformed
from synnefod.common.text import MICROSECONDS
from synnefod.objects.commits import State, bury, look, pay
from synnefod.objects.interface import SWIFT
from synnefod.objects.parts import Parts
from synnefod.objects.records import expiring, nodes
from synnefod.objects.records.nodes import ContainerNode
from synnefod.store.interface import Tx

log = Logger()
DELETE_AT, DELETE_AFTER = "X-Delete-At", "X-Delete-After"
LATEST = 9_999_999_999
_DIGITS = 256


def settled(settings: Mapping[str, str], now: int) -> dict[str, str]:
    """The settings with the time of the end in the form that is stored: ten digits.

    `X-Delete-After` counts from `now` and wins; "" clears. Raises Malformed for what is no whole
    number or not in the future.
    """
    after = {key: value for key, value in settings.items() if key != DELETE_AFTER}
    if settings.get(DELETE_AFTER):
        end = now // MICROSECONDS + _number(DELETE_AFTER, settings[DELETE_AFTER])
    elif settings.get(DELETE_AT):
        end = _number(DELETE_AT, settings[DELETE_AT])
    else:
        return after
    if end * MICROSECONDS <= now:
        raise Malformed("X-Delete-At in past")
    after[DELETE_AT] = f"{min(end, LATEST):010d}"
    return after


def _number(name: str, text: str) -> int:
    text = text.strip()
    if not text.removeprefix("-").isdigit() or not text.isascii() or len(text) > _DIGITS:
        raise Malformed(f"Non-integer {name}")
    return max(-LATEST, min(int(text), LATEST))


def ended(settings: Mapping[str, str], now: int) -> bool:
    """Whether an object with these settings is gone."""
    end = settings.get(DELETE_AT)
    return end is not None and int(end) * MICROSECONDS <= now


async def present(
    parts: Parts, tx: Tx, container: ContainerNode, name: str, *, lock: bool
) -> State:
    """The object's state, an ended one being none; see `without_ended`."""
    return await without_ended(parts, tx, await look(tx, container, name), lock=lock)


async def without_ended(parts: Parts, tx: Tx, state: State, *, lock: bool) -> State:
    """A state just found, an ended object being none. Under the container's `lock` its remains
    are buried here, so that what follows is as for any object that is not there."""
    now = parts.now()
    if state.version is None or not ended(state.attributes.get(SWIFT, {}), now):
        return state
    if not lock:
        return evolve(state, version=None, attributes={})
    gone = await bury(tx, state, state.container.account, parts.settings, now)
    await pay(parts, tx, state.container, gone.delta, state.path)
    return await look(tx, state.container, state.name)


async def sweep(parts: Parts, limit: int = 1000) -> int:
    """Removes at most `limit` objects that have ended; how many. One transaction each."""
    seconds = parts.now() // MICROSECONDS
    due = await parts.store.read("ended objects", lambda tx: expiring.due(tx, seconds, limit))
    for account, container, name in due:

        async def body(
            tx: Tx, account: str = account, container: str = container, name: str = name
        ) -> None:
            found = await nodes.container(tx, account, container, lock=True)
            if found is not None:
                await present(parts, tx, found, name, lock=True)

        await parts.store.transact("remove ended object", body)
    if due:
        log.info("{count} objects ended and are removed", count=len(due))
    return len(due)
