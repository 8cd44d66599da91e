"""Swift's own sign-in, version 1 (PIT-245): an API token is exchanged for itself."""

from __future__ import annotations

from synnefod.common.errors import Unauthenticated
from synnefod.common.ids import uuid_with_dashes
from synnefod.identity.interface import Identity
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.objects.paths import RESELLER


class SwiftAuth:
    """The noun of `/swift/auth/v1.0` and `/auth/v1.0`; `storage_path` is the Swift mount."""

    def __init__(self, identity: Identity, storage_path: str = "/swift/v1") -> None:
        self._identity = identity
        self._storage_path = storage_path

    @route("GET", "/", auth=False)
    async def sign_in(self, call: Call) -> Reply:
        """X-Auth-User names the account (`user` or `account:user`), X-Auth-Key is a token."""
        user = call.headers.get("X-Auth-User") or call.headers.get("X-Storage-User") or ""
        key = call.headers.get("X-Auth-Key") or call.headers.get("X-Storage-Pass") or ""
        if not user or not key:
            raise Unauthenticated("X-Auth-User and X-Auth-Key are required.")
        principal = await self._identity.authenticate(key)
        named = {uuid_with_dashes(word).lower() for word in (user, *user.split(":", 1))}
        if not named & {principal.user, principal.name.lower()}:
            raise Unauthenticated("The key does not belong to this user.")
        return Reply(
            headers={
                "X-Auth-Token": key,
                "X-Storage-Token": key,
                "X-Storage-Url": f"{call.base}{self._storage_path}/{RESELLER}{principal.user}",
            },
            content_type="text/html; charset=UTF-8",
        )
