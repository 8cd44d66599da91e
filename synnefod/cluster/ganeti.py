"""The adapter: clusters in the services' words over `protocols/rapi`.

Note [Circuit breaker]. After several connection failures in a row a cluster's circuit opens: calls
fail at once with ClusterUnavailable for a pause that grows; then one call is let through as a
probe, and its success closes the circuit (ganeti.md 26.6). Refusals are answers, so they close it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from attrs import define, field
from twisted.logger import Logger

from synnefod.cluster import reading
from synnefod.cluster.interface import (
    Address,
    Capacity,
    ClusterInfo,
    ClusterRefused,
    ClusterUnavailable,
    Instance,
    InstanceUnknown,
    Job,
    Node,
)
from synnefod.common.clockwork import BackOff, IClock
from synnefod.common.errors import NotFound
from synnefod.common.ids import JobId
from synnefod.protocols.rapi.client import (
    Rapi,
    segment,
    tag_query,
)
from synnefod.protocols.rapi.errors import (
    RapiBusy,
    RapiDenied,
    RapiError,
    RapiLost,
    RapiMissing,
    RapiUnreachable,
)
from synnefod.protocols.rapi.jobs import depends as dependencies
from synnefod.protocols.rapi.jobs import reasons

log = Logger()
T = TypeVar("T")


class UnknownThere(NotFound):
    """The cluster has no such thing."""


@define
class Breaker:
    """Counts failures to connect; `refuse` says whether to try at all. Seconds of `clock`."""

    clock: IClock
    failures: int = 3
    pauses: BackOff = field(factory=lambda: BackOff(first=1.0, most=60.0, jitter=0.1))
    _row: int = field(default=0, init=False)
    _until: float = field(default=0.0, init=False)

    @property
    def open(self) -> bool:
        return self._row >= self.failures

    def refuse(self) -> float:
        """Seconds for which nothing is tried, 0 when a call may go through.

        The call that is let through an open circuit is its probe: the next ones wait again.
        """
        left = self._until - self.clock.seconds()
        if not self.open or left <= 0:
            if self.open:
                self._until = self.clock.seconds() + self.pauses.next()
            return 0.0
        return left

    def failed(self) -> None:
        self._row += 1
        if self.open:
            self._until = self.clock.seconds() + self.pauses.next()

    def answered(self) -> None:
        self._row = 0
        self.pauses.reset()


class GanetiCluster:
    """A Cluster over one RAPI client. See `interface.Cluster` for what the methods promise."""

    def __init__(self, address: Address, rapi: Rapi, breaker: Breaker, dry_run: bool) -> None:
        self.address = address
        self._rapi = rapi
        self._breaker = breaker
        self._dry_run = dry_run

    @property
    def reachable(self) -> bool:
        """False while the circuit is open."""
        return not self._breaker.open

    async def info(self) -> ClusterInfo:
        return reading.info(await self._get("/2/info"))

    async def features(self) -> list[str]:
        """What the cluster's RAPI can do; a creation needs `instance-create-reqv1` (GNT-031)."""
        return [str(feature) for feature in await self._get("/2/features")]

    async def capacity(self) -> Capacity:
        return reading.capacity(await self._get("/2/nodes", [("bulk", 1)]))

    async def nodes(self) -> list[Node]:
        return reading.nodes(await self._get("/2/nodes", [("bulk", 1)]))

    async def instances(self) -> list[Instance]:
        return reading.instances(await self._get("/2/instances", [("bulk", 1)]))

    async def instance(self, name: str) -> Instance:
        return reading.instance(await self._get(_instance(name), about=name))

    async def jobs(self) -> list[Job]:
        return await self._jobs(None)

    async def job(self, job: JobId) -> Job | None:
        found = await self.some_jobs([job])
        return found[0] if found else None

    async def some_jobs(self, jobs: Sequence[JobId]) -> list[Job]:
        # A pure "or" of numbers spares the cluster the listing of its queue (ganeti.md 26.1).
        return await self._jobs(["|", *(["=", "id", job] for job in jobs)]) if jobs else []

    async def _jobs(self, condition: Any) -> list[Job]:
        fields = list(reading.JOB_FIELDS)
        if condition is not None:
            fields.append(reading.ARCHIVED)
        body = {"fields": fields, "qfilter": condition}
        return reading.job_rows(await self._guard(lambda: self._rapi.ask("/2/query/job", body)))

    async def job_by_reason(self, reason: str) -> JobId | None:
        query = {"fields": ["id", "ops"]}
        answer = await self._guard(lambda: self._rapi.ask("/2/query/job", query))
        found = [
            int(row[0][1])
            for row in answer["data"]
            if any(reason in reasons(operation) for operation in row[1][1] or ())
        ]
        return JobId(max(found)) if found else None

    async def probe(self, *, reason: str) -> JobId:
        """Proves that the account may write: submits a change of nothing (GNT-158).

        Raises ClusterRefused for wrong credentials and for an account without `write`.
        """
        return await self._submit("PUT", "/2/modify", reason=reason, body={}, keeps_dry=False)

    async def heartbeat(self, tag: str, *, reason: str) -> JobId:
        query: list[tuple[str, str | int]] = [("tag", tag), ("dry-run", 1)]
        return await self._submit("PUT", "/2/tags", reason=reason, query=query, keeps_dry=False)

    async def os_names(self) -> list[str]:
        return sorted(str(name) for name in await self._get("/2/os"))

    async def rename(self, name: str, new: str, *, reason: str) -> JobId:
        body = {"new_name": new, "ip_check": False, "name_check": False}
        path = _instance(name, "/rename")
        return await self._submit("PUT", path, reason=reason, body=body, about=name)

    async def create(self, body: Mapping[str, Any], *, reason: str) -> JobId:
        return await self._submit("POST", "/2/instances", reason=reason, body=body)

    async def start(self, name: str, *, reason: str) -> JobId:
        return await self._submit("PUT", _instance(name, "/startup"), reason=reason, about=name)

    async def stop(self, name: str, *, reason: str, timeout: int | None = None) -> JobId:
        body = None if timeout is None else {"timeout": timeout}
        path = _instance(name, "/shutdown")
        return await self._submit("PUT", path, reason=reason, body=body, about=name)

    async def reboot(self, name: str, *, reason: str, shutdown_timeout: int | None = None) -> JobId:
        return await self._submit(
            "POST",
            _instance(name, "/reboot"),
            reason=reason,
            query=[("type", "hard")],
            body=_shutdown_timeout(shutdown_timeout),
            about=name,
        )

    async def remove(
        self,
        name: str,
        *,
        reason: str,
        shutdown_timeout: int | None = None,
        after: Sequence[JobId] = (),
    ) -> JobId:
        body: dict[str, Any] | None = _shutdown_timeout(shutdown_timeout)
        if after:
            body = {**(body or {}), "depends": dependencies(after, ("success",))}
        return await self._submit("DELETE", _instance(name), reason=reason, body=body, about=name)

    async def modify(self, name: str, body: Mapping[str, Any], *, reason: str) -> JobId:
        # Here a trial run is asked for in the body (GNT-022), unlike everywhere else.
        full = {**body, "dry_run": True} if self._dry_run else body
        path = _instance(name, "/modify")
        return await self._submit(
            "PUT", path, reason=reason, body=full, about=name, keeps_dry=False
        )

    async def grow_disk(self, name: str, disk: int, size: int, *, reason: str) -> JobId:
        body = {"amount": size, "absolute": True}
        path = _instance(name, f"/disk/{disk}/grow")
        return await self._submit("POST", path, reason=reason, body=body, about=name)

    async def snapshot(
        self, name: str, disks: Sequence[tuple[str, Mapping[str, Any]]], *, reason: str
    ) -> JobId:
        body = {"disks": [[disk, dict(given)] for disk, given in disks]}
        path = _instance(name, "/snapshot")
        return await self._submit("PUT", path, reason=reason, body=body, about=name)

    async def add_tags(self, name: str, tags: Sequence[str], *, reason: str) -> JobId:
        """Submits OP_TAGS_SET; `tags` are in Ganeti's own alphabet (ganeti.md 9)."""
        path = _instance(name, "/tags")
        return await self._submit("PUT", path, reason=reason, query=tag_query(tags), about=name)

    async def remove_tags(self, name: str, tags: Sequence[str], *, reason: str) -> JobId:
        path = _instance(name, "/tags")
        return await self._submit("DELETE", path, reason=reason, query=tag_query(tags), about=name)

    async def networks(self) -> list[Mapping[str, Any]]:
        return list(await self._get("/2/networks", [("bulk", 1)]))

    async def groups(self) -> list[str]:
        return [str(group["name"]) for group in await self._get("/2/groups")]

    async def create_network(self, body: Mapping[str, Any], *, reason: str) -> JobId:
        return await self._submit("POST", "/2/networks", reason=reason, body=body, keeps_dry=False)

    async def connect_network(self, name: str, body: Mapping[str, Any], *, reason: str) -> JobId:
        path = f"/2/networks/{segment(name)}/connect"
        return await self._submit("PUT", path, reason=reason, body=body, keeps_dry=False)

    async def disconnect_network(self, name: str, group: str, *, reason: str) -> JobId:
        path = f"/2/networks/{segment(name)}/disconnect"
        body = {"group_name": group}
        return await self._submit("PUT", path, reason=reason, body=body, keeps_dry=False)

    async def remove_network(
        self, name: str, *, reason: str, depends: Sequence[JobId] = ()
    ) -> JobId:
        path = f"/2/networks/{segment(name)}"
        body = {"depends": dependencies(depends)} if depends else {}
        return await self._submit("DELETE", path, reason=reason, body=body, keeps_dry=False)

    async def _get(
        self, path: str, query: Sequence[tuple[str, str | int]] = (), about: str | None = None
    ) -> Any:
        return await self._guard(lambda: self._rapi.get(path, query), about)

    async def _submit(
        self,
        method: str,
        path: str,
        *,
        reason: str,
        query: Sequence[tuple[str, str | int]] = (),
        body: Mapping[str, Any] | None = None,
        about: str | None = None,
        keeps_dry: bool = True,
    ) -> JobId:
        dry_run = self._dry_run and keeps_dry
        job = await self._guard(
            lambda: self._rapi.submit(
                method, path, reason=reason, query=query, body=body, dry_run=dry_run
            ),
            about,
        )
        log.debug(
            "{cluster}: job {job} is {method} {path}",
            cluster=self.address.cluster,
            job=job,
            method=method,
            path=path,
        )
        return JobId(job)

    async def _guard(self, work: Callable[[], Awaitable[T]], about: str | None = None) -> T:
        """Runs one call behind the breaker and puts failures in the services' words."""
        name = self.address.cluster
        left = self._breaker.refuse()
        if left:
            raise ClusterUnavailable(
                f"Cluster {name} did not answer lately; it is tried again in {left:.0f} s."
            )
        try:
            result = await work()
        except (RapiUnreachable, RapiLost, RapiBusy) as error:
            self._breaker.failed()
            raise ClusterUnavailable(
                f"Cluster {name} does not answer.", details=str(error)
            ) from None
        except RapiMissing as error:
            self._breaker.answered()
            if about is not None:
                raise InstanceUnknown(f"Cluster {name} has no instance '{about}'.") from None
            raise UnknownThere(f"Cluster {name}: {error.message}") from None
        except RapiDenied as error:
            self._breaker.answered()
            raise ClusterRefused(
                f"Cluster {name} refuses the credentials of '{self.address.username}'.",
                details=str(error),
            ) from None
        except RapiError as error:
            self._breaker.answered()
            raise ClusterRefused(
                f"Cluster {name} refused: {error.message}", details=str(error)
            ) from None
        self._breaker.answered()
        return result


def _instance(name: str, rest: str = "") -> str:
    return f"/2/instances/{segment(name)}{rest}"


def _shutdown_timeout(seconds: int | None) -> dict[str, Any] | None:
    # Ganeti 3.0 reads it from the body alone; in the query it is ignored.
    return None if seconds is None else {"shutdown_timeout": seconds}
