"""Liveness and readiness for balancers and supervisors (operations.md 15.4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from attrs import define, frozen

from synnefod.common import metrics
from synnefod.common.clockwork import IClock, TimedOut, gather, within
from synnefod.common.text import iso_z, micros
from synnefod.resources.door import Call, Reply, route

CACHED = 1.0
SLOWEST = 2.5
"""Seconds that a check may take; the answer is never slower than 3 s."""


class Listed:
    """Client addresses that may see details: networks in text, like "127.0.0.0/8"."""

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = [ip_network(text) for text in networks]

    def __contains__(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return peer == "local"
        return any(address in network for network in self._networks)


@frozen
class Check:
    """One part. `run` raises, with the reason as its text, when the part is not well.

    A check that is not `required` is shown and counted, and does not make the daemon unready.
    """

    name: str
    run: Callable[[], Awaitable[Any]]
    required: bool = True


@define
class _State:
    ok: bool
    since: int
    reason: str = ""


class Health:
    """`/healthz` and `/readyz`. `draining` is asked each time: True makes the daemon unready."""

    def __init__(
        self,
        clock: IClock,
        checks: Sequence[Check],
        *,
        draining: Callable[[], bool] = lambda: False,
        listed: Sequence[str] = ("127.0.0.0/8", "::1/128"),
    ) -> None:
        self._clock = clock
        self._checks = list(checks)
        self._draining = draining
        self._listed = Listed(listed)
        self._states: dict[str, _State] = {}
        self._looked: float | None = None

    @route("GET", "/healthz", auth=False, quiet=True)
    async def alive(self, call: Call) -> Reply:
        """OPS-148: 200 while the reactor turns."""
        return Reply({"alive": True})

    @route("GET", "/readyz", auth=False, quiet=True)
    async def ready(self, call: Call) -> Reply:
        """OPS-148: 200, or 503 while a required part is not well or the daemon is leaving."""
        await self.look()
        draining = self._draining()
        well = not draining and all(
            self._states[check.name].ok for check in self._checks if check.required
        )
        body: dict[str, Any] = {"ready": well}
        if call.peer in self._listed:
            body["checks"] = [self._shown(check) for check in self._checks]
            if draining:
                body["draining"] = True
        return Reply(body, status=200 if well else 503)

    async def told(self) -> list[dict[str, Any]]:
        """Of each check: `{"check", "ok", "required", "since", "reason"}`, looked at now."""
        await self.look()
        return [
            {"check": shown.pop("name"), "reason": "", **shown}
            for shown in map(self._shown, self._checks)
        ]

    async def look(self) -> None:
        """Runs all checks at once, unless that was done within the last second."""
        now = self._clock.seconds()
        if self._looked is not None and 0 <= now - self._looked < CACHED:
            return
        found = await gather([self._run(check) for check in self._checks])
        self._looked = self._clock.seconds()
        for check, reason in zip(self._checks, found, strict=True):
            old = self._states.get(check.name)
            ok = not reason
            metrics.ready.labels(check.name).set(ok)
            if old is None or old.ok != ok:
                self._states[check.name] = _State(ok, micros(self._looked), reason)
            else:
                old.reason = reason

    async def _run(self, check: Check) -> str:
        async def run() -> None:
            await check.run()

        try:
            await within(self._clock, SLOWEST, run())
        except TimedOut:
            return f"no answer within {SLOWEST:g} s"
        except Exception as error:
            return str(error) or type(error).__name__
        return ""

    def _shown(self, check: Check) -> dict[str, Any]:
        state = self._states[check.name]
        shown = {
            "name": check.name,
            "ok": state.ok,
            "required": check.required,
            "since": iso_z(state.since),
        }
        return shown if state.ok else {**shown, "reason": state.reason}
