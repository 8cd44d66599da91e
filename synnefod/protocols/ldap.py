"""A directory over LDAP version 3: bind and search, on a connection for each visit.

Note [Empty passwords]. A bind with a name and no password is an anonymous one, which most servers
answer with success (RFC 4513 5.1.2). `bind` refuses it before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from attrs import field, frozen
from twisted.internet.defer import CancelledError
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol, wrapClientTLS

from synnefod.common.clockwork import TimedOut, within
from synnefod.common.outside import refuse_inside
from synnefod.protocols.http.tls import SYSTEM, policy

MOST = 1000
"""Entries of one search; what there is beyond is an error."""
_SAFE = re.compile(r"[A-Za-z0-9@._ -]")


class DirectoryFailure(Exception):
    """The directory does not answer, or not in a way that can be used."""


class WrongCredentials(Exception):
    """The directory refuses a name and password."""


@frozen
class DirectoryServer:
    """`tls` is "implicit" (ldaps), "starttls" or "none"; `verify` a word of `http.tls.policy`;
    `timeout` in seconds for each step."""

    host: str
    port: int
    tls: str = "implicit"
    verify: str = SYSTEM
    timeout: float = 10.0


@frozen
class Entry:
    """An entry: its name, and its values by attribute name in lower case."""

    dn: str
    values: Mapping[str, Sequence[bytes]] = field(factory=dict)

    def text(self, attribute: str) -> str:
        """The first value; "" when there is none, or it is no text."""
        for value in self.values.get(attribute.lower(), ()):
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError:
                return ""
        return ""


class Connection:
    """A connection that is open. Whatever goes wrong raises DirectoryFailure."""

    def __init__(self, reactor: Any, timeout: float, client: Any) -> None:
        self._reactor = reactor
        self._timeout = timeout
        self._client = client

    async def bind(self, dn: str, password: str) -> None:
        """Raises WrongCredentials, also for an empty password (Note [Empty passwords])."""
        from ldaptor.protocols.ldap import ldaperrors

        if not password:
            raise WrongCredentials("an empty password proves nothing")
        try:
            await self._answer(self._client.bind(dn, password))
        except (
            ldaperrors.LDAPInvalidCredentials,
            ldaperrors.LDAPNoSuchObject,
            ldaperrors.LDAPInvalidDNSyntax,
            ldaperrors.LDAPUnwillingToPerform,
        ) as error:
            raise WrongCredentials(str(error)) from None
        except ldaperrors.LDAPException as error:
            raise DirectoryFailure(f"bind: {error}") from None

    async def search(
        self, base: str, filter_text: str, attributes: Sequence[str], *, only_base: bool = False
    ) -> list[Entry]:
        """Entries below `base`, or `base` alone; none when there is no `base`."""
        from ldaptor import ldapfilter
        from ldaptor.protocols import pureldap
        from ldaptor.protocols.ldap import ldaperrors, ldapsyntax

        try:
            found = await self._answer(
                ldapsyntax.LDAPEntry(self._client, base).search(
                    filterText=filter_text,
                    attributes=tuple(attributes),
                    scope=pureldap.LDAP_SCOPE_baseObject
                    if only_base
                    else pureldap.LDAP_SCOPE_wholeSubtree,
                    sizeLimit=MOST,
                )
            )
        except ldaperrors.LDAPNoSuchObject:
            return []
        except ldapfilter.InvalidLDAPFilter as error:
            raise DirectoryFailure(f"the filter {filter_text}: {error}") from None
        except ldaperrors.LDAPException as error:
            raise DirectoryFailure(f"search below {base}: {error}") from None
        return [_entry(each) for each in found]

    async def _answer(self, work: Any) -> Any:
        from ldaptor.protocols.ldap.ldaperrors import LDAPException

        try:
            return await within(self._reactor, self._timeout, work)
        except TimedOut:
            raise DirectoryFailure(f"no answer within {self._timeout:g} s") from None
        except (CancelledError, LDAPException):
            raise
        except Exception as error:
            raise DirectoryFailure(f"{type(error).__name__}: {error}") from None


@asynccontextmanager
async def connected(reactor: Any, server: DirectoryServer) -> AsyncIterator[Connection]:
    """A connection to the directory, encrypted as `server` says, and closed at the end."""
    from ldaptor.protocols.ldap.ldapclient import LDAPClient

    refuse_inside(f"a question to the directory {server.host}")
    endpoint: Any = HostnameEndpoint(reactor, server.host, server.port, server.timeout)
    certificates: Any = policy(server.verify)
    creator = certificates.creatorForNetloc(server.host.encode("idna"), server.port)
    if server.tls == "implicit":
        endpoint = wrapClientTLS(creator, endpoint)
    client: Any = None
    try:
        opening: Any = connectProtocol(endpoint, LDAPClient())  # type: ignore[no-untyped-call]
        client = await within(reactor, server.timeout, opening)
        if server.tls == "starttls":
            await within(reactor, server.timeout, client.startTLS(creator))
    except CancelledError:
        _close(client)
        raise
    except Exception as error:
        _close(client)
        raise DirectoryFailure(f"{server.host}:{server.port}: {error}") from None
    try:
        yield Connection(reactor, server.timeout, client)
    finally:
        _close(client)


def filter_value(text: str) -> str:
    """A value for a filter (RFC 4515): nothing in it means anything to the directory. What is
    beyond ASCII stays as it is: ldaptor takes an escape for a character, not for a byte."""
    return "".join(
        each if not each.isascii() or _SAFE.fullmatch(each) else f"\\{ord(each):02x}"
        for each in text
    )


def name_value(text: str) -> str:
    """A value for a distinguished name (RFC 4514), likewise."""
    return "".join(
        each if each.isalnum() or not each.isascii() else f"\\{ord(each):02x}" for each in text
    )


def _close(client: Any) -> None:
    if client is not None and client.transport is not None:
        client.transport.abortConnection()


def _entry(found: Any) -> Entry:
    values: dict[str, list[bytes]] = {}
    for key, attribute in found.items():
        name = key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)
        values[name.lower()] = [
            value if isinstance(value, bytes) else str(value).encode() for value in attribute
        ]
    return Entry(found.dn.getText(), values)
