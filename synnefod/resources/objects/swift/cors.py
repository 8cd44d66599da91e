"""Pages of other origins, as a container's metadata allows them (object-storage.md 5.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import evolve

from synnefod.common.errors import Unauthenticated
from synnefod.resources.call import Reply
from synnefod.resources.objects.headers import one_line
from synnefod.resources.objects.swift.asking import Ask, reply

META = "X-Container-Meta-Access-Control-"
EXPOSED = (
    "cache-control",
    "content-language",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
    "etag",
    "x-timestamp",
    "x-trans-id",
    "x-openstack-request-id",
)


class OriginRefused(Unauthenticated):
    """This origin or method is not allowed here."""


async def preflight(ask: Ask, methods: Sequence[str]) -> Reply:
    """OPTIONS, for which nobody needs a token. Raises OriginRefused."""
    allowed = ", ".join(sorted({*methods, "OPTIONS"}))
    origin = ask.headers.get("Origin")
    if origin is None:
        return reply(200, {"Allow": allowed})
    rules = await _rules(ask)
    headers = _origin(rules, origin)
    if headers is None or ask.headers.get("Access-Control-Request-Method") not in methods:
        raise OriginRefused
    headers["Allow"] = headers["Access-Control-Allow-Methods"] = allowed
    asked = ask.headers.get("Access-Control-Request-Headers")
    if asked:
        headers["Access-Control-Allow-Headers"] = one_line(asked)
        vary = headers.get("Vary")
        headers["Vary"] = (
            f"{vary}, Access-Control-Request-Headers"
            if vary
            else ("Access-Control-Request-Headers")
        )
    if rules.get(META + "Max-Age"):
        headers["Access-Control-Max-Age"] = one_line(rules[META + "Max-Age"])
    return reply(200, headers)


async def shared(ask: Ask, answer: Reply) -> Reply:
    """The answer, which the asking page may read if its origin is allowed."""
    origin = ask.headers.get("Origin")
    if origin is None or not ask.at.container:
        return answer
    rules = await _rules(ask)
    headers = _origin(rules, origin)
    if headers is None:
        return answer
    metas = ("x-container-meta-", "x-object-meta-")
    exposed = [*EXPOSED, *(n.lower() for n in answer.headers if n.lower().startswith(metas))]
    exposed += rules.get(META + "Expose-Headers", "").lower().split()
    headers["Access-Control-Expose-Headers"] = ", ".join(map(one_line, dict.fromkeys(exposed)))
    vary = answer.headers.get("Vary")
    if vary and "Vary" in headers:
        headers["Vary"] = f"{vary}, {headers['Vary']}"
    return evolve(answer, headers={**answer.headers, **headers})


async def _rules(ask: Ask) -> Mapping[str, str]:
    if not ask.at.container:
        return {}
    return (await ask.objects.outward(ask.at.account, ask.at.container)).container


def _origin(rules: Mapping[str, str], origin: str) -> dict[str, str] | None:
    """The headers that let this origin in; None when it stays outside."""
    allowed = rules.get(META + "Allow-Origin", "").split()
    if "*" in allowed:
        return {"Access-Control-Allow-Origin": "*"}
    if origin in allowed:
        return {"Access-Control-Allow-Origin": one_line(origin), "Vary": "Origin"}
    return None
