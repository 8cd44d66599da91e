"""Sharing and publishing of single objects (object-storage.md 1.14)."""

from __future__ import annotations

import secrets

from synnefod.objects.interface import Sharing
from synnefod.objects.links import Publication, Terms
from synnefod.objects.parts import ObjectSettings, Parts
from synnefod.objects.records import nodes, permissions
from synnefod.objects.records.nodes import ContainerNode
from synnefod.store.interface import Tx


async def apply(
    parts: Parts,
    tx: Tx,
    container: ContainerNode,
    name: str,
    sharing: Sharing | None,
    public: Publication,
) -> None:
    """Shares and publishes (or not any more) an object that exists; None leaves as it is.

    `sharing` is checked already (`access.checked_sharing`), and so is that the owner asks.
    """
    if sharing is None and public is None:
        return
    node = await nodes.find(tx, container.id, name)
    assert node is not None
    if sharing is not None:
        await permissions.share(tx, node.id, container.id, container.account, sharing)
    if public:
        token = await _fresh_token(tx, parts.settings)
        await permissions.publish(tx, node.id, container.id, token, parts.now())
        if isinstance(public, Terms):
            await permissions.set_terms(tx, node.id, public)
    elif public is not None:
        await permissions.unpublish(tx, node.id)


async def _fresh_token(tx: Tx, settings: ObjectSettings) -> str:
    """A token that nobody has; one byte longer after each collision (PIT-218)."""
    length = settings.public_security
    while await permissions.token_known(tx, token := new_token(length, settings.public_alphabet)):
        length += 1
    return token


def new_token(length: int, alphabet: str) -> str:
    """`length` random bytes written in the digits of `alphabet`."""
    number = int.from_bytes(secrets.token_bytes(length), "big")
    digits = []
    while number:
        number, digit = divmod(number, len(alphabet))
        digits.append(alphabet[digit])
    return "".join(reversed(digits)) or alphabet[0]
