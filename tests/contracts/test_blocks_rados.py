"""The block contract on a real Ceph, what only its objects can show, and its OSD's death."""

from __future__ import annotations

import errno
import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList, fail
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from synnefod.blocks import hashing
from synnefod.blocks.cephgate import CephSettings
from synnefod.blocks.interface import (
    BLOCK_SIZE,
    BlockCorrupt,
    BlockMissing,
    BlocksFull,
    BlocksUnavailable,
)
from synnefod.blocks.librados import Pool, RadosError, ffi
from synnefod.blocks.rados import RadosBlocks
from synnefod.blocks.seal import Seal
from synnefod.common.clockwork import gather, sleep
from synnefod.common.ids import BlockHash
from synnefod.common.threads import Threads
from tests.contracts.blocks import ONE, OTHER, BlockStoreContract
from tests.harness import ceph

CONF = Path(os.environ.get(ceph.VARIABLE, ""))
NO_CEPH = None if os.environ.get(ceph.VARIABLE) else f"{ceph.VARIABLE} is not set"
LONG_AGO = 1_000_000.0
ffi.cdef("int rados_getaddrs(rados_t cluster, char **addresses);")


class Ceph:
    """A store in a namespace of its own, which the cluster's own tool reaches too."""

    def make_store(self: Any, timeout: float = 30.0, **settings: str) -> RadosBlocks:
        self.namespace = f"test-{secrets.token_hex(8)}"
        threads = Threads(reactor)  # type: ignore[arg-type]
        threads.start()
        self.addCleanup(threads.stop)
        given = {"conf": str(CONF), "user": ceph.USER, "namespace": self.namespace, **settings}
        store = RadosBlocks(CephSettings(timeout=timeout, **given), threads, reactor, Seal(b"s"))
        self.addCleanup(lambda: Deferred.fromCoroutine(store.stop()))
        return store

    def rados(self, *words: str, suffix: str = "") -> str:
        return ceph.rados(CONF, self.namespace + suffix, *words)  # type: ignore[attr-defined]

    def damage(self: Any, store: Any, name: BlockHash, data: bytes) -> None:
        if data:
            path = Path(self.mktemp()).absolute()
            path.write_bytes(data)
            self.rados("put", name.hex(), str(path))
        else:
            self.rados("truncate", name.hex(), "0")

    def last_use(self, store: Any, name: BlockHash) -> float:
        return float(self.rados("getxattr", name.hex(), "touched"))

    def age(self, store: Any, name: BlockHash) -> None:
        self.rados("setxattr", name.hex(), "touched", str(LONG_AGO))

    def flushed(self: Any) -> None:
        self.flushLoggedErrors()


