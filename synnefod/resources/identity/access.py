"""Who may, and small readings of a query, for the Keystone nouns."""

from __future__ import annotations

from synnefod.common.errors import Forbidden, NotFound
from synnefod.common.ids import UserId, uuid_with_dashes
from synnefod.identity.interface import DOMAIN_ID
from synnefod.resources.call import Call


def require_admin(call: Call) -> None:
    """Raises Forbidden unless an administrator asks."""
    if not call.principal.is_admin:
        raise Forbidden("You are not authorized to perform the requested action.")


def self_or_admin(call: Call, user: str) -> UserId:
    """The user's id. Raises Forbidden unless that user or an administrator asks."""
    id_ = UserId(uuid_with_dashes(user))
    if id_ != call.principal.user:
        require_admin(call)
    return id_


def require_reader(call: Call) -> None:
    """Raises Forbidden unless an administrator or a reader of the whole system asks."""
    if not call.principal.reads_all:
        require_admin(call)


def self_or_reader(call: Call, user: str) -> UserId:
    """The user's id. Raises Forbidden unless that user or somebody asks who may read all."""
    id_ = UserId(uuid_with_dashes(user))
    if id_ != call.principal.user:
        require_reader(call)
    return id_


def reads_all(call: Call) -> bool:
    return call.principal.is_admin or call.principal.reads_all


def only_self(call: Call, user: str) -> UserId:
    """The user's id. Raises Forbidden unless that very user asks."""
    id_ = UserId(uuid_with_dashes(user))
    if id_ != call.principal.user:
        raise Forbidden("You are not authorized to perform the requested action.")
    return id_


def flag(text: str | None) -> bool | None:
    """A yes-or-no parameter; None when it is absent."""
    if text is None:
        return None
    return text.lower() not in ("0", "false", "no", "off")


def require_domain(domain: str | None) -> None:
    """Raises NotFound for any domain but the one that there is."""
    if domain not in (None, DOMAIN_ID):
        raise NotFound(f"There is no domain {str(domain)[:64]}.")
