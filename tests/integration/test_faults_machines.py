"""Real daemons killed at any moment, with their broker and database: in the end all agrees.

The seed of the moments is printed; `SYNNEFOD_TEST_SEEDS=7` chooses another one.
"""

import json
import os
import random
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg2
from twisted.trial.unittest import SynchronousTestCase

from synnefod.compute.interface import Operstate
from synnefod.protocols.rapi.jobs import reasons
from tests.harness import ganeti, postgres, rabbitmq
from tests.harness.daemon import CommandFailed, Daemon, eventually
from tests.integration import journey

Rows = Callable[[str], list[tuple[Any, ...]]]
REAL = ("SYNNEFOD_TEST_POSTGRES", "SYNNEFOD_TEST_RABBITMQ", "SYNNEFOD_TEST_GANETI")
NOVA = "/cyclades/compute/v2.1"
MIB, GIB = 1 << 20, 1 << 30


def jobs_by_reason(folders: list[Path]) -> Counter[str]:
    """How many jobs of these queues carry each reason; archived ones too."""
    found: Counter[str] = Counter()
    for folder in folders:
        for path in [*folder.glob("job-*"), *folder.glob("archive/*/job-*")]:
            if path.name.removeprefix("job-").isdigit():
                job = json.loads(path.read_bytes())
                found.update({text for op in job["ops"] for text in reasons(op["input"])})
    return found


def differences(rows: Rows, jobs: Counter[str], running: dict[str, bool], prefix: str) -> list[str]:
    """What of the promise is broken. `running`: the clusters' instances."""
    wrong = []
    sums: Counter[str] = Counter()
    living = {}
    for number, word, task, serial, cpu, ram in rows(
        "select s.id, s.operstate, s.task, s.serial, f.cpu, f.ram from servers s"
        " join flavors f on f.id = s.flavor where s.deleted = 0"
    ):
        state, name = Operstate(word), f"{prefix}{number}"
        living[number] = state
        sums["cyclades.vm"] += 1
        sums["cyclades.total_cpu"] += cpu
        sums["cyclades.total_ram"] += ram * MIB
        if state.counted:
            sums["cyclades.cpu"] += cpu
            sums["cyclades.ram"] += ram * MIB
        if task or serial is not None:
            wrong.append(f"server {number} waits: {task} {serial}")
        there = running.pop(name, None)
        if there is not {Operstate.STARTED: True, Operstate.STOPPED: False}.get(state):
            wrong.append(f"server {number} is {word}, its instance runs: {there}")
    wrong += [f"instance {name} belongs to nobody" for name in running]
    for number, server, size, status in rows(
        "select id, server, size, status from volumes where deleted = 0"
    ):
        sums["cyclades.disk"] += size * GIB
        if server not in living or (living[server] is not Operstate.ERROR and status != "IN_USE"):
            wrong.append(f"volume {number} of server {server} is {status}")
    for holder, resource, low, high in rows(
        "select holder, resource, usage_min, usage_max from holdings"
        " where resource like 'cyclades.%' and usage_min + usage_max > 0"
    ):
        if not low == high == sums[resource]:
            wrong.append(f"{holder} {resource} is {low}..{high}, not {sums[resource]}")
    wrong += [f"commission {row} waits" for row in rows("select serial, name from commissions")]
    wrong += [f"early event {row}" for row in rows("select server, job from early_events")]
    for number, state, job, action, server in rows(
        "select id, state, job, action, server from outbox"
    ):
        count = jobs[f"synnefod:{number}"]
        if state == "waiting" or count > 1 or (job is not None and count != 1):
            wrong.append(f"{action} of {server} ({state}, job {job}) was sent {count} times")
    ports = Counter(row[0] for row in rows("select server from ports where device_owner = 'vm'"))
    if ports != Counter(living.keys()):
        wrong.append(f"ports of {ports}, servers {sorted(living)}")
    given = rows("select count(*) from ip_addresses where version = 4")[0][0]
    out = rows("select sum(next - first) - (select count(*) from ip_released) from ip_pools")[0][0]
    if not given == out == len(living):
        wrong.append(f"{given} addresses, {out} taken from pools, {len(living)} servers")
    return wrong