class RadosBlocksTests(Ceph, BlockStoreContract, TestCase):
    skip = NO_CEPH
    timeout = 120

    def break_down(self, store: Any) -> None:
        def broken(*args: Any) -> Deferred[Any]:
            return fail(RadosError(errno.EIO, "broken"))

        self.patch(Pool, "change", broken)
        self.patch(Pool, "look", broken)

    async def test_the_layout_is_the_contract_s(self) -> None:
        """The object is named by the block's hash and holds the stripped data."""
        name = await self.store.store([ONE + bytes(10)])
        path = str(Path(self.mktemp()).absolute())
        self.rados("get", name.hex(), path)
        self.assertEqual(Path(path).read_bytes(), ONE)
        self.assertEqual(self.rados("ls").split(), [name.hex()])

    async def test_blocks_of_other_writers_are_read(self) -> None:
        """An object that another program wrote, without attributes and with its trailing zeros,
        is a block like others; its last use is its last change."""
        path = Path(self.mktemp()).absolute()
        path.write_bytes(ONE + bytes(1000))
        name = hashing.block_hash(ONE)
        self.rados("put", name.hex(), str(path))
        self.assertEqual((await self.store.get(name)).rstrip(b"\0"), ONE)
        self.assertEqual(await self.idle(time.time() - 3600), [])
        self.assertEqual(await self.idle(time.time() + 3600), [(name, len(ONE) + 1000)])
        self.assertEqual(await self.store.missing([name]), [])

    async def test_a_block_longer_than_a_block_is_damaged(self) -> None:
        """No block is longer than 4 MiB (object-storage.md 6.5)."""
        name = await self.store.store([ONE])
        self.damage(self.store, name, ONE + bytes(BLOCK_SIZE))
        with self.assertRaises(BlockCorrupt):
            await self.store.get(name)

    async def test_a_flipped_bit_is_refused_and_kept_for_whoever_looks_into_it(self) -> None:
        """One wrong bit in a whole block: it is not served, counts as missing, and lies in
        quarantine."""
        data = os.urandom(BLOCK_SIZE - 1) + b"x"
        name = await self.store.store([data])
        flipped = bytearray(data)
        flipped[123_456] ^= 4
        self.damage(self.store, name, bytes(flipped))
        with self.assertRaises(BlockCorrupt):
            await self.store.get(name)
        self.assertEqual(await self.store.missing([name]), [name])
        [kept] = self.rados("ls", suffix=".quarantine").split()
        self.assertEqual(kept.split(".")[0], name.hex())
        path = str(Path(self.mktemp()).absolute())
        self.rados("get", kept, path, suffix=".quarantine")
        self.assertEqual(Path(path).read_bytes(), bytes(flipped))

    async def test_a_block_healed_meanwhile_is_not_taken_for_the_damaged_one(self) -> None:
        """Whoever read the damaged object does not remove the good one that came in its place."""
        name = await self.store.store([ONE])
        self.damage(self.store, name, b"damaged")
        look, seen = Pool.look, []

        def healing(pool: Pool, oid: str, most: int = 0) -> Any:
            found = look(pool, oid, most)
            if most and not seen:
                seen.append(oid)

                def heal(value: Any) -> Any:
                    path = Path(self.mktemp()).absolute()
                    path.write_bytes(ONE)
                    done = deferToThread(self.rados, "put", oid, str(path))
                    return done.addCallback(lambda _: value)

                found.addCallback(heal)
            return found

        self.patch(Pool, "look", healing)
        self.assertEqual(await self.store.get(name), ONE)
        self.assertEqual(await self.store.get(name), ONE)

    async def test_a_sealed_block_is_not_hashed_again(self) -> None:
        """Its seal vouches for it unless it is to be hashed; a seal that does not fit leaves the
        matter to the name."""
        data = bytes(range(1, 251)) * 4000
        name = await self.store.store([data])
        hashed: list[int] = []
        real = hashing.block_hash

        def noted(data: bytes) -> BlockHash:
            hashed.append(len(data))
            return real(data)

        self.patch(hashing, "block_hash", noted)
        self.assertEqual(await self.store.get(name), data)
        self.assertEqual(hashed, [])
        self.assertEqual(await self.store.get(name, rehash=True), data)
        self.rados("setxattr", name.hex(), "seal", "another")
        self.assertEqual(await self.store.get(name), data)
        self.assertEqual(hashed, [len(data)] * 2)

    async def test_many_writers_of_one_block_all_succeed(self) -> None:
        """The same block put at once by many is stored once (6.3)."""
        data = bytes(range(1, 251)) * 4000
        names = await gather([self.store.store([data]) for _ in range(8)])
        self.assertEqual(set(names), {hashing.block_hash(data)})
        self.assertEqual(await self.store.get(names[0]), data)

    async def test_more_blocks_than_may_be_under_way_all_arrive(self) -> None:
        """Forty whole blocks at once are written and read while the reactor goes on turning."""
        blocks = [n.to_bytes(2, "big") * (BLOCK_SIZE // 2 - 1) + b"x" for n in range(40)]
        turns = [0]

        def turn() -> None:
            turns[0] += 1
            call[0] = reactor.callLater(0.01, turn)  # type: ignore[attr-defined]

        call: list[Any] = [None]
        turn()
        try:
            names = await gather([self.store.store([data]) for data in blocks])
            read = await gather([self.store.get(name) for name in names])
        finally:
            call[0].cancel()
        self.assertTrue(all(one == two for one, two in zip(read, blocks, strict=True)))
        self.assertGreater(turns[0], 10)

    async def test_a_user_who_may_not_is_refused(self) -> None:
        """A namespace that the cluster does not give to the user is BlocksUnavailable with the
        reason, and nothing lands there."""
        store = self.make_store(namespace="elsewhere")
        with self.assertRaises(BlocksUnavailable) as caught:
            await store.store([ONE])
        self.assertIn("not permitted", caught.exception.details)
        self.assertEqual(ceph.rados(CONF, "elsewhere", "ls"), "")
        self.flushed()

    async def test_a_full_pool_is_told_as_full(self) -> None:
        """No room is BlocksFull, as with a full disk."""
        self.patch(Pool, "change", lambda *_: fail(RadosError(errno.EDQUOT, "full")))
        with self.assertRaises(BlocksFull):
            await self.store.store([ONE])
        self.flushed()

    async def idle(self, before: float) -> list[tuple[BlockHash, int]]:
        """Every part of the store, as the collector goes through it."""
        parts = [await self.store.idle(part, before) for part in range(256)]
        return [each for part in parts for each in part]

    async def test_an_unused_block_is_set_aside_and_given_up_in_two_steps(self) -> None:
        """Only blocks that were long not used are set aside; they are still read; after the
        grace they are gone, with their marks."""
        old, young = await self.store.store([ONE]), await self.store.store([OTHER])
        self.age(self.store, old)
        before = time.time() - 3600
        self.assertEqual(await self.idle(before), [(old, len(ONE))])
        self.assertEqual(await self.store.set_aside([old, young], before), 1)
        self.assertEqual(await self.idle(before), [])
        self.assertEqual(await self.store.aside(before), [])
        later = time.time() + 3600
        self.assertEqual(await self.store.aside(later), [(old, len(ONE))])
        self.assertEqual(await self.store.give_up([old, young], later), 1)
        self.assertEqual(await self.store.missing([old, young]), [old])
        self.assertEqual(self.rados("ls", suffix=".aside").split(), [])

    async def test_what_is_set_aside_is_taken_back_by_any_use(self) -> None:
        """Reading, asking, putting and `take_back` each keep a block from being given up."""
        uses = (
            lambda name: self.store.get(name),
            lambda name: self.store.missing([name]),
            lambda name: self.store.put(name, ONE),
            lambda name: self.store.take_back([name]),
        )
        for use in uses:
            name = await self.store.store([ONE])
            self.age(self.store, name)
            self.assertEqual(await self.store.set_aside([name], time.time() - 3600), 1)
            await use(name)
            later = time.time() + 3600
            self.assertEqual(await self.store.aside(later), [])
            self.assertEqual(await self.store.give_up([name], later), 0)
            self.assertEqual(await self.store.get(name), ONE)

    async def test_a_use_at_the_very_moment_wins(self) -> None:
        """A block that somebody asks for between the collector's look and its removal stays."""
        name = await self.store.store([ONE])
        self.age(self.store, name)
        await self.store.set_aside([name], time.time() - 3600)
        seen = self.store._seen

        async def asked_after(name: BlockHash) -> Any:
            found = await seen(name)
            self.store._seen = seen
            await self.store.missing([name])
            return found

        self.store._seen = asked_after
        self.assertEqual(await self.store.give_up([name], time.time() + 3600), 0)
        self.assertEqual(await self.store.get(name), ONE)

    async def test_a_pool_that_is_not_there_is_unavailable_and_tried_again(self) -> None:
        """A wrong pool is a clear refusal, not a hang; the next call tries anew."""
        store = self.make_store(pool="nowhere")
        for _ in range(2):
            with self.assertRaises(BlocksUnavailable):
                await store.check()
        self.flushed()


class SilentClusterTests(Ceph, TestCase):
    """A cluster that does not answer, and one that dies."""

    skip = NO_CEPH
    timeout = 240

    async def test_a_silent_osd_is_unavailable_in_time_and_works_again_afterwards(self) -> None:
        """Every verb is refused within the operation's timeout, more callers than may be under
        way at once included; then the OSD answers and nothing was lost or is wrong."""
        store = self.make_store(timeout=2.0)
        name = await store.store([ONE])
        ceph.silence_osd(CONF)
        try:
            works: list[Any] = [store.check(), store.get(name), store.missing([name])]
            works += [store.store([bytes([n + 1]) * 1000]) for n in range(40)]
            works.append(store.delete(name))
            running = [Deferred.fromCoroutine(each) for each in works]
            ends = await DeferredList(running, consumeErrors=True)
            others = [end for end in ends if end[0] or not end[1].check(BlocksUnavailable)]
            self.assertEqual(others, [])
        finally:
            ceph.wake_osd(CONF)
        self.flushed()
        patient = self.make_patient(store)
        self.assertEqual(await patient.store([OTHER]), hashing.block_hash(OTHER))
        self.assertEqual(await patient.get(hashing.block_hash(OTHER)), OTHER)
        # A removal that nobody waits for any more may or may not have come to pass.
        try:
            self.assertEqual(await patient.get(name), ONE)
        except BlockMissing:
            self.assertEqual(await patient.missing([name]), [name])

    def make_patient(self, store: RadosBlocks) -> RadosBlocks:
        namespace = self.namespace
        found = self.make_store(timeout=60.0)
        self.namespace = namespace
        settings = CephSettings(str(CONF), ceph.USER, ceph.POOL, namespace, 60.0)
        found._gate._settings = settings
        return found

    async def test_acknowledged_blocks_outlive_the_osd_s_kill(self) -> None:
        """What was acknowledged when the OSD is killed is whole when it comes back, and the
        client that lost it finds it again (object-storage.md 6.2)."""
        store = self.make_store(timeout=60.0)
        blocks = [os.urandom(100_000) + b"x" for _ in range(20)]
        names = await gather([store.store([data]) for data in blocks])
        await deferToThread(ceph.kill_osd, CONF)
        try:
            reading = Deferred.fromCoroutine(store.get(names[0]))
        finally:
            await deferToThread(ceph.start_osd, CONF)
        self.assertEqual(await reading, blocks[0])
        self.assertEqual(await gather([store.get(name) for name in names]), blocks)

    async def test_a_client_that_the_cluster_has_shut_out_comes_back_as_another(self) -> None:
        """After a blocklisting, as Ceph does to clients it thinks dead, one call is refused and the
        next ones work."""
        store = self.make_store()
        name = await store.store([ONE])
        connection = store._gate._connection
        found = ffi.new("char **")
        connection._lib.rados_getaddrs(connection._cluster, found)
        address = re.search(r"[\d.]+:\d+/\d+", ffi.string(found[0]).decode())
        assert address is not None
        await deferToThread(ceph.ceph, CONF, "osd", "blocklist", "add", address[0])
        with self.assertRaises(BlocksUnavailable):
            while True:
                await store.get(name)
                await sleep(reactor, 0.1)
        self.assertEqual(await store.get(name), ONE)
        self.assertTrue(await store.put(hashing.block_hash(OTHER), OTHER))
        self.flushed()

    async def test_a_full_cluster_is_told_at_once_and_can_still_be_read_and_cleared(self) -> None:
        """Without room a new block is BlocksFull and no wait; what is there is read, known and
        removed; with room again it is stored."""
        store = self.make_store()
        name, other = await store.store([ONE]), await store.store([b"to go"])
        low, usual = (0.0001, 0.00005, 0.00001), (0.95, 0.9, 0.85)
        await deferToThread(self.ratios, low)
        try:
            with self.assertRaises(BlocksFull):
                for n in range(1000):
                    await store.store([b"%d" % n])
                    await sleep(reactor, 0.1)
            self.assertEqual(await store.get(name), ONE)
            await store.delete(other)
            self.assertEqual(await store.missing([other]), [other])
        finally:
            await deferToThread(self.ratios, usual)
        patience = 600
        while patience:
            try:
                await store.store([OTHER])
                break
            except BlocksFull:
                patience -= 1
                await sleep(reactor, 0.1)
        self.assertEqual(await store.get(hashing.block_hash(OTHER)), OTHER)
        self.flushed()

    def ratios(self, given: tuple[float, float, float]) -> None:
        for kind, ratio in zip(("full", "backfillfull", "nearfull"), given, strict=True):
            ceph.ceph(CONF, "osd", f"set-{kind}-ratio", f"{ratio:f}")

    async def test_a_cluster_that_is_not_there_is_unavailable_in_time(self) -> None:
        """No monitor at the address: refused after the timeout, at each try."""
        conf = Path(self.mktemp()).absolute()
        conf.write_text("[global]\nmon host = 127.0.0.1:1\nauth client required = none\n")
        store = self.make_store(timeout=1.0, conf=str(conf))
        with self.assertRaises(BlocksUnavailable):
            await store.check()
        self.flushed()

    async def test_it_works_where_no_memory_may_be_written_and_executed(self) -> None:
        """The service's unit denies such memory; a process that has denied it to itself stores a
        block and reads it."""
        namespace = f"test-{secrets.token_hex(8)}"
        done = await deferToThread(
            subprocess.run,
            [sys.executable, "-c", DENIED, str(CONF), namespace, ceph.USER],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            timeout=120,
            check=False,
        )
        self.assertEqual((done.returncode, done.stdout.strip()), (0, "one block"), done.stderr)


DENIED = """
import ctypes, sys
ctypes.CDLL(None).prctl(65, 1, 0, 0, 0)  # PR_SET_MDWE; older kernels know none
from twisted.internet import task
from synnefod.blocks.cephgate import CephSettings
from synnefod.blocks.rados import RadosBlocks
from synnefod.blocks.seal import Seal
from synnefod.common.threads import InlineThreads

async def main(reactor):
    settings = CephSettings(sys.argv[1], sys.argv[3], namespace=sys.argv[2], timeout=30)
    store = RadosBlocks(settings, InlineThreads(), reactor)
    print((await store.get(await store.store([b"one ", b"block"]))).decode())
    await store.stop()

task.react(main)
"""
