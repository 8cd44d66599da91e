"""SAML by way of a Shibboleth service provider in front of us, which tells in headers who asks.

The door lets headers through only from the addresses of the settings' trusted proxies; that server
has to drop what clients send under these names (mod_shib does).
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from synnefod.identity.interface.methods import Claim, Provider
from synnefod.identity.providers.parts import Lacking, tidy

USER = ("remote_user", "remote-user")
EPPN = "eppn"
GIVEN, SURNAME = "shib-inetorgperson-givenname", "shib-person-surname"
COMMON, DISPLAY = "shib-person-commonname", "shib-inetorgperson-displayname"
AFFILIATION, MAIL = "shib-ep-affiliation", "shib-mail"


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

    def prove(self, headers: Mapping[str, str]) -> Claim:
        user = next((headers[name] for name in USER if headers.get(name)), "")
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
