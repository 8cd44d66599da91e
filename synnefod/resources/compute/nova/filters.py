"""The query of a list of servers, OpenStack dialect (14.4.2)."""

from __future__ import annotations

from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import ProjectId, UserId, uuid_with_dashes
from synnefod.common.text import parse_iso
from synnefod.compute.interface import Operstate, Tagged, Wanted
from synnefod.resources.compute.nova import views
from synnefod.resources.compute.nova.microversion import Version
from synnefod.resources.compute.reading import integer
from synnefod.resources.door import Call

PAGE = 1000
_VM_STATES = {
    "active": Operstate.STARTED,
    "stopped": Operstate.STOPPED,
    "building": Operstate.BUILD,
    "error": Operstate.ERROR,
}
_POWER_STATES = {
    "0": {Operstate.BUILD, Operstate.ERROR},
    "1": {Operstate.STARTED},
    "4": {Operstate.STOPPED},
}
_TAGS = {
    "tags": (True, False),
    "tags-any": (False, False),
    "not-tags": (True, True),
    "not-tags-any": (False, True),
}


def read_filters(call: Call, number: Version) -> Wanted | None:
    """The filters of a list; None when nothing can match. Unknown ones are ignored."""
    query = call.query
    everybody = "all_tenants" in query and _true(query.one("all_tenants", "0") or "1")
    if everybody and not call.principal.is_admin:
        raise Forbidden("Policy doesn't allow all_tenants to be listed.")
    if _nothing(call):
        return None
    states, resized = _states(call, number)
    tasks = _tasks(call)
    if (states is not None and not states) or (tasks is not None and not tasks):
        return None
    flavor, uuid, since = query.one("flavor"), query.one("uuid"), query.one("changes-since")
    limit, marker = query.one("limit"), query.one("marker")
    locked = query.one("locked")
    user = query.one("user_id")
    project = call.principal.project
    if everybody:
        named = query.one("project_id") or query.one("tenant_id")
        project = ProjectId(uuid_with_dashes(named)) if named else None
    return Wanted(
        name=query.one("name"),
        address=query.one("ip") or query.one("ip6"),
        states=states,
        tasks=tasks,
        flavor=None if flavor is None else int(flavor[:18]),
        image=query.one("image"),
        key=query.one("key_name"),
        user=None if user is None else UserId(uuid_with_dashes(user)),
        project=project,
        locked=None if locked is None else _true(locked),
        tagged=_tagged(call) if number >= (2, 26) else (),
        ids=None if uuid is None else (int(uuid[:18]),),
        since=None if since is None else parse_iso(since.replace(" ", "+"), "changes-since date"),
        everybody=everybody,
        after=None if marker is None else integer(marker, "marker"),
        limit=None if limit is None else min(PAGE, integer(limit, "limit")),
        newest_first=query.one("sort_dir", "desc").lower() != "asc",
        resized=resized,
    )


def _true(text: str) -> bool:
    return text.lower() in ("1", "true", "yes", "on")


def _nothing(call: Call) -> bool:
    """Whether a filter names what no server here has."""
    query = call.query
    for name in ("flavor", "uuid"):
        text = query.one(name)
        if text is not None and not (text.isascii() and text.isdigit()):
            return True
    zone = query.one("availability_zone")
    return "reservation_id" in query or zone not in (None, "", "nova")


def _states(call: Call, number: Version) -> tuple[frozenset[Operstate] | None, bool | None]:
    """The states that fit all filters, None for any; and whether the resize mark is wanted."""
    found: set[Operstate] | None = None
    resized: bool | None = None
    words = call.query.all("status")
    if words:
        found = set()
        for word in words:
            known = word.upper() in views.STATES or word.upper() in views.OTHER_WORDS
            if not known and number >= (2, 38):
                raise Malformed(f"Invalid status filter: '{word[:32]}'.")
            found |= views.STATES.get(word.upper(), frozenset())
        marked = {word.upper() == "VERIFY_RESIZE" for word in words}
        resized = marked.pop() if len(marked) == 1 else None
    state = call.query.one("vm_state")
    if state is not None:
        resized = state == "resized"
        fits = (
            set(views.STATES["VERIFY_RESIZE"])
            if resized
            else {_VM_STATES[state]}
            if state in _VM_STATES
            else set()
        )
        found = fits if found is None else found & fits
    power = call.query.one("power_state")
    if power is not None:
        fits = _POWER_STATES.get(power, set())
        found = fits if found is None else found & fits
    return None if found is None else frozenset(found), resized


def _tasks(call: Call) -> frozenset[str] | None:
    word = call.query.one("task_state")
    if word is None:
        return None
    return frozenset(task for task, said in views.TASKS.items() if said == word)


def _tagged(call: Call) -> tuple[Tagged, ...]:
    made = []
    for name, (every, turned) in _TAGS.items():
        text = call.query.one(name)
        tags = tuple(tag for tag in (text or "").split(",") if tag)
        if tags:
            made.append(Tagged(tags, every, turned))
    return tuple(made)
