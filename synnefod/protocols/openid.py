"""An OpenID Connect provider as a client sees it: discovery, keys, code for tokens, their proof.

Note [Keys]. A provider changes its keys: one that we do not know makes us look again, but not more
often than once in `AGAIN` seconds, whoever sends us tokens with made-up key names.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import jwt
from attrs import define, field, frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Malformed
from synnefod.protocols.http.client import Answer, Client, Unreachable

FRESH, AGAIN = 3600.0, 30.0
LEEWAY = 60
LIMIT = 1 << 20
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
"""What a proof may be signed with: nothing that the client could have signed, and never "none"."""
_HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}


class ProviderFailure(Exception):
    """The provider does not answer as OpenID Connect says."""


class ProofRefused(Exception):
    """The provider refuses the code, or what it says of a person is no proof."""


@frozen
class Party:
    """A provider, and ourselves as it knows us. With `authorize`, `token` and `userinfo` nothing
    is discovered; `proof` False is for plain OAuth 2.0, without a signed proof."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    authorize: str = ""
    token: str = ""
    userinfo: str = ""
    proof: bool = True


@define
class OpenIdClient:
    """Talks to one provider."""

    party: Party
    http: Client
    clock: IClock
    _about: tuple[float, Mapping[str, Any]] | None = field(default=None, init=False)
    _keys: tuple[float, Mapping[str, Any]] | None = field(default=None, init=False)

    async def address(self, back: str, state: str, nonce: str, verifier: str) -> str:
        """Where a browser is sent (OpenID Connect Core 3.1.2.1, RFC 7636)."""
        about = await self._told()
        challenge = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.party.client_id,
            "redirect_uri": back,
            "scope": " ".join(self.party.scopes),
            "state": state,
            "code_challenge": _base64(challenge),
            "code_challenge_method": "S256",
        }
        if self.party.proof:
            asked["nonce"] = nonce
        target = _text(about, "authorization_endpoint")
        return target + ("&" if "?" in target else "?") + urlencode(asked)

    async def person(self, code: str, back: str, nonce: str, verifier: str) -> dict[str, Any]:
        """Claims about the person whose code this is: of the proof, and of the provider's own
        page about them. Raises ProviderFailure, ProofRefused."""
        tokens = await self._exchange(code, back, verifier)
        access = tokens.get("access_token")
        claims: dict[str, Any] = {}
        if self.party.proof:
            claims = await self._proven(tokens.get("id_token"), nonce, access)
        page = (await self._told()).get("userinfo_endpoint")
        if page and isinstance(access, str):
            more = await self._object(
                "GET", str(page), headers={"Authorization": f"Bearer {access}"}
            )
            if self.party.proof and more.get("sub") != claims["sub"]:
                raise ProofRefused("the provider's page is about another person")
            claims = {**more, **claims}
        return claims

    async def _exchange(self, code: str, back: str, verifier: str) -> dict[str, Any]:
        about = await self._told()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self.party.client_id,
            "code_verifier": verifier,
        }
        auth = None
        if self.party.client_secret:
            ways = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
            if "client_secret_basic" in ways:
                auth = (self.party.client_id, self.party.client_secret)
            else:
                form["client_secret"] = self.party.client_secret
        return await self._object(
            "POST",
            _text(about, "token_endpoint"),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode(),
            auth=auth,
        )

    async def _proven(self, proof: object, nonce: str, access: object) -> dict[str, Any]:
        """The claims of a proof that holds (OpenID Connect Core 3.1.3.7). Raises ProofRefused."""
        if not isinstance(proof, str):
            raise ProofRefused("there is no id_token")
        try:
            header = jwt.get_unverified_header(proof)
            algorithm = header.get("alg")
            if algorithm not in ALGORITHMS:
                raise ProofRefused(f"the proof is signed with {algorithm!r}")
            key = await self._key(header.get("kid"), algorithm)
            # Times are checked below, by the clock that we were given.
            claims = jwt.decode(
                proof,
                key,
                algorithms=[algorithm],
                audience=self.party.client_id,
                issuer=self.party.issuer,
                options={
                    "require": ["iss", "sub", "aud", "exp", "iat"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.PyJWTError as error:
            raise ProofRefused(f"{type(error).__name__}: {error}") from None
        self._times(claims)
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise ProofRefused("the proof answers another question")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if several and claims.get("azp") != self.party.client_id:
            raise ProofRefused("the proof is for somebody else")
        if "at_hash" in claims and isinstance(access, str):
            made = _HASHES.get(str(algorithm)[2:], hashlib.sha512)(access.encode()).digest()
            if claims["at_hash"] != _base64(made[: len(made) // 2]):
                raise ProofRefused("the access token is not the proof's")
        return dict(claims)

    def _times(self, claims: Mapping[str, Any]) -> None:
        now = self.clock.seconds()
        try:
            ends, began = float(claims["exp"]), float(claims["iat"])
        except (TypeError, ValueError):
            raise ProofRefused("the proof's times are no numbers") from None
        if not began - LEEWAY <= now < ends + LEEWAY:
            raise ProofRefused("the proof is too old, or not good yet")

    async def _key(self, name: object, algorithm: str) -> Any:
        for _ in range(2):
            listed = (await self._known_keys()).get("keys")
            for each in listed if isinstance(listed, list) else ():
                if isinstance(each, dict) and _fits(each, name, algorithm):
                    return jwt.PyJWK(each, algorithm=algorithm).key
            if self._keys is not None and self._keys[0] + AGAIN > self.clock.seconds():
                break
            self._keys = None
        raise ProofRefused("the proof is signed with a key that the provider does not list")

    async def _known_keys(self) -> Mapping[str, Any]:
        now = self.clock.seconds()
        if self._keys is None or self._keys[0] + FRESH <= now:
            place = _text(await self._told(), "jwks_uri")
            self._keys = (now, await self._object("GET", place))
        return self._keys[1]

    async def _told(self) -> Mapping[str, Any]:
        """What the provider tells of itself (OpenID Connect Discovery 4)."""
        party, now = self.party, self.clock.seconds()
        if party.authorize:
            return {
                "authorization_endpoint": party.authorize,
                "token_endpoint": party.token,
                "userinfo_endpoint": party.userinfo,
            }
        if self._about is None or self._about[0] + FRESH <= now:
            place = party.issuer.rstrip("/") + "/.well-known/openid-configuration"
            about = await self._object("GET", place)
            if about.get("issuer") != party.issuer:
                raise ProviderFailure(f"{place} is about {about.get('issuer')!r}")
            self._about = (now, about)
        return self._about[1]

    async def _object(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        try:
            answer: Answer = await self.http.request(method, url, limit=LIMIT, **options)
            body = answer.json()
        except Unreachable as error:
            raise ProviderFailure(f"{url}: {error}") from None
        except Malformed:
            raise ProviderFailure(f"{url}: {answer.status}, no JSON") from None
        if answer.status in (400, 401, 403) and method == "POST":
            raise ProofRefused(f"{url}: {json.dumps(body)[:200]}")
        if answer.status != 200 or not isinstance(body, dict):
            raise ProviderFailure(f"{url}: {answer.status}")
        return body


def _fits(key: Mapping[str, Any], name: object, algorithm: str) -> bool:
    """Whether a key may have signed; a proof need not name its key."""
    known = name is None or key.get("kid") == name
    return known and key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _text(about: Mapping[str, Any], name: str) -> str:
    value = about.get(name)
    if not isinstance(value, str) or not value:
        raise ProviderFailure(f"the provider names no {name}")
    return value
