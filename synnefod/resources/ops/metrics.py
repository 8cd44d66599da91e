"""`/metrics` in Prometheus' text form (OPS-150)."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from synnefod.common import metrics
from synnefod.common.errors import Forbidden
from synnefod.common.exposition import merged
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.ops.health import Listed

Siblings = Callable[[], Awaitable[Mapping[str, bytes]]]


class Metrics:
    """For listed addresses, or with `Authorization: Bearer <token>` when a token is set.

    `threads` is an IThreads: rendering takes tens of milliseconds of pure Python. With `siblings`,
    which gives the texts of the other workers by number, all are told as one, each sample with the
    label `worker`; `own` is our number.
    """

    def __init__(
        self,
        threads: Any,
        *,
        listed: Sequence[str] = ("127.0.0.0/8", "::1/128"),
        token: str = "",
        own: str = "",
        siblings: Siblings | None = None,
    ) -> None:
        self._threads = threads
        self._listed = Listed(listed)
        self._token = token
        self._own = own
        self._siblings = siblings

    @route("GET", "/metrics", auth=False, quiet=True)
    async def show(self, call: Call) -> Reply:
        """Everything that is counted."""
        if call.peer not in self._listed and not self._knows(call):
            raise Forbidden("Metrics are shown to listed addresses only.")
        others = {} if self._siblings is None else await self._siblings()
        text = await self._threads.cpu(self._rendered, others)
        return Reply(text, content_type=metrics.CONTENT_TYPE)

    def _rendered(self, others: Mapping[str, bytes]) -> bytes:
        own = metrics.render()
        return own if self._siblings is None else merged({self._own: own, **others}, "worker")

    def _knows(self, call: Call) -> bool:
        scheme, _, token = call.headers.get("Authorization", "").partition(" ")
        return (
            bool(self._token)
            and scheme.lower() == "bearer"
            and hmac.compare_digest(token.strip().encode("utf-8", "replace"), self._token.encode())
        )
