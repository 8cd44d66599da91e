"""Where the daemon listens: its own sockets, or those that a supervisor hands it (OPS-145, 156)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import define, field
from twisted.internet.defer import gatherResults, maybeDeferred
from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint, serverFromString

from synnefod.common import metrics
from synnefod.config import Config
from synnefod.protocols.http.proxied import Announcing
from synnefod.protocols.http.servertls import Certificates, ToTLS, over_tls
from synnefod.protocols.http.site import Site

BACKLOG = 1024
_PROBES = frozenset([b"/healthz", b"/readyz", b"/metrics"])


@define
class Listeners:
    """Every port of the public site.

    Sockets that a supervisor hands over by the names `http` and `https` (sd_listen_fds(3)) are
    adopted; the others are opened here.
    """

    config: Config
    reactor: Any
    certificates: Certificates | None = None
    plain: Any = None
    secure: Any = None
    _ports: list[Any] = field(factory=list, init=False)

    async def open(self, site: Site) -> None:
        """Raises Malformed when a certificate cannot be used, CannotListenError otherwise."""
        server, tls = self.config.server, self.config.tls
        if tls.certificate:
            self.certificates = Certificates(Path(tls.certificate), Path(tls.key))
            self._tell()
            factory = over_tls(site, self.certificates)
            self.secure = await self._listen("https", tls.port, factory, site)
            if tls.redirect:
                site.resource = ToTLS(site.resource, self._secure_base(site), _plainly(site))
        self.plain = await self._listen("http", server.port, site, site)

    def reload(self) -> None:
        """Takes the certificates as their files hold them now. Raises Malformed."""
        if self.certificates is not None:
            self.certificates.reload()
            self._tell()

    async def close(self) -> None:
        """Stops accepting. An inherited socket stays open at the supervisor, which queues
        clients for the next daemon (OPS-145)."""
        ports, self._ports = self._ports, []
        await gatherResults([maybeDeferred(port.stopListening) for port in ports])

    def url(self) -> str:
        """Of this daemon as seen from its own host."""
        port = self.secure if self.secure is not None and self.config.tls.redirect else self.plain
        scheme = "http" if port is self.plain else "https"
        host = port.getHost()
        shown = "127.0.0.1" if host.host in ("0.0.0.0", "::") else host.host
        if ":" in shown:
            shown = f"[{shown}]"
        return f"{scheme}://{shown}:{host.port}"

    async def _listen(self, name: str, number: int, factory: Any, site: Site) -> Any:
        listen = self.config.server.listen
        domain = "INET6" if ":" in listen else "INET"
        try:
            # Twisted took the descriptors out of the environment; only this asks it for them.
            place = f"systemd:domain={domain}:name={name}"
            endpoint: Any = serverFromString(self.reactor, place)  # type: ignore[no-untyped-call]
        except KeyError:
            kind = TCP6ServerEndpoint if ":" in listen else TCP4ServerEndpoint
            endpoint = kind(self.reactor, number, interface=listen, backlog=BACKLOG)
        if self.config.server.proxy_protocol:
            factory = Announcing(factory, self.reactor, site.is_proxy)
        port = await endpoint.listen(factory)
        self._ports.append(port)
        return port

    def _tell(self) -> None:
        if self.certificates is not None:
            metrics.certificate_expiry.labels("https").set(self.certificates.not_after)

    def _secure_base(self, site: Site) -> Any:
        def base(request: Any) -> str:
            if self.config.server.public_url.startswith("https://"):
                return self.config.server.public_url.rstrip("/")
            host = site.base(request).partition("://")[2]
            name = host if host.endswith("]") else host.rsplit(":", 1)[0] if ":" in host else host
            port = self.secure.getHost().port
            return f"https://{name}" if port == 443 else f"https://{name}:{port}"

        return base


def _plainly(site: Site) -> Any:
    def plainly(request: Any) -> bool:
        return bool(request.isSecure() or request.path in _PROBES or site.is_proxy(request.client))

    return plainly
