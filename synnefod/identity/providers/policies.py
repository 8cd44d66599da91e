"""What a provider's policies say for a person (identity.md 2.10). Later ones win: built-in, the
settings for all providers, those for one, profiles of the person, profiles of their groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve, frozen

from synnefod.common.errors import Malformed
from synnefod.identity.interface.methods import PolicyProfile

ALL = "all"
"""Names the policies of every provider in the settings."""
FIXED = frozenset({"local", "shibboleth", "ldap"})
"""Providers whose identity is not switched for another one, unless a policy says so."""
KNOWN = frozenset({"local", "shibboleth", "ldap", "google", "twitter", "linkedin", "oidc"})
"""Names that policies may be kept for, whether these providers are offered or not."""


@frozen
class Policy:
    """What may be done with one provider. `limit`: identities of it for one person."""

    login: bool = True
    create: bool = True
    add: bool = True
    remove: bool = True
    switch: bool = True
    required: bool = False
    autoverify: bool = False
    automoderate: bool = False
    mirror_groups: bool = False
    limit: int = 1
    add_groups: tuple[str, ...] = ()
    creation_groups: tuple[str, ...] = ()


STORED = ("add", "remove", "create", "login", "required", "automoderate", "switch", "limit")
"""Policies that a profile may hold."""
_GROUPS = frozenset({"add_groups", "creation_groups"})
_FLAGS = frozenset(Policy.__annotations__) - _GROUPS - {"limit"}


def checked(name: str, value: object) -> Any:
    """The value of a policy. Raises Malformed for an unknown name or a value of another kind."""
    if name in _FLAGS and isinstance(value, bool):
        return value
    if name == "limit" and type(value) is int and 0 <= value < 2**31:
        return value
    if name in _GROUPS and isinstance(value, list | tuple) and all(map(_is_name, value)):
        return tuple(value)
    known = ", ".join(sorted(_FLAGS | _GROUPS | {"limit"}))
    raise Malformed(f"{name}: {value!r} is no value of a policy; the policies are {known}")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


@frozen
class Rules:
    """The policies of the settings. `moderation`: whether new accounts are moderated at all."""

    moderation: bool = True
    given: Mapping[str, Mapping[str, Any]] = {}

    def policy(
        self,
        provider: str,
        own: Iterable[PolicyProfile] = (),
        groups: Iterable[PolicyProfile] = (),
    ) -> Policy:
        """For a person with these profiles, and these of their groups."""
        made = Policy(switch=provider not in FIXED, automoderate=not self.moderation)
        for key in (ALL, provider):
            values = {name: checked(name, v) for name, v in self.given.get(key, {}).items()}
            made = evolve(made, **values)
        for profiles in (own, groups):
            for profile in sorted(profiles, key=lambda each: (each.priority, each.number)):
                concerns = (profile.provider == provider) != profile.exclusive
                if profile.active and concerns:
                    stored: dict[str, Any] = dict(profile.policies)
                    made = evolve(made, **stored)
        return made
