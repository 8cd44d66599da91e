"""An OpenID Connect provider for tests: it checks what a client sends, and can be made to cheat.

    provider = OpenIdProvider(clock, "https://id.example.net")
    back = provider.consent(address, sub="7", email="ada@example.org")   # what the browser follows

`InMemory(provider)` stands in for the HTTP client; `resource(provider)` serves it on a socket.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from attrs import define, field
from cryptography.hazmat.primitives.asymmetric import ec
from twisted.web.http_headers import Headers
from twisted.web.resource import Resource

from synnefod.protocols.http.client import Answer, Unreachable

CLIENT, SECRET = "synnefo", "s3cret of the client"


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@define
class OpenIdProvider:
    """`cheat` replaces claims of every proof (None: takes them out); `sign` replaces the signing
    (algorithm, key, key name); `down` answers nothing."""

    clock: Any
    issuer: str
    secret: str = SECRET
    plain: bool = False
    cheat: dict[str, Any] = field(factory=dict)
    sign: tuple[str, Any, str] | None = None
    page: dict[str, Any] = field(factory=dict)
    down: bool = False
    about: dict[str, Any] = field(factory=dict)
    asked: list[str] = field(factory=list)
    _key: Any = field(init=False)
    _name: str = field(default="key-1", init=False)
    _codes: dict[str, dict[str, Any]] = field(factory=dict, init=False)
    _tokens: dict[str, dict[str, Any]] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def new_key(self, name: str) -> None:
        self._key, self._name = ec.generate_private_key(ec.SECP256R1()), name

    def consent(self, address: str, **claims: Any) -> str:
        """Somebody with these claims agrees at `address`; where the browser is sent."""
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query, strict_parsing=True))
        assert asked["response_type"] == "code", asked
        assert asked["client_id"] == CLIENT, asked
        assert asked["code_challenge_method"] == "S256", asked
        code = secrets.token_urlsafe(16)
        self._codes[code] = {"asked": asked, "claims": claims}
        return asked["redirect_uri"] + "?" + urlencode({"state": asked["state"], "code": code})

    def answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Any]:
        self.asked.append(f"{method} {path}")
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": self.issuer + "/authorize",
                "token_endpoint": self.issuer + "/token",
                "jwks_uri": self.issuer + "/keys",
                "userinfo_endpoint": self.issuer + "/userinfo",
                **self.about,
            }
        if path == "/keys":
            key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self._key.public_key()))
            return 200, {"keys": [{**key, "kid": self._name, "use": "sig", "alg": "ES256"}]}
        if path == "/token" and method == "POST":
            return self._token(headers, body)
        if path == "/userinfo":
            token = headers.get("authorization", "").removeprefix("Bearer ")
            if token not in self._tokens:
                return 401, {"error": "invalid_token"}
            return 200, {**self._tokens[token], **self.page}
        return 404, {"error": "not_found"}

    def _token(self, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        grant = self._codes.pop(form.get("code", ""), None)
        if grant is None:
            return 400, {"error": "invalid_grant"}
        asked, claims = grant["asked"], grant["claims"]
        challenge = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        given = form.get("client_secret", "")
        scheme, _, basic = headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            given = base64.b64decode(basic).decode().partition(":")[2]
        if given != self.secret:
            return 401, {"error": "invalid_client"}
        access = secrets.token_urlsafe(16)
        self._tokens[access] = claims
        answer = {"access_token": access, "token_type": "Bearer"}
        if not self.plain:
            answer["id_token"] = self._proof(asked, claims, access)
        return 200, answer

    def _proof(self, asked: Mapping[str, str], claims: Mapping[str, Any], access: str) -> str:
        now = int(self.clock.seconds())
        told = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "at_hash": b64(hashlib.sha256(access.encode()).digest()[:16]),
            **claims,
            **self.cheat,
        }
        told = {name: value for name, value in told.items() if value is not None}
        algorithm, key, name = self.sign or ("ES256", self._key, self._name)
        return jwt.encode(told, key, algorithm=algorithm, headers={"kid": name})


@define
class InMemory:
    """What of `protocols.http.client.Client` the wire of OpenID uses."""

    provider: OpenIdProvider

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        auth: tuple[str, str] | None = None,
        limit: int = 0,
    ) -> Answer:
        if self.provider.down:
            raise Unreachable("connection refused")
        wire = {name.lower(): value for name, value in (headers or {}).items()}
        if auth is not None:
            wire["authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
        assert url.startswith(self.provider.issuer), url
        path = url.removeprefix(self.provider.issuer)
        status, told = self.provider.answer(method, path, wire, body or b"")
        raw = told if isinstance(told, bytes) else json.dumps(told).encode()
        return Answer(status, Headers({}), raw)


class _Served(Resource):
    isLeaf = True  # noqa: N815

    def __init__(self, provider: OpenIdProvider) -> None:
        super().__init__()
        self.provider = provider

    def render(self, request: Any) -> bytes:
        headers = {
            name.decode().lower(): values[0].decode()
            for name, values in request.requestHeaders.getAllRawHeaders()
        }
        status, told = self.provider.answer(
            request.method.decode(), request.path.decode(), headers, request.content.read()
        )
        request.setResponseCode(status)
        request.setHeader("Content-Type", "application/json")
        return json.dumps(told).encode()


def resource(provider: OpenIdProvider) -> Resource:
    return _Served(provider)
