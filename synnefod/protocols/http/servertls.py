"""TLS for the site: certificates that are read again without closing a connection (OPS-156)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

from cryptography import x509
from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from synnefod.common.errors import Malformed

_CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"
"""For TLS 1.2; those of 1.3 are all good."""


@implementer(IOpenSSLServerConnectionCreator)
class Certificates:
    """Makes the TLS state of each new connection out of the files as they were read last.

    `certificate` holds the chain, leaf first, and `key` its private key, both PEM.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self._context, self.not_after = self._read()

    def reload(self) -> None:
        """Reads the files again; connections that stand are not touched.

        Raises Malformed, and keeps what it had, when the files cannot be used together.
        """
        self._context, self.not_after = self._read()

    def serverConnectionForTLS(self, protocol: Any) -> SSL.Connection:
        return SSL.Connection(self._context, None)

    def _read(self) -> tuple[SSL.Context, float]:
        certificate, key = self._files
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        context.set_cipher_list(_CIPHERS)
        context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_alpn_select_callback(_choose)
        try:
            leaf = x509.load_pem_x509_certificate(certificate.read_bytes())
            context.use_certificate_chain_file(str(certificate))
            context.use_privatekey_file(str(key))
            context.check_privatekey()
        except (OSError, ValueError, SSL.Error) as error:
            why = getattr(error, "strerror", None) or "the certificate and its key do not fit"
            raise Malformed(f"{certificate}, {key}: {why}") from None
        return context, leaf.not_valid_after_utc.astimezone(UTC).timestamp()


def _choose(connection: SSL.Connection, offered: list[bytes]) -> Any:
    """HTTP/1.1 is what we speak."""
    return b"http/1.1" if b"http/1.1" in offered else SSL.NO_OVERLAPPING_PROTOCOLS


def over_tls(site: Any, certificates: Certificates) -> Any:
    """The factory that serves `site` inside TLS."""
    return TLSMemoryBIOFactory(certificates, False, site)


class ToTLS:
    """A root resource for the plain listener: sends clients to the same address over TLS.

    Whom `plainly` lets pass (a proxy that ended TLS itself, a balancer's probe) is served.
    """

    isLeaf = False  # noqa: N815

    def __init__(self, root: Any, base: Callable[[Any], str], plainly: Callable[[Any], bool]):
        self._root = root
        self._base = base
        self._plainly = plainly

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        if self._plainly(request):
            return self._root.getChildWithDefault(name, request)
        return _Elsewhere(self._base(request))

    def putChild(self, path: bytes, child: Any) -> None:
        raise NotImplementedError

    def render(self, request: Any) -> Any:
        if self._plainly(request):
            return self._root.render(request)
        return _Elsewhere(self._base(request)).render(request)


class _Elsewhere:
    """308: method and body stay what they are."""

    isLeaf = True  # noqa: N815

    def __init__(self, base: str) -> None:
        self._base = base

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        return self

    def putChild(self, path: bytes, child: Any) -> None:
        raise NotImplementedError

    def render(self, request: Any) -> Any:
        request.setResponseCode(308)
        request.setHeader(b"location", self._base.encode() + request.uri)
        request.setHeader(b"content-length", b"0")
        request.finish()
        return NOT_DONE_YET
