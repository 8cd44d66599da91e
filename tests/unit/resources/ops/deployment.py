"""A whole deployment in memory: all services, one simulated cluster, and the control socket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.transport import Failure, read_answer
from synnefod.assembly import doors, firststart, services
from synnefod.assembly.supports import Supports
from synnefod.blocks.filesystem import FilesystemBlocks
from synnefod.blocks.memory import MemoryBlocks
from synnefod.common.skew import Clocks
from synnefod.common.threads import InlineThreads
from synnefod.config import Config
from synnefod.config.sections import Bootstrap, Ganeti, Server
from synnefod.identity.endpoints import MountedCatalogue
from synnefod.mail.folder import FolderMailer
from synnefod.protocols.amqp.memory import MemoryBus
from synnefod.resources.auditing import Auditing
from synnefod.resources.ops.control import control_mount, control_nouns
from synnefod.resources.root import tree
from tests.harness.database import memory_store
from tests.harness.simulated import SimulatedSite
from tests.harness.web import WebClient

CLUSTER = "one.localhost"
DEMO = "demo@localhost"


class Deployment:
    """Prepared as at a first start: admin@localhost, demo@localhost, flavors, a network, an image.

    It is a transport of the command too.
    """

    def __init__(self, case: SynchronousTestCase, *, files: bool = False, **sections: Any) -> None:
        """`sections` of the settings that are not the usual ones; with `files` the blocks are in
        a folder."""
        folder = Path(case.mktemp())
        folder.mkdir()
        self.site = SimulatedSite(case, folder / "ganeti")
        clock = self.site.clock
        threads = InlineThreads()
        config = Config(
            server=Server(state=str(folder)),
            **({"ganeti": Ganeti(simulate=0), "bootstrap": Bootstrap(enabled=True)} | sections),
        )
        self.config = config
        supports = self.supports = Supports(
            threads=threads,
            store=memory_store(case, clock),
            blocks=FilesystemBlocks(folder / "blocks", threads, clock) if files else MemoryBlocks(),
            bus=MemoryBus(clock),
            clusters=self.site.clusters,
            clocks=Clocks(),
            mailer=FolderMailer(folder / "mail", "cloud@localhost", clock, threads),
            simulators=(),
            secret=b"s" * 32,
            answers=self._answers,
        )
        self.house = services.build(
            config, clock, supports, MountedCatalogue(doors.endpoints(config))
        )
        self.now(self.house.objects.prepare())
        self.now(firststart.run(config, self.house, "http://cloud.example.org"))
        mount = control_mount(control_nouns(self.house))
        mount.auditing = Auditing(self.house.recorder, local=True)
        self.client = WebClient(tree([mount]), clock=clock, pump=lambda: self.site.wait(0.05))

    async def _answers(self, address: str) -> bool:
        return address.startswith("http://good.")

    def now(self, work: Any) -> Any:
        """The result of a coroutine, time passing as it needs."""
        return self.site.result(work)

    def call(
        self, verb: str, body: Any, *, rehearse: bool = False, log: str = ""
    ) -> dict[str, Any]:
        """As the command's transport: the answer, or Failure."""
        headers = {"X-Synnefo-Dry-Run": "1"} if rehearse else {}
        headers |= {"X-Synnefo-Log": log} if log else {}
        answer = self.client.post(f"/v1/{verb}", json=dict(body), headers=headers)
        return read_answer(answer.status, answer.body)

    def ask(self, verb: str, **body: Any) -> dict[str, Any]:
        return self.call(verb, body)

    def refusal(self, verb: str, **body: Any) -> tuple[int, str]:
        """Exit code and text with which a verb is refused."""
        try:
            answer = self.call(verb, body)
        except Failure as error:
            return error.code, str(error)
        raise AssertionError(f"{verb} was not refused: {answer}")

    def add_cluster(self, **more: Any) -> dict[str, Any]:
        """Registers the simulated cluster; its row."""
        cluster = self.site.cluster(CLUSTER)
        given = {
            "clustername": CLUSTER,
            "url": self.site.url(CLUSTER),
            "user": cluster.username,
            "password": cluster.password,
            **more,
        }
        row: dict[str, Any] = self.ask("backend-add", **given)["row"]
        return row