class Faults(SynchronousTestCase):
    """What both kinds of deployment share: asking, killing, settling."""

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-faults-"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.dice = random.Random(int(os.environ.get("SYNNEFOD_TEST_SEEDS", "1").split(",")[0]))
        self.accepted = 0

    def call(self, method: str, path: str, body: Any = None, user: str = "demo") -> Any:
        """The decoded answer; an error's status; None when nobody answered."""
        data = None if body is None else json.dumps(body).encode()
        token = self.daemon.account(user)["SYNNEFO_TOKEN"]
        headers = {"X-Auth-Token": token, "Content-Type": "application/json"}
        request = Request(self.daemon.url + NOVA + path, data, headers, method=method)
        try:
            with urlopen(request, timeout=30) as answer:
                raw = answer.read()
        except HTTPError as error:
            return error.code
        except OSError:
            return None
        return json.loads(raw) if raw else {}

    def ask(self) -> None:
        """One request of a user, chosen by chance."""
        listed = self.call("GET", "/servers/detail")
        found = listed["servers"] if isinstance(listed, dict) else []
        free = [each for each in found if each["status"] in ("ACTIVE", "SHUTOFF", "ERROR")]
        if len(found) < 3 or not free or self.dice.random() < 0.3:
            wanted = {"name": "s", "imageRef": self.image, "flavorRef": self.flavor}
            done = self.call("POST", "/servers", {"server": wanted})
        else:
            server = self.dice.choice(free)
            path = f"/servers/{server['id']}"
            kind = self.dice.choice(("os-stop", "os-start", "reboot", "delete", "delete"))
            if kind == "delete":
                done = self.call("DELETE", path)
            else:
                value = {"type": "HARD"} if kind == "reboot" else None
                done = self.call("POST", path + "/action", {kind: value})
        self.accepted += isinstance(done, dict)

    def choose(self) -> None:
        self.image = self.call("GET", "/images")["images"][0]["id"]
        flavors = self.call("GET", "/flavors/detail")["flavors"]
        self.flavor = min(flavors, key=lambda each: (each["ram"], each["disk"]))["id"]

    def storm(self, asks: int, trouble: dict[int, Callable[[], None]], kills: float) -> int:
        """Asks, and kills the daemon now and then; how often it was killed."""
        killed = 0
        for number in range(asks):
            self.ask()
            trouble.get(number, lambda: None)()
            if self.dice.random() < kills:
                time.sleep(self.dice.uniform(0.0, 0.6))
                self.daemon.kill()
                self.daemon.start()
                killed += 1
            else:
                time.sleep(self.dice.uniform(0.0, 0.5))
        return killed

    def settle(self, rows: Rows) -> None:
        """Waits until nothing is under way, and lets the administrator compare: the first round
        may meet what still moves, after the second nothing may remain."""

        def still() -> bool:
            waiting = rows("select count(*) from outbox where state = 'waiting'")[0][0]
            tasks = rows("select count(*) from servers where deleted = 0 and task <> ''")[0][0]
            return not waiting and not tasks

        eventually("nothing is under way", still, within=150)
        for last in (False, True):
            try:
                self.daemon.manage("reconcile-servers", "--fix-all", "--fix-orphans")
            except CommandFailed as failed:
                print(str(failed)[:600])
                if last:
                    raise
            time.sleep(2.0)
            eventually("nothing is under way", still, within=60)


