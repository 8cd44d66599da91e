"""A question over a Unix socket of this host."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from twisted.internet.endpoints import UNIXClientEndpoint
from twisted.web.client import Agent, readBody
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer


@implementer(IAgentEndpointFactory)
@frozen
class _OnePath:
    reactor: Any
    path: str

    def endpointForURI(self, uri: Any) -> Any:
        return UNIXClientEndpoint(self.reactor, self.path, timeout=1)  # type: ignore[no-untyped-call]


async def fetched(reactor: Any, path: str, target: str) -> bytes:
    """The body of the answer to a GET. Raises what Twisted does when nobody listens there."""
    factory = _OnePath(reactor, path)
    agent = Agent.usingEndpointFactory(reactor, factory)  # type: ignore[no-untyped-call]
    response = await agent.request(b"GET", f"http://localhost{target}".encode())
    body: bytes = await readBody(response)
    return body
