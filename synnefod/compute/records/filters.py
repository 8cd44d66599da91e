"""The conditions of a list of servers, as SQL."""

from __future__ import annotations

from synnefod.common.ids import ProjectId, UserId
from synnefod.common.jsonio import dump_text
from synnefod.compute.patterns import literal
from synnefod.compute.values import Tagged, Wanted
from synnefod.store.interface import Value

Params = dict[str, Value]


def conditions(
    user: UserId | None, projects: list[ProjectId], wanted: Wanted, fresh: int
) -> tuple[str, Params]:
    """The text behind `where` and its parameters. `address`, and names that are more than a plain
    text, are not among them."""
    where, params = ["1 = 1"], Params()
    if user is not None:
        where.append("(user_id = :user or (shared = 1 and project in ({texts projects})))")
        params |= {"user": user, "projects": dump_text(projects)}
    if wanted.since is None:
        where.append("deleted = 0")
    else:
        where.append("updated >= :since")
        params["since"] = wanted.since
    for condition, name, value in (
        ("project = :in_project", "in_project", wanted.project),
        ("user_id = :of_user", "of_user", wanted.user),
        ("flavor = :flavor", "flavor", wanted.flavor),
        ("image = :image", "image", wanted.image),
        ("locked = :locked", "locked", None if wanted.locked is None else int(wanted.locked)),
    ):
        if value is not None:
            where.append(condition)
            params[name] = value
    for condition, name, words in (
        ("operstate in ({texts states})", "states", _values(wanted)),
        ("task in ({texts tasks})", "tasks", wanted.tasks),
    ):
        if words is not None:
            where.append(condition)
            params[name] = dump_text(sorted(words))
    plain = None if wanted.name is None else literal(wanted.name)
    if plain:
        where.append("lower(name) like :like escape '!'")
        params["like"] = f"%{_escaped(plain.lower())}%"
    if wanted.key is not None:
        where.append("key_names like :key escape '!'")
        params["key"] = f"%{_escaped(dump_text(wanted.key))}%"
    if wanted.resized is not None:
        where.append("(resized_from is not null and resized_at >= :fresh) = (:resized = 1)")
        params |= {"fresh": fresh, "resized": int(wanted.resized)}
    for place, tagged in enumerate(wanted.tagged):
        where.append(_tagged(tagged, f"tags{place}"))
        params[f"tags{place}"] = dump_text(sorted(set(tagged.tags)))
    if wanted.ids is not None:
        where.append("id in ({numbers ids})")
        params["ids"] = dump_text(list(wanted.ids))
    if wanted.after is not None:
        where.append("id < :after" if wanted.newest_first else "id > :after")
        params["after"] = wanted.after
    return " and ".join(where), params


def _values(wanted: Wanted) -> list[str] | None:
    return None if wanted.states is None else [state.value for state in wanted.states]


def _tagged(tagged: Tagged, name: str) -> str:
    some = (
        "(select count(*) from server_tags t where t.server = servers.id"
        f" and t.tag in ({{texts {name}}}) and t.tag not like '/%')"
    )
    fits = f"{some} = {len(set(tagged.tags))}" if tagged.every else f"{some} > 0"
    return f"not ({fits})" if tagged.turned else fits


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
