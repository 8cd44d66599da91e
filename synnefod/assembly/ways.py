"""Ways to sign in, built from the settings."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Malformed
from synnefod.config import Config, ConfigError
from synnefod.config.sections import OpenIdProvider
from synnefod.identity.providers.ldap import Ldap, LdapSettings
from synnefod.identity.providers.openid import PRESETS, OpenId, OpenIdSettings
from synnefod.identity.providers.shibboleth import Shibboleth, ShibbolethSettings
from synnefod.identity.rooms import WaySettings
from synnefod.protocols.http.client import Client
from synnefod.protocols.http.tls import BadVerification, policy
from synnefod.protocols.ldap import DirectoryServer
from synnefod.protocols.openid import OpenIdClient, Party


def ways(config: Config, reactor: Any) -> WaySettings:
    """All that the settings offer. Raises ConfigError for what nothing can be made of."""
    offered: dict[str, Any] = {}
    for name in config.signin.providers:
        if name == "ldap":
            offered[name] = Ldap(_ldap(config), reactor)
        elif name == "shibboleth":
            given = config.shibboleth
            offered[name] = Shibboleth(
                ShibbolethSettings(
                    given.require_names, given.migrate_eppn, frozenset(given.forced), given.label
                )
            )
        elif name != "local":
            offered[name] = _openid(name, config.signin.openid[name], reactor)
    found = WaySettings(
        config.people.moderation, config.signin.providers, offered, config.signin.policies
    )
    try:
        for name in (*found.known, *config.signin.policies):
            found.rules.policy(name)
    except Malformed as error:
        raise ConfigError(f"signin.policies: {error.message}") from None
    return found


def _ldap(config: Config) -> LdapSettings:
    given = config.ldap
    return LdapSettings(
        server=DirectoryServer(
            given.host, given.port, given.tls, _checked("ldap", given.verify), given.timeout
        ),
        base=given.base,
        name=given.name,
        filter=given.filter,
        reader=given.reader,
        reader_password=given.reader_password,
        attributes=given.attributes,
        forced=frozenset(given.forced),
        group_base=given.group_base,
        group_filter=given.group_filter,
        group_name=given.group_name,
        label=given.label,
    )


def _openid(name: str, given: OpenIdProvider, reactor: Any) -> OpenId:
    preset = PRESETS.get(given.preset or name) or PRESETS["oidc"]
    plain = bool(given.authorize or preset.authorize)
    party = Party(
        issuer=given.issuer or preset.issuer,
        client_id=given.client_id,
        client_secret=given.client_secret,
        scopes=given.scopes or preset.scopes,
        authorize=given.authorize or preset.authorize,
        token=given.token or preset.token,
        userinfo=given.userinfo or preset.userinfo,
        proof=given.proof and preset.proof and not plain,
    )
    verify = _checked(f"signin.openid.{name}", given.verify)
    if not party.issuer and not party.authorize:
        raise ConfigError(f"signin.openid.{name}.issuer: missing")
    return OpenId(
        OpenIdSettings(
            name,
            given.label or preset.label,
            party,
            {**preset.attributes, **given.attributes},
            frozenset(given.forced),
        ),
        OpenIdClient(party, Client(reactor, verify=verify, total=20.0), reactor),
    )


def _checked(section: str, verify: str) -> str:
    try:
        policy(verify)
    except BadVerification as error:
        raise ConfigError(f"{section}.verify: {error}") from None
    return verify
