"""What every Cluster does, whoever stands behind its RAPI: the simulator or a real Ganeti."""

from __future__ import annotations

import itertools
import os
import time
from typing import Any

from attrs import evolve
from twisted.internet import reactor, tcp

from synnefod.cluster.clusters import GanetiClusters
from synnefod.cluster.facts import facts
from synnefod.cluster.ganeti import GanetiCluster
from synnefod.cluster.interface import (
    Address,
    ClusterRefused,
    ClusterUnavailable,
    InstanceUnknown,
    Job,
    JobEvent,
    JobStatus,
)
from synnefod.common.clockwork import sleep
from synnefod.common.ids import BackendId, JobId
from synnefod.common.skew import Clocks
from synnefod.protocols.rapi.jobs import depends, outcome
from synnefod.protocols.rapi.vocabulary import CREATE

_numbers = itertools.count(1)
RUN = f"{os.getpid()}{int(time.time()) % 100000}"
NOBODY = 10**9


class ClusterContract:
    """Mixed into a trial TestCase. `connect()` gives the Address of an empty enough cluster, and
    `second()` that of another one. Names are new for every test; they are removed at the end."""

    async def connect(self) -> Address:
        raise NotImplementedError

    async def second(self) -> Address:
        raise NotImplementedError

    async def setUp(self) -> None:
        self.clocks = Clocks()
        self.clusters = GanetiClusters(reactor, clocks=self.clocks)
        self.address = await self.connect()
        self.cluster: GanetiCluster = self.clusters.ganeti(self.address)
        self.made: list[str] = []
        self.nets: list[str] = []
        # Trial runs clean-ups, last first, before tearDown; the cluster must still be there.
        self.addCleanup(self._closed)
        self.addCleanup(self._remove_all)

    async def test_its_clock_is_heard(self) -> None:
        """Each answer tells the cluster's time; here it is the same machine's (OPS-164)."""
        await self.cluster.info()
        self.assertEqual(self.clocks.ahead, {f"cluster {self.address.cluster}": 0.0})

    async def _remove_all(self) -> None:
        for name in self.made:
            try:
                await self.cluster.instance(name)
            except InstanceUnknown:
                continue
            await self.finish(
                await self.cluster.remove(name, reason=self.why(), shutdown_timeout=0)
            )
        for name in self.nets:
            shown = {each["name"]: each for each in await self.cluster.networks()}
            if name not in shown:
                continue
            for group in shown[name]["group_list"]:
                await self.finish(
                    await self.cluster.disconnect_network(name, group[0], reason=self.why())
                )
            await self.finish(await self.cluster.remove_network(name, reason=self.why()))

    async def _closed(self) -> None:
        """Trial wants the sockets gone, and the last ones still say goodbye over TLS."""
        for _ in range(100):
            if not any(isinstance(each, tcp.Client) for each in reactor.getReaders()):
                return
            await sleep(reactor, 0.02)

    # --- words of the tests ---

    def why(self) -> str:
        return f"synnefod:{RUN}-{next(_numbers)}"

    def fresh(self, prefix: str = "snf-") -> str:
        name = f"{prefix}{RUN}{next(_numbers)}"
        self.made.append(name)
        return name

    def body(self, name: str, **more: Any) -> dict[str, Any]:
        return {
            "__version__": 1,
            "mode": "create",
            "name": name,
            "os": "snf-image+default",
            "disk_template": "file",
            "disks": [{"name": f"{name}-vol", "size": 16}],
            "nics": [],
            "beparams": {"auto_balance": True, "vcpus": 1, "memory": 64},
            "hvparams": {},
            "osparams": {"img_id": "x", "img_format": "diskdump"},
            "wait_for_sync": False,
            "ip_check": False,
            "name_check": False,
            "opportunistic_locking": True,
            **more,
        }

    async def finish(self, number: JobId, cluster: GanetiCluster | None = None) -> Job:
        for _ in range(600):
            job = await (cluster or self.cluster).job(number)
            assert job is not None, f"job {number} is unknown"
            if job.status.final:
                return job
            await sleep(reactor, 0.1)
        raise AssertionError(f"job {number} does not end")

    async def succeed(self, number: JobId) -> Job:
        job = await self.finish(number)
        self.assertEqual(job.status, JobStatus.SUCCESS, job.op_result)
        return job

    async def made_instance(self, **more: Any) -> str:
        name = self.fresh()
        await self.succeed(await self.cluster.create(self.body(name, **more), reason=self.why()))
        return name

    async def made_network(self, prefix: str | None = "aa:00:13") -> str:
        name = f"snf-net-{RUN}{next(_numbers)}"
        self.nets.append(name)
        body = {
            "network_name": name,
            "network": "10.7.0.0/24",
            "gateway": "10.7.0.1",
            "network6": None,
            "gateway6": None,
            "mac_prefix": prefix,
            "add_reserved_ips": None,
            "conflicts_check": False,
            "tags": ["private-filtered", "nfdhcpd"],
        }
        added = await self.cluster.create_network(body, reason=self.why())
        for group in await self.cluster.groups():
            link = {
                "group_name": group,
                "network_mode": "bridged",
                "network_link": "gnt-br0",
                "conflicts_check": False,
                "depends": depends([added], ["success"]),
            }
            await self.succeed(await self.cluster.connect_network(name, link, reason=self.why()))
        return name

    # --- the facts ---

    async def test_info_names_the_cluster(self) -> None:
        """The cluster's own name, version and disk templates are read. GNT-010"""
        info = await self.cluster.info()
        self.assertEqual(info.name, self.address.cluster)
        self.assertTrue(info.version.startswith("3."))
        self.assertIn("file", info.disk_templates)
        self.assertIn("instance-create-reqv1", await self.cluster.features())

    async def test_capacity_sums_the_nodes(self) -> None:
        """Memory, disk and CPUs of usable nodes are summed."""
        capacity = await self.cluster.capacity()
        self.assertGreater(capacity.mtotal, 0)
        self.assertGreater(capacity.cpus, 0)
        self.assertLessEqual(capacity.mfree, capacity.mtotal)

    async def test_create_start_stop_reboot_remove(self) -> None:
        """An instance lives: created running, stopped, started, rebooted, removed.

        GNT-036, GNT-037
        """
        name = self.fresh()
        body = self.body(name, tags=["cyclades:user:web"])
        job = await self.succeed(await self.cluster.create(body, reason=self.why()))
        self.assertEqual(job.ops[0]["OP_ID"], "OP_INSTANCE_CREATE")
        self.assertIsNotNone(job.ended)
        shown = await self.cluster.instance(name)
        self.assertEqual((shown.running, shown.admin_state, shown.vcpus), (True, "up", 1))
        self.assertEqual(shown.memory, 64)
        self.assertEqual(shown.tags, ("cyclades:user:web",))
        self.assertEqual([(d.name, d.size) for d in shown.disks], [(f"{name}-vol", 16)])
        self.assertTrue(shown.disks[0].uuid)
        self.assertIn(name, [each.name for each in await self.cluster.instances()])

        await self.succeed(await self.cluster.stop(name, reason=self.why(), timeout=0))
        self.assertFalse((await self.cluster.instance(name)).running)
        await self.succeed(await self.cluster.start(name, reason=self.why()))
        self.assertTrue((await self.cluster.instance(name)).running)
        job = await self.succeed(
            await self.cluster.reboot(name, reason=self.why(), shutdown_timeout=0)
        )
        self.assertEqual(job.ops[0]["reboot_type"], "hard")
        self.assertEqual(job.ops[0]["shutdown_timeout"], 0)
        await self.succeed(await self.cluster.remove(name, reason=self.why(), shutdown_timeout=1))
        await self._raises(InstanceUnknown, self.cluster.instance(name))

    async def test_resize_changes_cpus_and_memory(self) -> None:
        """`beparams` of a stopped instance change. GNT-038"""
        name = await self.made_instance(start=False)
        beparams = {"vcpus": 2, "minmem": 96, "maxmem": 96}
        await self.succeed(
            await self.cluster.modify(name, {"beparams": beparams}, reason=self.why())
        )
        shown = await self.cluster.instance(name)
        self.assertEqual((shown.vcpus, shown.memory), (2, 96))

    async def test_disks_come_and_go_by_name(self) -> None:
        """A disk is added at the end and removed by its name. GNT-040"""
        name = await self.made_instance(start=False)
        add = {"disks": [["add", "-1", {"name": f"{name}-two", "size": 10}]]}
        await self.succeed(await self.cluster.modify(name, add, reason=self.why()))
        shown = await self.cluster.instance(name)
        self.assertEqual([(d.name, d.size) for d in shown.disks][1:], [(f"{name}-two", 12)])
        remove = {"disks": [["remove", f"{name}-two", {}]]}
        await self.succeed(await self.cluster.modify(name, remove, reason=self.why()))
        self.assertEqual(len((await self.cluster.instance(name)).disks), 1)

    async def test_a_disk_outlives_its_instance_and_goes_to_another(self) -> None:
        """Detached by name it is of no instance, which then goes without it; attached by name it
        is the same disk; what only external storage understands is refused. GNT-044"""
        first, second = await self.made_instance(start=False), await self.made_instance(start=False)
        disk = f"{first}-data"
        add = {"disks": [["add", "-1", {"name": disk, "size": 12}]]}
        await self.succeed(await self.cluster.modify(first, add, reason=self.why()))
        made = (await self.cluster.instance(first)).disks[1]
        detach = {"disks": [["detach", disk, {}]]}
        await self.succeed(await self.cluster.modify(first, detach, reason=self.why()))
        self.assertEqual(len((await self.cluster.instance(first)).disks), 1)
        await self.succeed(await self.cluster.remove(first, reason=self.why(), shutdown_timeout=1))
        reuse = {"disks": [["add", "-1", {"name": disk, "size": 12, "reuse_data": "True"}]]}
        job = await self.finish(await self.cluster.modify(second, reuse, reason=self.why()))
        self.assertEqual(job.status, JobStatus.ERROR)
        attach = {"disks": [["attach", "-1", {"name": disk}]]}
        await self.succeed(await self.cluster.modify(second, attach, reason=self.why()))
        self.assertEqual((await self.cluster.instance(second)).disks[1], made)
        again = await self.finish(await self.cluster.modify(second, attach, reason=self.why()))
        self.assertEqual(again.status, JobStatus.ERROR)
        remove = {"disks": [["remove", disk, {}]]}
        await self.succeed(await self.cluster.modify(second, remove, reason=self.why()))

    async def test_nics_join_networks(self) -> None:
        """A NIC gets the asked address, another one from the pool, a taken address is refused,
        and a NIC leaves by name. GNT-039, GNT-040, GNT-051"""
        network = await self.made_network()
        name = await self.made_instance(nics=[{"name": "a", "network": network, "ip": "10.7.0.9"}])
        nic = (await self.cluster.instance(name)).nics[0]
        self.assertEqual((nic.ip, nic.network), ("10.7.0.9", network))
        self.assertTrue(nic.mac.startswith("aa:00:13:"))
        second = {"nics": [["add", "-1", {"name": "b", "network": network, "ip": "pool"}]]}
        await self.succeed(await self.cluster.modify(name, second, reason=self.why()))
        self.assertEqual((await self.cluster.instance(name)).nics[1].ip, "10.7.0.2")
        taken = {"nics": [["add", "-1", {"name": "c", "network": network, "ip": "10.7.0.9"}]]}
        job = await self.finish(await self.cluster.modify(name, taken, reason=self.why()))
        self.assertEqual(outcome(job.op_result[0]).code, "resource_not_unique")
        gone = {"nics": [["remove", "b", {}]]}
        await self.succeed(await self.cluster.modify(name, gone, reason=self.why()))
        self.assertEqual(len((await self.cluster.instance(name)).nics), 1)
        busy = await self.finish(
            await self.cluster.disconnect_network(network, "default", reason=self.why())
        )
        self.assertEqual(outcome(busy.op_result[0]).code, "wrong_state")

    async def test_networks_are_shown_and_removed(self) -> None:
        """A network shows its groups; it is removed once disconnected, in one chain. GNT-051"""
        name = await self.made_network()
        shown = {each["name"]: each for each in await self.cluster.networks()}[name]
        self.assertEqual(shown["group_list"][0][0], "default")
        self.assertIn("10.7.0.1", shown["external_reservations"])
        connected = await self.finish(await self.cluster.remove_network(name, reason=self.why()))
        self.assertEqual(outcome(connected.op_result[0]).code, "wrong_state")
        jobs = [
            await self.cluster.disconnect_network(name, group, reason=self.why())
            for group in await self.cluster.groups()
        ]
        await self.succeed(await self.cluster.remove_network(name, reason=self.why(), depends=jobs))
        self.assertNotIn(name, [each["name"] for each in await self.cluster.networks()])

    async def test_a_failed_installation_leaves_the_instance(self) -> None:
        """A creation whose OS script fails ends in error, and the instance stays, stopped."""
        name = self.fresh("fail-")
        job = await self.finish(await self.cluster.create(self.body(name), reason=self.why()))
        self.assertEqual(job.status, JobStatus.ERROR)
        self.assertEqual(outcome(job.op_result[0]).error, "OpExecError")
        self.assertEqual((await self.cluster.instance(name)).status, "ADMIN_down")

    async def test_a_taken_name_is_refused_by_the_job(self) -> None:
        """A second creation of a name is a failed job with the code `already_exists`."""
        name = await self.made_instance(disk_template="diskless", disks=[])
        body = self.body(name, disk_template="diskless", disks=[])
        job = await self.finish(await self.cluster.create(body, reason=self.why()))
        self.assertEqual(outcome(job.op_result[0]).code, "already_exists")

    async def test_a_job_is_found_by_its_reason(self) -> None:
        """The reason of a submission finds its job, the newest one; another finds none.

        GNT-024
        """
        why = self.why()
        first = await self.cluster.start("snf-0", reason=why)
        self.assertEqual(await self.cluster.job_by_reason(why), first)
        second = await self.cluster.stop("snf-0", reason=why)
        self.assertEqual(await self.cluster.job_by_reason(why), second)
        self.assertIsNone(await self.cluster.job_by_reason(self.why()))
        await self.finish(first)
        await self.finish(second)

    async def test_an_unknown_instance(self) -> None:
        """Asking for it raises InstanceUnknown; a job about it fails with `unknown_entity`."""
        await self._raises(InstanceUnknown, self.cluster.instance("snf-nobody"))
        job = await self.finish(await self.cluster.start("snf-nobody", reason=self.why()))
        self.assertEqual(outcome(job.op_result[0]).code, "unknown_entity")
        self.assertIsNone(job.op_log[0] or None)

    async def test_an_unknown_job_is_none(self) -> None:
        """A job number that was never given is None, though the cluster answers 200."""
        self.assertIsNone(await self.cluster.job(JobId(NOBODY)))

    async def test_open_and_ended_jobs_are_read_together(self) -> None:
        """One request tells of those that are known; a job just submitted is among them."""
        ended = await self.cluster.probe(reason=self.why())
        await self.finish(ended)
        fresh = await self.cluster.probe(reason=self.why())
        found = await self.cluster.some_jobs([ended, JobId(NOBODY), fresh])
        self.assertEqual([job.id for job in found], [ended, fresh])
        self.assertLessEqual({ended, fresh}, {job.id for job in await self.cluster.jobs()})
        self.assertEqual(await self.cluster.some_jobs([]), [])
        await self.finish(fresh)

    async def test_jobs_are_facts(self) -> None:
        """A finished creation is a fact with the opcode's own end and the instance's devices.

        GNT-084, GNT-085
        """
        name = self.fresh()
        number = await self.cluster.create(self.body(name), reason=self.why())
        job = await self.succeed(number)
        shown = await self.cluster.instance(name)
        (fact,) = facts(self.address.cluster, job, {name: shown})
        assert isinstance(fact, JobEvent) and job.received and job.ended
        self.assertEqual((fact.instance, fact.job, fact.opcode), (name, number, CREATE))
        self.assertTrue(job.received < fact.when <= job.ended)
        self.assertEqual(fact.disks, shown.disks)
        self.assertEqual(fact.job_fields["disks"][0]["name"], f"{name}-vol")
        self.assertTrue(fact.log)

    async def test_dependants_follow_their_prerequisites(self) -> None:
        """A dependant runs after whatever outcome it names, and fails on another. GNT-033"""
        name = await self.made_instance(disk_template="diskless", disks=[], start=False)
        failed = await self.cluster.start("snf-nobody", reason=self.why())
        tolerant = {"beparams": {"vcpus": 2}, "depends": depends([failed])}
        strict = {"beparams": {"vcpus": 3}, "depends": depends([failed], ["success"])}
        await self.succeed(await self.cluster.modify(name, tolerant, reason=self.why()))
        job = await self.finish(await self.cluster.modify(name, strict, reason=self.why()))
        self.assertEqual(job.status, JobStatus.ERROR)
        self.assertIn("finished with status 'error'", outcome(job.op_result[0]).message)
        self.assertEqual((await self.cluster.instance(name)).vcpus, 2)

    async def test_tags_are_set_and_shown_as_firewall(self) -> None:
        """A firewall tag of a NIC is shown with the NIC, and goes. GNT-012, GNT-048, GNT-087"""
        network = await self.made_network()
        nic = {"name": "snf-nic-5", "network": network, "ip": "10.7.0.5"}
        name = await self.made_instance(disk_template="diskless", disks=[], nics=[nic])
        tags = ["synnefo:network:snf-nic-5:protected", "cyclades:user:b"]
        await self.succeed(await self.cluster.add_tags(name, tags, reason=self.why()))
        shown = await self.cluster.instance(name)
        self.assertEqual(shown.nics[0].firewall, "protected")
        self.assertEqual(set(shown.tags), set(tags))
        await self.succeed(await self.cluster.remove_tags(name, tags[:1], reason=self.why()))
        self.assertIsNone((await self.cluster.instance(name)).nics[0].firewall)

    async def test_an_unknown_parameter_is_refused_at_once(self) -> None:
        """400 is ClusterRefused, with the cluster's text freed of its HTML escapes. GNT-011"""
        refusal = await self._raises(
            ClusterRefused, self.cluster.modify("snf-0", {"bogus": 1}, reason=self.why())
        )
        self.assertIn("doesn't support the parameter 'bogus'", refusal.message)
        self.assertIn("400", refusal.details)

    async def test_a_wrong_password_is_refused(self) -> None:
        """Wrong credentials are ClusterRefused; the password is in no text. GNT-023, GNT-158"""
        address = evolve(self.address, password="not-the-one", backend=BackendId(77))
        refusal = await self._raises(ClusterRefused, self.clusters.at(address).info())
        self.assertIn("credentials", refusal.message)
        self.assertNotIn("not-the-one", f"{refusal} {refusal.details} {address!r}")

    async def test_the_probe_proves_the_right_to_write(self) -> None:
        """A change of nothing is submitted and succeeds. GNT-158"""
        await self.succeed(await self.cluster.probe(reason=self.why()))

    async def test_a_changed_address_is_used_at_once(self) -> None:
        """The same backend with a new password asks with the new one. GNT-016"""
        wrong = evolve(self.address, password="not-the-one")
        await self._raises(ClusterRefused, self.clusters.at(wrong).info())
        self.assertEqual((await self.clusters.at(self.address).info()).name, self.address.cluster)

    async def test_a_dead_address_is_unavailable(self) -> None:
        """Nobody listens: ClusterUnavailable, and after some failures at once (the circuit is
        open). GNT-020"""
        dead = self.clusters.ganeti(evolve(self.address, backend=BackendId(78), url=DEAD))
        for _ in range(3):
            await self._raises(ClusterUnavailable, dead.info())
        self.assertFalse(dead.reachable)
        refusal = await self._raises(ClusterUnavailable, dead.info())
        self.assertIn("tried again", refusal.message)

    async def test_trial_runs_change_nothing(self) -> None:
        """With dry runs on, instance jobs succeed and the instance is as before. GNT-022"""
        name = await self.made_instance(disk_template="diskless", disks=[])
        trial = GanetiClusters(reactor, dry_run=True).ganeti(self.address)
        jobs = [
            await trial.stop(name, reason=self.why(), timeout=0),
            await trial.modify(name, {"beparams": {"vcpus": 2}}, reason=self.why()),
            await trial.remove(name, reason=self.why(), shutdown_timeout=0),
        ]
        for number in jobs:
            job = await self.succeed(number)
            self.assertTrue(job.ops[0]["dry_run"])
        shown = await self.cluster.instance(name)
        self.assertEqual((shown.running, shown.vcpus), (True, 1))

    async def test_two_clusters_do_not_share(self) -> None:
        """The same instance name lives on two clusters at once, each with its own jobs."""
        other = self.clusters.ganeti(evolve(await self.second(), backend=BackendId(79)))
        self.assertNotEqual((await other.info()).name, self.address.cluster)
        name = self.fresh()
        body = self.body(name, disk_template="diskless", disks=[])
        first = await self.cluster.create(body, reason=self.why())
        second = await other.create(body, reason=self.why())
        await self.succeed(first)
        self.assertEqual((await self.finish(second, other)).status, JobStatus.SUCCESS)
        await self.succeed(await self.cluster.remove(name, reason=self.why(), shutdown_timeout=0))
        self.assertTrue((await other.instance(name)).running)
        await self.finish(await other.remove(name, reason=self.why(), shutdown_timeout=0), other)

    async def _raises(self, kind: type[Any], work: Any) -> Any:
        try:
            await work
        except kind as error:
            return error
        raise AssertionError(f"{kind.__name__} is not raised")


DEAD = "https://127.0.0.1:1"
