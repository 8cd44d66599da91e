"""Swift's v1 authentication (identity.md 4.7)."""

from __future__ import annotations

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Unauthenticated
from synnefod.identity.interface.rooms import Rooms
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route


class SwiftAuth:
    """`storage` is the path of a person's files, with `%(user)s`."""

    def __init__(self, identity: Rooms, clock: IClock, storage: str) -> None:
        self.identity = identity
        self.clock = clock
        self.storage = storage

    @route("GET", "/", auth=False)
    async def sign_in(self, call: Call) -> Reply:
        headers = call.headers
        user = headers.get("X-Auth-User") or headers.get("X-Storage-User")
        key = headers.get("X-Auth-Key") or headers.get("X-Storage-Pass")
        if not user or not key:
            raise Unauthenticated("X-Auth-User and X-Auth-Key are needed.")
        issued, account = await self.identity.signin.swift(user, key, call.peer)
        left = max(0, int(issued.expires / 1_000_000 - self.clock.seconds()))
        root = self.identity.catalogue.root(call.base)
        return Reply(
            b"",
            headers={
                "X-Storage-Url": root + self.storage % {"user": account},
                "X-Auth-Token": issued.token,
                "X-Storage-Token": issued.token,
                "X-Auth-Token-Expires": str(left),
            },
        )
