"""Commands about profiles of authentication policies (OPS-033, 034)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from synnefod.admin.transport import USAGE, Failure
from synnefod.admin.verb import ListVerb, Verb, desk

_POLICIES = ("add", "remove", "create", "login", "limit", "required", "automoderate", "switch")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _policies(function: Callable[..., None]) -> Callable[..., None]:
    """`--X-policy VALUE` and `--unset-X-policy` for every policy."""
    for name in reversed(_POLICIES):
        metavar = "NUMBER" if name == "limit" else "BOOL"
        function = click.option(
            f"--unset-{name}-policy",
            f"unset_{name}",
            is_flag=True,
            help="With --update.",
        )(function)
        function = click.option(f"--{name}-policy", f"set_{name}", metavar=metavar)(function)
    return function


@click.command("authpolicy-add", cls=Verb)
@click.argument("name")
@click.argument("provider")
@click.option("--update", is_flag=True, help="Change the profile that there is.")
@click.option("--exclusive", is_flag=True, help="For every provider but this one.")
@_policies
def authpolicy_add(name: str, provider: str, update: bool, exclusive: bool, **given: Any) -> None:
    """Make a profile of policies for PROVIDER (local, ldap, shibboleth, ...)."""
    policies = {
        each: _value(each, given[f"set_{each}"])
        for each in _POLICIES
        if given[f"set_{each}"] is not None
    }
    unset = [each for each in _POLICIES if given[f"unset_{each}"]]
    if unset and not update:
        raise Failure("policies are taken out with --update only", USAGE)
    both = sorted(set(unset) & set(policies))
    if both:
        raise Failure(f"{both[0]}: set and taken out at once", USAGE)
    desk().show(
        desk().call(
            "authpolicy-add",
            name=name,
            provider=provider,
            update=update,
            exclusive=True if exclusive else None,
            policies=policies,
            unset=unset,
        )
    )


@click.command("authpolicy-list", cls=ListVerb, columns="id,name,provider,exclusive,groups,users")
def authpolicy_list() -> Any:
    """List the profiles and whom they are assigned to."""
    return desk().call("authpolicy-list")["rows"]


@click.command("authpolicy-show", cls=Verb)
@click.argument("name")
def authpolicy_show(name: str) -> None:
    """Show a profile with its policies."""
    desk().show(desk().call("authpolicy-show", name=name))


@click.command("authpolicy-set", cls=Verb)
@click.argument("name")
@click.option("--group", "groups", multiple=True, metavar="ID|NAME", help="May be repeated.")
@click.option("--user", "users", multiple=True, metavar="ID|EMAIL|UUID", help="May be repeated.")
def authpolicy_set(name: str, groups: tuple[str, ...], users: tuple[str, ...]) -> None:
    """Assign a profile to these people and groups, and to no others."""
    desk().show(desk().call("authpolicy-set", name=name, groups=list(groups), users=list(users)))


@click.command("authpolicy-remove", cls=Verb)
@click.argument("name")
def authpolicy_remove(name: str) -> None:
    """Remove a profile; the people and groups stay."""
    desk().show(desk().call("authpolicy-remove", name=name))


def _value(name: str, text: str) -> bool | int:
    """Raises Failure."""
    if name == "limit":
        if not text.isdecimal() or len(text) > 9:
            raise Failure(f"--limit-policy: {text!r} is no number", USAGE)
        return int(text)
    if text.lower() not in _TRUTH:
        raise Failure(f"--{name}-policy: {text!r} is neither True nor False", USAGE)
    return _TRUTH[text.lower()]
