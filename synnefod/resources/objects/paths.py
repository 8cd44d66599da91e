"""Where a URL of the object store points: account, container and object, exactly as sent.

The path is percent-decoded once and then cut, so `%2F` is a slash like any other (PIT-007); nothing
is normalised: `..`, `//` and trailing slashes inside an object's name are part of the name
(object-storage.md 6.1, 6).
"""

from __future__ import annotations

from attrs import frozen

from synnefod.common.errors import Malformed, NotFound, PreconditionFailed
from synnefod.common.ids import uuid_with_dashes
from synnefod.common.text import decode_segment
from synnefod.objects.interface import Place

MAX_ACCOUNT = 256
MAX_CONTAINER = 256
MAX_OBJECT = 1024
RESELLER = "AUTH_"


@frozen
class Location:
    """What a URL names; "" stands for a level that is not named."""

    account: str = ""
    container: str = ""
    object: str = ""

    @property
    def level(self) -> str:
        """ "top", "account", "container" or "object"."""
        if self.object:
            return "object"
        if self.container:
            return "container"
        return "account" if self.account else "top"

    @property
    def place(self) -> Place:
        """The object's address, for the service."""
        return Place(self.account, self.container, self.object)


def _cut(text: str) -> tuple[str, str, str, int]:
    """Account, container, object, and how many slashes were there to divide them."""
    parts = text.removeprefix("/").split("/", 2)
    slashes = len(parts) - 1
    parts += [""] * (3 - len(parts))
    return parts[0], parts[1], parts[2], slashes


def pithos_location(raw: bytes) -> Location:
    """The place named by the path below `/pithos/object-store/v1`.

    One trailing slash after an account or a container is tolerated. Raises Malformed for text that
    is not UTF-8 or holds NUL, for names too long, and for an empty account or container.
    """
    account, container, name, _ = _cut(decode_segment(raw, "path"))
    if (not account and (container or name)) or (not container and name):
        raise Malformed("API endpoint not found")
    if len(container) > MAX_CONTAINER:
        raise Malformed("Container name too large")
    if len(name) > MAX_OBJECT:
        raise Malformed("Object name too large.")
    return Location(account.lower(), container, name)


def swift_location(raw: bytes) -> Location:
    """The place named by the path below `/swift/v1`; the account without its `AUTH_`.

    Raises PreconditionFailed for names that are not UTF-8 or hold NUL and for a path that names no
    account, NotFound for an empty component (object-storage.md 5.1), Malformed for names too long.
    """
    try:
        text = decode_segment(raw, "path")
    except Malformed:
        raise PreconditionFailed("Invalid UTF8 or contains NULL") from None
    account, container, name, slashes = _cut(text)
    if not account:
        raise NotFound("Not Found") if slashes else PreconditionFailed("Bad URL")
    if slashes == 2 and not container:
        raise NotFound("Not Found")
    if len(container.encode()) > MAX_CONTAINER:
        raise Malformed(
            f"Container name length of {len(container.encode())} longer than {MAX_CONTAINER}"
        )
    if len(name.encode()) > MAX_OBJECT:
        raise Malformed(f"Object name length of {len(name.encode())} longer than {MAX_OBJECT}")
    return Location(swift_account(account), container, name)


def swift_account(text: str) -> str:
    """The account that Swift's clients write as `AUTH_<account>`, or bare."""
    return uuid_with_dashes(text.removeprefix(RESELLER))


def source_path(text: str, *, slash_required: bool) -> tuple[str, str] | None:
    """`/container/object` of a copy header, already decoded; None when it is malformed."""
    if slash_required and not text.startswith("/"):
        return None
    container, slash, name = text.removeprefix("/").partition("/")
    if not container or not slash or not name:
        return None
    return container, name
