"""The main job in real processes with real clients: on the embedded default, and on PostgreSQL,
RabbitMQ and Ganeti; with daemons and brokers killed in the middle."""

import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.harness import ganeti, rabbitmq
from tests.harness.daemon import Daemon, eventually, have
from tests.harness.database import empty_database
from tests.integration import journey

Settings = dict[str, dict[str, Any]]
CLIENTS = ("openstack", "swift", "rclone", "curl")
REAL = ("SYNNEFOD_TEST_POSTGRES", "SYNNEFOD_TEST_RABBITMQ", "SYNNEFOD_TEST_GANETI")


class Journeys(SynchronousTestCase):
    """A folder for each test; what the daemons said is shown when a test fails."""

    def setUp(self) -> None:
        for program in CLIENTS:
            if not have(program):
                self.skipTest(f"the client '{program}' is not installed")
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-journey-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def daemon(self, settings: Mapping[str, Mapping[str, Any]], name: str = "daemon") -> Daemon:
        daemon = Daemon(self.folder / name, settings)
        self.addCleanup(daemon.stop)
        daemon.start()
        return daemon


class Embedded(Journeys):
    """`make run`'s cloud: SQLite, a bus in the process, a simulated cluster."""

    def test_the_main_job(self) -> None:
        """A stranger signs in, stores, makes an image, runs a server, looks at it, cleans up.

        PIT-133, IMG-202, CMP-400.
        """
        journey.journey(self.daemon({}))

    def test_a_killed_daemon_finishes_its_servers_once(self) -> None:
        """SIGKILL while servers are being built: after a restart each becomes ACTIVE, and the
        cluster has each once. GNT-182."""
        daemon = self.daemon({"dispatcher": {"poll_fast": 0.5}})
        made = [make(daemon, f"s{number}") for number in range(4)]
        daemon.kill()
        daemon.start()
        for server in made:
            journey.wait_status(daemon, server, "ACTIVE")
        listed = daemon.openstack("server", "list")
        self.assertEqual(len(listed), 4)
        self.assertEqual(journey.usage(daemon)["cyclades.vm"], 4)
        for server in made:
            journey.delete_server(daemon, server)
        counted = journey.usage(daemon)
        self.assertEqual({counted[name] for name in counted}, {0})

    def test_sigterm_ends_the_daemon_in_order(self) -> None:
        """SIGTERM ends the process by itself, after it said that all its work is down."""
        daemon = self.daemon({})
        code = daemon.stop()
        self.assertEqual(code, 0, daemon.tail())
        self.assertIn('"event":"gone"', daemon.log.read_text())
        self.assertNotIn("Traceback", daemon.log.read_text())


def prefix_byte() -> int:
    return os.urandom(1)[0] % 250 + 1


def make(daemon: Daemon, name: str) -> str:
    """A server of the smallest flavor from the image of the first start; not waited for."""
    made = daemon.openstack(
        "server", "create", "--image", "hello", "--flavor", journey.smallest_flavor(daemon), name
    )
    return str(made["id"])