class Embedded(Faults):
    """SQLite, a bus in the process, two simulated clusters."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        path = next(self.daemon.state.glob("*.sqlite*"), self.daemon.state / "synnefod.db")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as raw:
            return raw.execute(sql).fetchall()

    def test_a_daemon_killed_again_and_again_keeps_the_truth(self) -> None:
        """SIGKILL at any moment during thirty requests: rows, clusters and quota agree, each
        submission is one job. GNT-024, GNT-182."""
        settings = {
            "dispatcher": {"poll_fast": 0.5, "orphan_grace": 1.0},
            "ganeti": {"simulate": 2},
        }
        self.daemon = Daemon(self.folder / "daemon", settings)
        self.addCleanup(self.daemon.stop)
        self.daemon.start()
        self.choose()
        killed = self.storm(int(os.environ.get("SYNNEFOD_TEST_ASKS", "30")), {}, 0.25)
        self.settle(self.rows)
        self.daemon.stop()
        clusters = sorted((self.daemon.state / "ganeti").iterdir())
        running = {}
        for cluster in clusters:
            for path in (cluster / "instances").glob("*.json"):
                instance = json.loads(path.read_bytes())
                running[instance["name"]] = instance["running"]
        jobs = jobs_by_reason([cluster / "queue" for cluster in clusters])
        print(f"{killed} kills, {self.accepted} accepted, {len(running)} instances")
        self.assertGreater(killed, 2)
        self.assertEqual(differences(self.rows, jobs, running, "snf-"), [], self.daemon.tail(5))


class RealParts(Faults):
    """PostgreSQL and RabbitMQ of the test's own, and the given Ganeti cluster."""

    def setUp(self) -> None:
        super().setUp()
        for variable in REAL:
            if not os.environ.get(variable):
                self.skipTest(f"{variable} is not set")
        self.lab = Path(os.environ["SYNNEFOD_TEST_GANETI"].split(os.pathsep)[-1])
        self.cluster = ganeti.values(self.lab)
        self.prefix = f"f{os.urandom(3).hex()}-"
        self.broker, self.database = self.folder / "rabbitmq", self.folder / "postgres"
        url = rabbitmq.start(self.broker)["SYNNEFOD_TEST_RABBITMQ"]
        self.addCleanup(rabbitmq.stop, self.broker)
        self.port = postgres.free_port()
        self.dsn = postgres.start(self.database, self.port)["SYNNEFOD_TEST_POSTGRES"]
        self.addCleanup(postgres.stop, self.database)
        self.daemon = Daemon(self.folder / "daemon", self.settings(url))

    def settings(self, url: str) -> dict[str, dict[str, Any]]:
        second, third = self.prefix_bytes()
        return {
            "database": {"url": f"postgresql:{self.dsn}"},
            "bus": {"url": url, "exchange": f"ganeti-{self.prefix[:-1]}"},
            "ganeti": {
                "simulate": 0,
                "prefix": self.prefix,
                "bridge": "gnt-br0",
                "os": "snf-image+default",
                "hvparams": {},
            },
            "eventd": {
                "queues": [self.cluster["QUEUE_DIR"]],
                "cluster": self.cluster["CLUSTER"],
                "luxi": f"{self.lab}/node1/run/ganeti/socket/ganeti-query",
                "always_master": True,
            },
            # Ganeti refuses a second network over the same addresses.
            "bootstrap": {"network": f"10.{second}.{third}.0/24", "disk_template": "file"},
            "dispatcher": {"poll_fast": 2.0, "reconcile": 0, "orphan_grace": 1.0},
        }

    def prefix_bytes(self) -> tuple[int, int]:
        raw = os.urandom(2)
        return raw[0] % 250 + 1, raw[1] % 250 + 1

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.dsn)) as raw, raw.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    def instances(self) -> dict[str, bool]:
        text = journey.in_node(
            self.cluster, "gnt-instance", "list", "--no-headers", "--separator=:", "-o",
            "name,oper_state",
        )  # fmt: skip
        pairs = [line.strip().partition(":") for line in text.splitlines()]
        return {name: word == "Y" for name, _, word in pairs if name.startswith(self.prefix)}

    def sweep(self) -> None:
        """Leaves the cluster as it was found."""
        for name in self.instances():
            journey.in_node(
                self.cluster, "gnt-instance", "remove", "--force", "--shutdown-timeout=1", name
            )
        listed = journey.in_node(self.cluster, "gnt-network", "list", "--no-headers", "-o", "name")
        for name in listed.split():
            if name.startswith(self.prefix):
                journey.in_node(self.cluster, "gnt-network", "disconnect", name, "default")
                journey.in_node(self.cluster, "gnt-network", "remove", name)

    def restart_broker(self) -> None:
        rabbitmq.kill(self.broker)
        rabbitmq.restart(self.broker)

    def restart_database(self) -> None:
        postgres.stop(self.database)
        postgres.start(self.database, self.port)

    def test_killed_daemons_brokers_and_databases_lose_nothing(self) -> None:
        """The daemon and RabbitMQ are killed and PostgreSQL is restarted during fifteen requests:
        rows, the real cluster and quota agree, each submission is one job.

        GNT-024, GNT-182.
        """
        self.addCleanup(self.sweep)
        self.addCleanup(self.daemon.stop)
        self.daemon.start()
        self.daemon.manage(
            "backend-add", "--clustername", self.cluster["CLUSTER"], "--url",
            self.cluster["RAPI_URL"], "--user", self.cluster["RAPI_USER"], "--pass",
            self.cluster["RAPI_PASSWORD"], "--drained", "False",
        )  # fmt: skip
        self.choose()
        trouble = {4: self.restart_broker, 8: self.restart_database}
        killed = self.storm(15, trouble, 0.25)
        self.settle(self.rows)
        self.daemon.stop()
        running = self.instances()
        jobs = jobs_by_reason([Path(self.cluster["QUEUE_DIR"])])
        print(f"{killed} kills, {self.accepted} accepted, {len(running)} instances")
        self.assertEqual(differences(self.rows, jobs, running, self.prefix), [])
