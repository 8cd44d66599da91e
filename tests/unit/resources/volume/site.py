"""A whole deployment in memory behind its volume, image, compute and storage doors."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.cluster.facts import facts
from synnefod.cluster.interface import JobEvent, NetworkEvent
from synnefod.common.errors import Unauthenticated
from synnefod.common.ids import BackendId, ProjectId
from synnefod.common.principal import Principal
from synnefod.quota.interface import DISK, DISKSPACE, user_holder
from synnefod.resources.compute.mounts import mounts as compute_mounts
from synnefod.resources.door import Mount
from synnefod.resources.image.mounts import image_mounts
from synnefod.resources.objects.pithos.asking import Settings
from synnefod.resources.objects.pithos.mount import PithosStore
from synnefod.resources.root import tree
from synnefod.resources.volume.mounts import volume_mounts
from synnefod.resources.volume.snapshots import SnapshotRules
from synnefod.store.interface import Tx
from tests.harness.web import Answer, WebClient
from tests.unit.resources.ops.deployment import DEMO, Deployment

V3 = "/cyclades/volume/v3"
OLD = "/cyclades/volume/v2.0"
NOVA = "/cyclades/compute/v2.1"
CYCLADES = "/cyclades/compute/v2.0"
GLANCE = "/cyclades/image/v2"
PITHOS = "/pithos/object-store/v1"
GIB = 1 << 30


class VolumeSite(SynchronousTestCase):
    """`demo`, `admin` and `other` are tokens; disks are of ext_archipelago; one cluster."""

    rules = SnapshotRules()
    sections: dict[str, Any] = {}
    """Settings that are not the usual ones."""

    def setUp(self) -> None:
        self.cloud = Deployment(self, **self.sections)
        self.house = self.cloud.house
        self.now = self.cloud.now
        number = self.cloud.add_cluster()["id"]
        self.cloud.ask("backend-modify", backend=number, drained=False)
        self.backend = BackendId(number)
        self.people = {
            "demo": self.person(DEMO),
            "admin": self.person("admin@localhost", admin=True),
        }
        self.people["other"] = Principal(
            self.people["admin"].user,
            "other",
            self.people["admin"].project,
            self.people["admin"].projects,
        )
        self.demo = self.people["demo"]
        self.heard: dict[int, str] = {}
        self.web = self.client()

    def client(self) -> WebClient:
        compute, clock = self.house.compute.compute, self.cloud.site.clock
        mounts = [
            *volume_mounts(
                self.house.volumes,
                compute,
                self.house.images,
                self.house.projects,
                self,
                clock,
                self.rules,
                self.house.backends,
            ),
            *image_mounts(self.house.images, self),
            *compute_mounts(
                compute,
                clock,
                self,
                self.house.network,
                self.house.projects,
                self.house.backends,
                images=self.house.images,
            ),
            Mount(
                PITHOS,
                "pithos",
                [PithosStore(Settings(self.house.objects), self.house.identity)],
                self,
            ),
        ]
        return WebClient(
            tree(mounts), clock=clock, token="demo", pump=lambda: self.cloud.site.wait(0.05)
        )

    async def authenticate(self, token: str) -> Principal:
        """Tokens are names."""
        if token not in self.people:
            raise Unauthenticated("Invalid token")
        return self.people[token]

    def person(self, email: str, *, admin: bool = False) -> Principal:
        user = self.now(self.house.identity.users.find(email))
        own = ProjectId(user.id)
        return Principal(user.id, email, own, frozenset({own}), is_admin=admin)

    # -- asking

    def ask(self, method: str, path: str, json: Any = None, status: int = 200, **more: Any) -> Any:
        """The decoded answer, which has this status; None for an empty one."""
        answer: Answer = self.now(self.web.send(method, path, json=json, **more))
        self.assertEqual(answer.status, status, (method, path, json, answer.text))
        return answer.json() if answer.body else None

    def volume(self, **said: Any) -> int:
        """A volume of the demo user's by Cinder; its number."""
        body = {"volume": {"size": 1, "name": "data", **said}}
        return int(self.ask("POST", f"{V3}/volumes", body, 202)["volume"]["id"])

    def shown(self, volume: int) -> Any:
        """As the legacy dialect shows it, also deleted."""
        return self.ask("GET", f"{OLD}/volumes/{volume}")["volume"]

    def status(self, volume: int) -> str:
        return str(self.shown(volume)["status"])

    # -- the cluster

    def server(self, *, stopped: bool = False, **said: Any) -> int:
        """A server of the demo user's that runs, or is stopped."""
        image = self.ask("GET", f"{GLANCE}/images?status=active")["images"][-1]["id"]
        flavor = self.ask("GET", f"{NOVA}/flavors")["flavors"][0]["id"]
        body = {"name": "a1", "imageRef": image, "flavorRef": flavor, "networks": "none", **said}
        made = self.ask("POST", f"{NOVA}/servers", {"server": body}, 202)["server"]
        number = int(made["id"])
        self.follow()
        if stopped:
            self.ask("POST", f"{NOVA}/servers/{number}/action", {"os-stop": None}, 202)
            self.follow()
        return number

    def root_of(self, server: int) -> int:
        answer = self.ask("GET", f"{CYCLADES}/servers/{server}/os-volume_attachments")
        return int(answer["volumeAttachments"][0]["volumeId"])

    def follow(self) -> None:
        """Lets the cluster work and tells of it, until nothing about servers is under way."""
        keeper = self.house.compute.keeper
        for _ in range(100):
            self.now(keeper.send_due())
            self.cloud.site.wait(1.0)
            self.now(self._tell())
            waiting = self.rows("select 1 from outbox where state = 'waiting'")
            if not waiting and not self.now(keeper.open_jobs()):
                return
        raise AssertionError("something stays under way")

    async def _tell(self) -> None:
        cluster = await self.house.backends.cluster(self.backend)
        name = cluster.address.cluster
        for job in sorted(await cluster.jobs(), key=lambda job: job.id):
            if self.heard.get(job.id) == job.status.value:
                continue
            self.heard[job.id] = job.status.value
            found = await cluster.job(job.id)
            assert found is not None
            seen = {instance.name: instance for instance in await cluster.instances()}
            for fact in facts(name, found, seen):
                if isinstance(fact, JobEvent):
                    await self.house.compute.keeper.feed(fact)
                elif isinstance(fact, NetworkEvent):
                    await self.house.network.apply(fact)

    @property
    def knobs(self) -> Any:
        return self.cloud.site.cluster().knobs

    def jobs(self, opcode: str) -> list[dict[str, Any]]:
        """The inputs of all such opcodes, in order."""

        async def found() -> list[dict[str, Any]]:
            cluster = await self.house.backends.cluster(self.backend)
            jobs = sorted(await cluster.jobs(), key=lambda job: job.id)
            return [dict(op) for job in jobs for op in job.ops if op["OP_ID"] == opcode]

        told: list[dict[str, Any]] = self.now(found())
        return told

    # -- rows

    def rows(self, sql: str, **more: Any) -> list[Any]:
        async def body(tx: Tx) -> Any:
            return await tx.all(sql, **more)

        found: list[Any] = self.now(self.house.images.objects.parts.store.read("look", body))
        return found

    def write(self, sql: str, **more: Any) -> None:
        async def body(tx: Tx) -> Any:
            return await tx.run(sql, **more)

        self.now(self.house.images.objects.parts.store.transact("change", body))

    def used(self, resource: str = DISK) -> int:
        """GiB that the demo user uses, pending changes left out; what is pending is nothing."""

        async def body(tx: Tx) -> Any:
            return await self.house.quota.holdings(tx, [user_holder(self.demo.user)])

        found = self.now(self.house.objects.parts.store.read("usage", body))
        mine = [each for each in found if each.resource == resource]
        self.assertEqual([each.pending for each in mine], [0] * len(mine))
        return sum(each.usage_max for each in mine) // GIB

    def limit(self, gib: int, resource: str = DISK) -> None:
        """The demo user's limit, in GiB, beside no usage of others."""
        holder = user_holder(self.demo.user)
        self.write(
            "update holdings set quota_limit = :limit where holder = :holder and resource = :name",
            limit=gib * GIB,
            holder=holder,
            name=resource,
        )

    def attach(self, server: int, volume: int) -> None:
        body = {"volumeAttachment": {"volumeId": str(volume)}}
        self.ask("POST", f"{NOVA}/servers/{server}/os-volume_attachments", body)
        self.follow()

    def detach(self, server: int, volume: int) -> None:
        path = f"{NOVA}/servers/{server}/os-volume_attachments/{volume}"
        self.ask("DELETE", path, status=202)
        self.follow()


__all__ = ["CYCLADES", "DISKSPACE", "GIB", "GLANCE", "NOVA", "OLD", "PITHOS", "V3", "VolumeSite"]
