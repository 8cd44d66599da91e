"""Rules about the ways to sign in that a type cannot say."""

from __future__ import annotations

from synnefod.config.whole import Config

ATTRIBUTES = {"email", "first_name", "last_name"}
OWN = {"local", "ldap", "shibboleth"}


class ConfigError(Exception):
    """The settings cannot be used; the text names the key and says why, in one line."""


def check_ways(config: Config) -> None:
    """Raises ConfigError."""
    given = config.signin
    if not given.providers or len(set(given.providers)) != len(given.providers):
        raise ConfigError("signin.providers: at least one, and each once")
    for name in given.providers:
        if name not in OWN and name not in given.openid:
            raise ConfigError(
                f"signin.providers: {name!r} is none of {', '.join(sorted(OWN))},"
                " and not in signin.openid"
            )
    for name, provider in given.openid.items():
        if name in OWN or not name.replace("-", "").replace("_", "").isalnum():
            raise ConfigError(f"signin.openid: {name!r} cannot be the name of a provider")
        _forced(f"signin.openid.{name}.forced", provider.forced)
    _forced("ldap.forced", config.ldap.forced)
    _forced("shibboleth.forced", config.shibboleth.forced)
    if "ldap" in given.providers:
        if not config.ldap.host or not (config.ldap.base or config.ldap.name):
            raise ConfigError("ldap.host, base: needed for people of a directory")
        if "identifier" not in config.ldap.attributes:
            raise ConfigError("ldap.attributes: none for the identifier")
    if "shibboleth" in given.providers and not config.server.trusted_proxies:
        raise ConfigError("server.trusted_proxies: needed for shibboleth; nobody's headers count")
    for level, number in given.invitations_per_level.items():
        if not level.isdecimal() or number < 0:
            raise ConfigError("signin.invitations_per_level: numbers of levels and of invitations")


def _forced(key: str, names: tuple[str, ...]) -> None:
    unknown = set(names) - ATTRIBUTES
    if unknown:
        raise ConfigError(
            f"{key}: {', '.join(sorted(unknown))}; may hold email, first_name, last_name"
        )
