"""How a server's certificate is checked: by the system's roots, a CA file, its fingerprint, or not.

Note [Pinning]. Many private servers make their own self-signed certificate, whose name is seldom
the one that we connect to. A pinned fingerprint (SHA-256 of the DER certificate) is then the check
that means something: names and chains are not looked at, the leaf must be the very one.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL, crypto
from twisted.internet import ssl
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.web.client import BrowserLikePolicyForHTTPS
from twisted.web.iweb import IPolicyForHTTPS
from zope.interface import implementer

OFF = "off"
SYSTEM = "system"
_PIN = re.compile(r"sha256:((?:[0-9a-f]{2}:?){31}[0-9a-f]{2})", re.I)


class BadVerification(ValueError):
    """The setting is neither `system`, `off`, `sha256:<64 hex digits>` nor a readable CA file."""


def policy(verify: str) -> IPolicyForHTTPS:
    """The policy for `system`, `off`, `sha256:<hex>` (colons allowed), or a PEM file of CAs.

    Raises BadVerification.
    """
    if verify == SYSTEM:
        return BrowserLikePolicyForHTTPS()  # type: ignore[no-untyped-call]
    if verify == OFF:
        return _Leaf(None)
    pin = _PIN.fullmatch(verify)
    if pin:
        return _Leaf(bytes.fromhex(pin.group(1).replace(":", "")))
    if verify.lower().startswith("sha256:"):
        raise BadVerification("a pinned certificate is written sha256: and 64 hex digits")
    try:
        pem = Path(verify).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadVerification(f"the CA file {verify} cannot be read: {error}") from None
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", pem, re.DOTALL)
    try:
        roots = [ssl.Certificate.loadPEM(block) for block in blocks]
    except crypto.Error:
        roots = []
    if not roots:
        raise BadVerification(f"the CA file {verify} holds no certificate")
    trusted = ssl.trustRootFromCertificates(roots)  # type: ignore[no-untyped-call]
    return BrowserLikePolicyForHTTPS(trusted)  # type: ignore[no-untyped-call]


def fingerprint(certificate: crypto.X509) -> bytes:
    """The SHA-256 of the certificate as it travels (DER)."""
    return hashlib.sha256(certificate.to_cryptography().public_bytes(Encoding.DER)).digest()


@implementer(IPolicyForHTTPS)
class _Leaf:
    """Accepts the certificate with this fingerprint, or any when there is none to compare."""

    def __init__(self, pin: bytes | None) -> None:
        self._pin = pin

    def creatorForNetloc(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:
        return _Creator(hostname, self._pin)


@implementer(IOpenSSLClientConnectionCreator)
class _Creator:
    def __init__(self, hostname: bytes, pin: bytes | None) -> None:
        self._hostname = hostname
        self._pin = pin

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:  # noqa: N803
        context = ssl.CertificateOptions(verify=False).getContext()
        if self._pin is not None:
            context.set_verify(SSL.VERIFY_PEER, self._matches)
        connection = SSL.Connection(context, None)
        if not _is_address(self._hostname):
            connection.set_tlsext_host_name(self._hostname)
        return connection

    def _matches(
        self, _c: SSL.Connection, certificate: crypto.X509, _errno: int, depth: int, _ok: int
    ) -> bool:
        assert self._pin is not None
        return depth > 0 or hmac.compare_digest(fingerprint(certificate), self._pin)


def _is_address(hostname: bytes) -> bool:
    try:
        ipaddress.ip_address(hostname.decode("ascii", "replace").strip("[]"))
    except ValueError:
        return False
    return True