class RealParts(Journeys):
    """PostgreSQL, RabbitMQ and a real Ganeti cluster; blocks in a folder."""

    def setUp(self) -> None:
        super().setUp()
        for variable in REAL:
            if not os.environ.get(variable):
                self.skipTest(f"{variable} is not set")
        self.use_cluster(Path(os.environ["SYNNEFOD_TEST_GANETI"].split(os.pathsep)[-1]))
        self.broker = Path(os.environ["SYNNEFOD_TEST_RABBITMQ_DIR"])

    def use_cluster(self, folder: Path) -> None:
        self.cluster_folder = folder
        self.cluster = ganeti.values(folder)

    def settings(self, *, events: bool, poll: bool) -> Settings:
        dsn, drop = empty_database()
        self.addCleanup(drop)
        prefix = f"j{os.urandom(3).hex()}-"
        return {
            "database": {"url": f"postgresql:{dsn}"},
            "bus": {
                "url": os.environ["SYNNEFOD_TEST_RABBITMQ"],
                "exchange": f"ganeti-{prefix[:-1]}",
            },
            "ganeti": {
                "simulate": 0,
                "prefix": prefix,
                "bridge": "gnt-br0",
                "os": "snf-image+default",
                "hvparams": {},
                "node_addresses": ganeti.node_addresses(self.cluster_folder),
            },
            "eventd": {
                "queues": [self.cluster["QUEUE_DIR"]],
                "cluster": self.cluster["CLUSTER"],
                "luxi": f"{self.cluster_folder}/node1/run/ganeti/socket/ganeti-query",
                "always_master": True,
            },
            # Ganeti refuses a second network over the same addresses.
            "bootstrap": {
                "network": f"10.{prefix_byte()}.{prefix_byte()}.0/24",
                "disk_template": "file",
            },
            "volumes": {"detachable": ["file"]},
            "roles": {"eventd": events},
            "dispatcher": {
                "events": events,
                "poll": poll,
                "poll_fast": 0.5,
                "reconcile": 0,
            },
        }

    def cloud(self, *, events: bool = True, poll: bool = False) -> Daemon:
        daemon = self.daemon(self.settings(events=events, poll=poll))
        self.addCleanup(self.sweep, daemon)
        daemon.manage(
            "backend-add",
            "--clustername",
            self.cluster["CLUSTER"],
            "--url",
            self.cluster["RAPI_URL"],
            "--user",
            self.cluster["RAPI_USER"],
            "--pass",
            self.cluster["RAPI_PASSWORD"],
            "--drained",
            "False",
        )
        return daemon

    def instances(self, daemon: Daemon) -> list[str]:
        prefix = daemon.settings["ganeti"]["prefix"]
        listed = journey.in_node(self.cluster, "gnt-instance", "list", "--no-headers", "-o", "name")
        return [name for name in listed.split() if name.startswith(prefix)]

    def sweep(self, daemon: Daemon) -> None:
        """Leaves the cluster as it was found, also after a failure."""
        for name in self.instances(daemon):
            journey.in_node(
                self.cluster, "gnt-instance", "remove", "--force", "--shutdown-timeout=1", name
            )
        listed = journey.in_node(self.cluster, "gnt-network", "list", "--no-headers", "-o", "name")
        for name in listed.split():
            if name.startswith(daemon.settings["ganeti"]["prefix"]):
                journey.in_node(self.cluster, "gnt-network", "disconnect", name, "default")
                journey.in_node(self.cluster, "gnt-network", "remove", name)

    def test_the_main_job_by_events(self) -> None:
        """With polling off, every state arrives by job queue, eventd, RabbitMQ and dispatcher.

        GNT-080, GNT-101, GNT-122.
        """
        daemon = self.cloud(events=True, poll=False)
        journey.journey(daemon, console=False)
        self.assertEqual(self.instances(daemon), [])

    def test_a_real_machine_boots_and_its_console_opens(self) -> None:
        """On emulated KVM, the console of a booted image speaks RFB through our WebSocket.

        GNT-046.
        """
        if not os.environ.get("SYNNEFOD_TEST_KVM"):
            self.skipTest("SYNNEFOD_TEST_KVM is not set")
        self.use_cluster(Path(os.environ["SYNNEFOD_TEST_KVM"]))
        daemon = self.cloud()
        server = make(daemon, "screen")
        journey.wait_status(daemon, server, "ACTIVE")
        journey.open_console(daemon, server)

    def test_the_main_job_by_polling(self) -> None:
        """With the bus unused, every state arrives by asking the cluster. GNT-180."""
        daemon = self.cloud(events=False, poll=True)
        server = make(daemon, "polled")
        journey.wait_status(daemon, server, "ACTIVE")
        journey.delete_server(daemon, server)
        self.assertEqual(self.instances(daemon), [])

    def test_a_volume_outlives_its_servers_and_is_removed_at_last(self) -> None:
        """It is made on the cluster with the first server that takes it, stays when that server
        is deleted, goes to the next, leaves it, and a helper server removes it. GNT-033, GNT-044.
        """
        daemon = self.cloud()
        volume = str(daemon.openstack("volume", "create", "--size", "1", "data")["id"])
        first = make(daemon, "first")
        journey.wait_status(daemon, first, "ACTIVE")
        daemon.run("openstack", "server", "add", "volume", first, volume)
        self.wait_volume(daemon, volume, "in-use")
        kept = self.disks(daemon)
        self.assertEqual(len(kept), 2)
        journey.delete_server(daemon, first)
        self.wait_volume(daemon, volume, "available")
        self.assertEqual(self.instances(daemon), [])
        second = make(daemon, "second")
        journey.wait_status(daemon, second, "ACTIVE")
        daemon.run("openstack", "server", "add", "volume", second, volume)
        self.wait_volume(daemon, volume, "in-use")
        self.assertEqual(len(set(kept) & set(self.disks(daemon))), 1)
        daemon.run("openstack", "server", "remove", "volume", second, volume)
        self.wait_volume(daemon, volume, "available")
        self.assertEqual(set(kept) & set(self.disks(daemon)), set())
        daemon.run("openstack", "volume", "delete", volume)
        eventually(
            "it is gone",
            lambda: volume not in [each["ID"] for each in daemon.openstack("volume", "list")],
            within=240,
        )
        journey.delete_server(daemon, second)

    def wait_volume(self, daemon: Daemon, volume: str, status: str) -> None:
        def there() -> bool:
            return bool(daemon.openstack("volume", "show", volume)["status"] == status)

        eventually(f"the volume is {status}", there, within=240)

    def disks(self, daemon: Daemon) -> list[str]:
        """UUIDs of the disks of our instances."""
        fields = (
            "gnt-instance",
            "list",
            "--no-headers",
            "-o",
            "disk.uuids",
            *self.instances(daemon),
        )
        return journey.in_node(self.cluster, *fields).replace(",", " ").split()

    def test_a_daemon_killed_in_a_creation_finishes_it_once(self) -> None:
        """SIGKILL between the answer and the end of the job: one instance, one ACTIVE server.

        GNT-024, GNT-182.
        """
        daemon = self.cloud()
        server = make(daemon, "survivor")
        daemon.kill()
        daemon.start()
        journey.wait_status(daemon, server, "ACTIVE")
        self.assertEqual(len(self.instances(daemon)), 1)
        jobs = journey.in_node(
            self.cluster, "gnt-job", "list", "--no-headers", "-o", "summary"
        ).count(f"INSTANCE_CREATE({self.instances(daemon)[0]})")
        self.assertEqual(jobs, 1)
        journey.delete_server(daemon, server)

    def test_a_broker_killed_in_a_creation_loses_nothing(self) -> None:
        """RabbitMQ dies by SIGKILL while a server is being built, and comes back: the events that
        were waiting arrive. GNT-091, GNT-109."""
        daemon = self.cloud()
        server = make(daemon, "patient")
        rabbitmq.kill(self.broker)
        try:
            eventually("the job ends without a broker", lambda: self.instances(daemon), within=60)
            time.sleep(3)
        finally:
            rabbitmq.restart(self.broker)
        journey.wait_status(daemon, server, "ACTIVE")
        journey.delete_server(daemon, server)
        self.assertEqual(self.instances(daemon), [])
