"""What lists cost the database: as many statements for many things as for one."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.assembly import doors
from synnefod.resources.openapi.index import is_published
from synnefod.resources.root import tree
from synnefod.store.sqlite_tx import SqliteTx
from tests.harness.web import WebClient
from tests.unit.resources.ops.deployment import DEMO, Deployment

ADMIN = "admin@localhost"
NOVA, LEGACY = "/cyclades/compute/v2.1", "/cyclades/compute/v2.0"
NEUTRON, CINDER = "/cyclades/networking/v2.0", "/cyclades/volume/v3"
GLANCE, ACCOUNT = "/cyclades/image/v2", "/astakos/account/v1.0"
STREAMS = frozenset({"/cloud/v1/events"})
KEPT = 3
"""So many more of everything make no further statement."""
MUST_LIST = frozenset(
    {
        f"{NOVA}/servers/detail",
        f"{LEGACY}/servers/detail",
        f"{NEUTRON}/networks",
        f"{NEUTRON}/subnets",
        f"{NEUTRON}/ports",
        f"{NEUTRON}/security-groups",
        f"{CINDER}/volumes/detail",
        f"{GLANCE}/images",
        f"{NOVA}/os-keypairs",
        f"{ACCOUNT}/me/tokens",
    }
)
"""Lists that grow in the test."""


class Lists(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = cloud = Deployment(self)
        cloud.add_cluster()
        cloud.ask("backend-modify", backend=1, drained=False)
        clock = cloud.site.clock
        consoles = doors.consoles(cloud.config, cloud.house, clock)
        self.mounts = doors.mounts(cloud.config, cloud.house, clock, consoles)
        for mount in self.mounts:
            mount.gate = None
        self.web = WebClient(tree(self.mounts), clock=clock, pump=lambda: cloud.site.wait(0.05))
        self.tokens = {name: self.token(name) for name in (DEMO, ADMIN)}
        self.sent: list[str] = []
        real = SqliteTx._do

        async def counted(tx: SqliteTx, sql: str, *more: Any) -> Any:
            self.sent.append(sql)
            return await real(tx, sql, *more)

        self.patch(SqliteTx, "_do", counted)

    def token(self, name: str) -> str:
        user = self.cloud.now(self.cloud.house.identity.users.find(name))
        made, _ = self.cloud.now(self.cloud.house.identity.tokens.issue_api(user.id))
        return str(made)

    def make(self, path: str, body: Any, who: str = DEMO) -> Any:
        answer = self.web.post(path, headers={"X-Auth-Token": self.tokens[who]}, json=body)
        self.assertLess(answer.status, 300, answer.body.decode()[:500])
        return answer.json()

    def one_more(self, number: int) -> None:
        """Of everything."""
        name = f"thing{number}"
        made = self.make(f"{NEUTRON}/networks", {"network": {"name": name}})
        network = made["network"]["id"]
        wanted = {"network_id": network, "ip_version": 4, "cidr": f"10.{number}.0.0/24"}
        self.make(f"{NEUTRON}/subnets", {"subnet": wanted})
        self.make(f"{NEUTRON}/ports", {"port": {"network_id": network, "name": name}})
        self.make(f"{NEUTRON}/security-groups", {"security_group": {"name": name}})
        self.make(f"{NOVA}/os-keypairs", {"keypair": {"name": name}})
        image = {"name": name, "disk_format": "raw", "container_format": "bare", "os": "debian"}
        self.make(f"{GLANCE}/images", image)
        self.make(f"{CINDER}/volumes", {"volume": {"name": name, "size": 1}})
        self.make(f"{ACCOUNT}/me/tokens", {"label": name})
        server = {
            "name": name,
            "flavorRef": self.flavor,
            "imageRef": self.image,
            "networks": [{"uuid": network}],
            "metadata": {"role": name},
        }
        self.make(f"{NOVA}/servers", {"server": server})
        project = {"project": {"name": f"p{number}.example.org"}}
        self.make("/astakos/identity/v3/projects", project, ADMIN)
        self.make("/cloud/v1/notices", {"texts": {"en": name}}, ADMIN)

    def costs(self) -> dict[str, tuple[int, int]]:
        """Bytes and statements of each answer, asked a second time, by who asks and path."""
        found = {}
        for who, token in self.tokens.items():
            for path in self.paths():
                for _ in range(2):
                    self.sent.clear()
                    answer = self.web.get(path, headers={"X-Auth-Token": token})
                if answer.status == 200:
                    found[f"{who} {path}"] = (len(answer.body), len(self.sent))
        return found

    def paths(self) -> list[str]:
        """Every GET of an API whose path names no thing."""
        return sorted(
            {
                mount.path + (made.path if made.path != "/" else "")
                for mount in self.mounts
                if is_published(mount)
                for made, _ in mount.routes
                if "GET" in made.methods and "<" not in made.path
            }
            - STREAMS
        )

    def test_a_longer_list_costs_no_more_statements(self) -> None:
        """Of every list of every mount, for its owner and for an administrator: a list of four
        takes as many statements as a list of one."""
        headers = {"X-Auth-Token": self.tokens[DEMO]}
        self.flavor = self.web.get(f"{NOVA}/flavors", headers=headers).json()["flavors"][0]["id"]
        self.image = self.web.get(f"{GLANCE}/images", headers=headers).json()["images"][0]["id"]
        self.one_more(1)
        few = self.costs()
        for number in range(2, 2 + KEPT):
            self.one_more(number)
        many = self.costs()
        grown = {what for what, (size, _) in many.items() if size > few[what][0]}
        self.assertEqual({f"{DEMO} {path}" for path in MUST_LIST} - grown, set())
        dearer = {
            what: (few[what][1], cost) for what, (_, cost) in many.items() if cost > few[what][1]
        }
        self.assertEqual(dearer, {}, "\n".join(f"{k}: {v}" for k, v in dearer.items()))
