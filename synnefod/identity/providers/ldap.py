"""People of a directory: their name and password are tried there (identity.md 2.10)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from twisted.logger import Logger

from synnefod.common.errors import Unauthenticated, Unavailable
from synnefod.identity.interface.methods import EMAIL, FIRST_NAME, LAST_NAME, Claim, Provider
from synnefod.identity.providers.parts import tidy
from synnefod.protocols.ldap import (
    Connection,
    DirectoryFailure,
    DirectoryServer,
    Entry,
    WrongCredentials,
    connected,
    filter_value,
    name_value,
)

log = Logger()
IDENTIFIER = "identifier"
USUAL = {
    IDENTIFIER: "objectGUID",
    EMAIL: "mail",
    FIRST_NAME: "givenName",
    LAST_NAME: "sn",
}
WRONG = "The name or the password is not right."


@frozen
class LdapSettings:
    """Who is found how. `name` is the pattern of a person's distinguished name, with {user}; or
    empty, and people are searched for below `base` by `filter`, with {user}, by the `reader`.
    `attributes` maps our attributes to those of the directory. Groups are searched for below
    `group_base` (empty: none) by `group_filter`, with {dn} and {user}."""

    server: DirectoryServer
    base: str
    name: str = ""
    filter: str = "(uid={user})"
    reader: str = ""
    reader_password: str = field(default="", repr=False)
    attributes: Mapping[str, str] = field(factory=lambda: dict(USUAL))
    forced: frozenset[str] = frozenset()
    group_base: str = ""
    group_filter: str = "(member={dn})"
    group_name: str = "cn"
    label: str = "LDAP"


@frozen
class Ldap:
    """Implements `FormProvider`."""

    settings: LdapSettings
    reactor: Any

    @property
    def card(self) -> Provider:
        return Provider("ldap", self.settings.label, "form", self.settings.forced)

    async def prove(self, identifier: str, password: str) -> Claim:
        if not password or not identifier or not identifier.isprintable():
            raise Unauthenticated(WRONG)
        try:
            async with connected(self.reactor, self.settings.server) as connection:
                entry = await self._entry(connection, identifier, password)
                groups = await self._groups(connection, entry, identifier)
        except WrongCredentials:
            raise Unauthenticated(WRONG) from None
        except DirectoryFailure as error:
            log.error("directory: {error}", error=str(error), event="ldap_failed")
            raise Unavailable("The directory does not answer. Try again later.") from None
        return tidy(self._claim(entry, groups))

    async def _entry(self, connection: Connection, identifier: str, password: str) -> Entry:
        """The person's own entry, the connection then being theirs. Raises WrongCredentials."""
        settings = self.settings
        wanted = sorted(set(settings.attributes.values()))
        if settings.name:
            dn = settings.name.replace("{user}", name_value(identifier))
            await connection.bind(dn, password)
            own = await connection.search(dn, "(objectClass=*)", wanted, only_base=True)
            if not own:
                raise DirectoryFailure(f"{dn} may not read its own entry")
            return own[0]
        if settings.reader:
            await self._as_reader(connection)
        text = settings.filter.replace("{user}", filter_value(identifier))
        found = await connection.search(settings.base, text, wanted)
        if len(found) != 1:
            raise WrongCredentials(f"{len(found)} entries for {text}")
        await connection.bind(found[0].dn, password)
        return found[0]

    async def _groups(
        self, connection: Connection, entry: Entry, identifier: str
    ) -> tuple[str, ...] | None:
        settings = self.settings
        if not settings.group_base:
            return None
        if settings.reader:
            await self._as_reader(connection)
        text = settings.group_filter.replace("{user}", filter_value(identifier))
        text = text.replace("{dn}", filter_value(entry.dn))
        found = await connection.search(settings.group_base, text, [settings.group_name])
        names = {each.text(settings.group_name).strip()[:255] for each in found}
        return tuple(sorted(names - {""}))

    async def _as_reader(self, connection: Connection) -> None:
        try:
            await connection.bind(self.settings.reader, self.settings.reader_password)
        except WrongCredentials:
            raise DirectoryFailure("the reader's name or password is not right") from None

    def _claim(self, entry: Entry, groups: tuple[str, ...] | None) -> Claim:
        names = self.settings.attributes

        def told(ours: str) -> str:
            return entry.text(names[ours]) if ours in names else ""

        return Claim(
            module="ldap",
            identifier=_identifier(entry, names[IDENTIFIER]),
            email=told(EMAIL),
            first_name=told(FIRST_NAME),
            last_name=told(LAST_NAME),
            forced=self.settings.forced,
            groups=groups,
        )


def _identifier(entry: Entry, attribute: str) -> str:
    """The value as text: Active Directory's GUIDs as everybody writes them, other bytes in hex."""
    values = entry.values.get(attribute.lower(), ())
    if not values:
        return ""
    if attribute.lower() == "objectguid" and len(values[0]) == 16:
        return str(uuid.UUID(bytes_le=bytes(values[0])))
    return entry.text(attribute) or values[0].hex()
