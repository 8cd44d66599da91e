"""SAML by way of a Shibboleth service provider in front of us, which tells in headers who asks.

The door lets headers through only from the addresses of the settings' trusted proxies; that server
has to drop what clients send under these names (mod_shib does). Some servers hand REMOTE_USER and
Remote-User on side by side, one of them the client's own: told twice is not told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from synnefod.identity.interface.methods import Claim, Provider
from synnefod.identity.providers.parts import Lacking, tidy

USER = "remote-user"
EPPN = "eppn"
GIVEN, SURNAME = "shib-inetorgperson-givenname", "shib-person-surname"
COMMON, DISPLAY = "shib-person-commonname", "shib-inetorgperson-displayname"
AFFILIATION, MAIL = "shib-ep-affiliation", "shib-mail"
ALL = frozenset({USER, EPPN, GIVEN, SURNAME, COMMON, DISPLAY, AFFILIATION, MAIL})


@frozen
class ShibbolethSettings:
    """`names`: people without a first and a last name are refused. `migrate`: accounts that were
    made under somebody's EPPN go on under the identifier of today."""

    names: bool = False
    migrate: bool = False
    forced: frozenset[str] = frozenset()
    label: str = "Shibboleth"


@frozen
class Shibboleth:
    """Implements `FrontProvider`."""

    settings: ShibbolethSettings = ShibbolethSettings()

    @property
    def card(self) -> Provider:
        return Provider("shibboleth", self.settings.label, "front", self.settings.forced)

    def prove(self, told: Sequence[tuple[str, str]]) -> Claim:
        headers: dict[str, str] = {}
        for name, value in told:
            plain = name.lower().replace("_", "-")
            if plain in ALL and plain in headers:
                raise Lacking("The provider does not tell who you are: it tells it twice.")
            headers[plain] = value
        user = headers.get(USER, "")
        eppn = headers.get(EPPN, "")
        first, last = _names(headers)
        if self.settings.names and not (first and last):
            raise Lacking("The provider does not tell your names.")
        return tidy(
            Claim(
                module="shibboleth",
                identifier=user,
                email=headers.get(MAIL, "").partition(";")[0],
                first_name=first,
                last_name=last,
                affiliation=headers.get(AFFILIATION, ""),
                forced=self.settings.forced,
                former=eppn if self.settings.migrate and eppn != user else "",
            )
        )


def _names(headers: Mapping[str, str]) -> tuple[str, str]:
    """First and last name: as given, else out of the whole one."""
    first, last = headers.get(GIVEN, ""), headers.get(SURNAME, "")
    whole = headers.get(DISPLAY, "") or headers.get(COMMON, "")
    before, _, after = whole.strip().partition(" ")
    return (first or before).strip(), (last or after).strip()
