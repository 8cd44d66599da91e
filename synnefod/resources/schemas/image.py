"""Bodies of the image service, as clients send them. Unknown members are ignored."""

from __future__ import annotations

from msgspec import Struct


class Membership(Struct):
    member_id: str


class Memberships(Struct):
    """Whom an image is shared with (IMG-041)."""

    memberships: list[Membership]


class NewMember(Struct):
    """A member of Glance v2."""

    member: str


class MemberStatus(Struct):
    status: str
