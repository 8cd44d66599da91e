"""A daemon with a little of everything in it, and a judge for each answer to bad input."""

import re
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg2

from tests.harness import mounts
from tests.harness.daemon import Daemon, eventually
from tests.harness.dialects import complaint
from tests.harness.mounts import Place
from tests.harness.nasty import encode
from tests.harness.wire import Answer, Wire

EXCUSED = frozenset({501, 503, 507})
"""What the contract lets a server say of itself; anything else from 500 on is a defect."""
KEPT = (
    "servers",
    "volumes",
    "ports",
    "networks",
    "subnets",
    "keypairs",
    "flavors",
    "backends",
    "users",
    "projects",
    "memberships",
    "commissions",
    "provisions",
    "app_credentials",
    "storage_nodes",
    "storage_versions",
    "storage_maps",
    "storage_policies",
    "storage_groups",
    "storage_permissions",
    "server_actions",
    "server_metadata",
    "server_secrets",
    "outbox",
)
"""Tables in which a refused request leaves no row."""


class Besieged:
    """The running daemon, who asks, and everything found wrong so far in `wrongs`."""

    def __init__(self, folder: Path, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self.daemon = Daemon(folder, settings)
        self.wrongs: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.wire = Wire(("127.0.0.1", self.daemon.port))
        self.control = Wire(str(self.daemon.state / "manage.sock"))

    def begin(self) -> None:
        """Starts, and makes a server, a keypair and an object of demo's."""
        self.daemon.start()
        self.user = self.daemon.account()["SYNNEFO_USER_ID"]
        self.token = self.daemon.account()["SYNNEFO_TOKEN"]
        self.admin_token = self.daemon.account("admin")["SYNNEFO_TOKEN"]
        self.places, self.verbs = mounts.of_daemon(self.daemon.folder / "at-rest")
        nova = "/cyclades/compute/v2.1"
        flavor = self.ask("GET", f"{nova}/flavors").json()["flavors"][0]["id"]
        image = self.ask("GET", "/cyclades/image/v2/images").json()["images"][0]["id"]
        network = self.ask("GET", "/cyclades/networking/v2.0/networks").json()["networks"][0]["id"]
        made = self.ask(
            "POST",
            f"{nova}/servers",
            body={"server": {"name": "wall", "flavorRef": flavor, "imageRef": image}},
        )
        server = made.json()["server"]["id"]
        self.ask("POST", f"{nova}/os-keypairs", body={"keypair": {"name": "gate"}})
        self.ask("PUT", f"/pithos/object-store/v1/{self.user}/box", raw=b"")
        self.ask("PUT", f"/pithos/object-store/v1/{self.user}/box/thing", raw=b"a thing")
        eventually(
            "the server runs",
            lambda: (
                self.ask("GET", f"{nova}/servers/{server}").json()["server"]["status"] == "ACTIVE"
            ),
        )
        self.values = {
            "server": str(server),
            "flavor": str(flavor),
            "image": str(image),
            "number": str(network),
            "network": str(network),
            "project": self.user,
            "user": self.user,
            "name": "gate",
            "serial": "1",
            "rest": f"{self.user}/box/thing",
        }

    def stranger(self) -> str:
        """A token of an ordinary user made now."""
        person: dict[str, Any] = {
            "email": "eve@localhost",
            "first": "E",
            "last": "Ve",
            "password": "tresp4sser-",
        }
        person |= {"accept": True}
        made = self.ask("POST", "/v1/user-add", body=person, control=True)
        assert made.status < 300, made
        user = {"name": person["email"], "domain": {"id": "default"}}
        password = {"user": {**user, "password": person["password"]}}
        asked = {"auth": {"identity": {"methods": ["password"], "password": password}}}
        signed = self.ask("POST", "/v3/auth/tokens", body=asked, token="")
        assert signed.status == 201, signed
        return signed.headers["x-subject-token"]

    def end(self) -> None:
        self.wire.close()
        self.control.close()
        self.daemon.stop()

    def filled(self, place: Place, **other: str) -> str:
        """The route's path with real ids where there are some, and `other` instead where given."""
        usual = self.values | place.choices
        values = {part: usual.get(part, "1") for part in place.parts} | other
        return place.target(values)

    def ask(
        self,
        method: str,
        target: str,
        *,
        body: Any = None,
        raw: bytes | None = None,
        token: str | bytes | None = None,
        headers: Mapping[str, str | bytes] | None = None,
        control: bool = False,
    ) -> Answer:
        told: dict[str, str | bytes] = {"X-Auth-Token": self.token if token is None else token}
        data = encode(body) if body is not None else raw
        if data is not None:
            told["Content-Type"] = "application/json"
        wire = self.control if control else self.wire
        answer = wire.exchange(method, target, told | dict(headers or {}), data)
        self.statuses[answer.status] += 1
        return answer

    def judge(self, place: Place, what: str, answer: Answer, *, refused: bool = False) -> None:
        """Notes what is wrong with an answer to bad input. `refused`: a success is wrong, too."""
        status, wrong = answer.status, ""
        if status >= 500 and status not in EXCUSED:
            wrong = f"status {status} {answer.body[:200]!r}"
        elif refused and status < 400:
            wrong = f"accepted with {status} {answer.body[:100]!r}"
        elif "x-openstack-request-id" not in answer.headers:
            wrong = f"{status} without a request id"
        elif status >= 400 and answer.body:
            wrong = complaint(answer, place.dialect)
        if wrong:
            self.wrongs[f"{place}: {what[:160]}: {wrong[:400]}"] += 1

    def try_raw(self, place: Place, target: str, raw: bytes | None, **options: Any) -> Answer:
        """Asks with a body as it is and judges the answer."""
        answer = self.ask(place.method, target, raw=raw, **options)
        shown = repr(raw[:150]) if raw is not None else target[:150]
        self.judge(place, shown, answer)
        return answer

    def counts(self) -> dict[str, int]:
        """Rows by table, as the database has them now."""
        url = str(self.daemon.settings.get("database", {}).get("url", ""))
        database: Any
        if url.startswith("postgresql:"):
            database = psycopg2.connect(url.removeprefix("postgresql:"))
        else:
            source = f"file:{self.daemon.state / 'synnefod.db'}?mode=ro"
            database = sqlite3.connect(source, uri=True, timeout=20)
        try:
            cursor = database.cursor()
            found = {}
            for table in KEPT:
                cursor.execute(f"SELECT count(*) FROM {table}")
                found[table] = int(cursor.fetchone()[0])
            return found
        finally:
            database.close()

    def traces(self) -> list[str]:
        """What the log holds that only a defect writes."""
        text = self.daemon.log.read_text("utf-8", "replace")
        marks = re.compile(
            r"Traceback|unexpected failure|Unhandled|\"level\": ?\"(?:critical|error)\""
        )
        return [line[:3000] for line in text.splitlines() if marks.search(line)]

    def still_answers(self) -> None:
        self.daemon.wait_ready()

    def verdict(self) -> str:
        """Everything wrong, one a line; "" when all is well."""
        time.sleep(0.1)
        lines = [f"{count} x {text}" for text, count in self.wrongs.most_common()]
        return "\n".join(lines + self.traces())
