"""What every IBlockStore does; `tests/contracts/test_blocks_*` run it for each driver."""

from __future__ import annotations

from typing import Any

from zope.interface.verify import verifyObject

from synnefod.blocks import hashing
from synnefod.blocks.interface import (
    BLOCK_SIZE,
    BlockCorrupt,
    BlockMissing,
    BlocksUnavailable,
    IBlockStore,
)
from synnefod.common.ids import BlockHash
from synnefod.common.outside import OutsideInsideTransaction, transaction_open

ONE = b"one block"
OTHER = b"\0another\0block"


class BlockStoreContract:
    """A subclass provides `make_store`, `damage` (spoil a stored block) and `break_down`."""

    def make_store(self) -> Any:
        raise NotImplementedError

    def damage(self, store: Any, name: BlockHash, data: bytes) -> None:
        raise NotImplementedError

    def break_down(self, store: Any) -> None:
        raise NotImplementedError

    def last_use(self, store: Any, name: BlockHash) -> float:
        raise NotImplementedError

    def age(self, store: Any, name: BlockHash) -> None:
        """Makes the block's last use one of long ago."""
        raise NotImplementedError

    def setUp(self) -> None:
        self.store = self.make_store()

    def test_it_provides_the_interface(self: Any) -> None:
        """The driver has every verb of IBlockStore."""
        verifyObject(IBlockStore, self.store)

    async def test_a_block_is_read_back(self: Any) -> None:
        """What is put is what is read."""
        name = hashing.block_hash(ONE)
        self.assertTrue(await self.store.put(name, ONE))
        self.assertEqual(await self.store.get(name), ONE)

    async def test_storing_names_the_block_by_its_hash(self: Any) -> None:
        """Pieces are stored as one block under the name of their concatenation."""
        name = await self.store.store([b"one", b" ", b"block"])
        self.assertEqual(name, hashing.block_hash(ONE))
        self.assertEqual(await self.store.get(name), ONE)

    async def test_a_whole_block_is_kept(self: Any) -> None:
        """A block of the full size, sent in many pieces, comes back whole."""
        pieces = [bytes([1 + n % 250]) * 1024 for n in range(BLOCK_SIZE // 1024)]
        name = await self.store.store(pieces)
        self.assertEqual(await self.store.get(name), b"".join(pieces))

    async def test_storing_twice_is_storing_once(self: Any) -> None:
        """The second put says that nothing was written."""
        name = hashing.block_hash(OTHER)
        self.assertTrue(await self.store.put(name, OTHER))
        self.assertFalse(await self.store.put(name, OTHER))
        self.assertEqual(await self.store.get(name), OTHER)

    async def test_trailing_zeros_name_the_same_block(self: Any) -> None:
        """Data with and without trailing zeros is one block (PIT-188)."""
        short = await self.store.store([ONE])
        long = await self.store.store([ONE, bytes(100), bytes(1)])
        self.assertEqual(short, long)
        self.assertEqual((await self.store.get(long)).rstrip(b"\0"), ONE)

    async def test_a_missing_block_is_an_error_and_not_empty(self: Any) -> None:
        """Reading what was never stored raises BlockMissing."""
        with self.assertRaises(BlockMissing):
            await self.store.get(hashing.block_hash(ONE))

    async def test_the_empty_block_is_always_there(self: Any) -> None:
        """The block of no data is never missing and never stored (PIT-136)."""
        self.assertEqual(await self.store.missing([hashing.EMPTY]), [])
        self.assertEqual(await self.store.get(hashing.EMPTY), b"")
        self.assertEqual(await self.store.store([bytes(5000)]), hashing.EMPTY)
        self.assertEqual(await self.store.get(hashing.EMPTY), b"")

    async def test_missing_names_each_absent_block_once_in_order(self: Any) -> None:
        """The answer keeps the order of the question and repeats nothing (PIT-133)."""
        one = await self.store.store([ONE])
        absent = [hashing.block_hash(bytes([n])) for n in (3, 1, 2)]
        asked = [absent[0], one, absent[1], absent[0], absent[2], one, hashing.EMPTY]
        self.assertEqual(await self.store.missing(asked), absent)

    async def test_deleting_twice_is_deleting_once(self: Any) -> None:
        """A deleted block is missing; deleting it again is no error."""
        name = await self.store.store([ONE])
        await self.store.delete(name)
        await self.store.delete(name)
        self.assertEqual(await self.store.missing([name]), [name])
        with self.assertRaises(BlockMissing):
            await self.store.get(name)

    async def test_a_damaged_block_is_never_served(self: Any) -> None:
        """Bytes that do not match the name raise BlockCorrupt."""
        name = await self.store.store([ONE])
        self.damage(self.store, name, b"one blocK")
        with self.assertRaises(BlockCorrupt):
            await self.store.get(name)
        self.flushed()

    async def test_a_damaged_block_heals_when_stored_again(self: Any) -> None:
        """After the damage was found the block is missing, and may be stored anew."""
        name = await self.store.store([ONE])
        self.damage(self.store, name, b"x")
        with self.assertRaises(BlockCorrupt):
            await self.store.get(name)
        self.flushed()
        self.assertEqual(await self.store.missing([name]), [name])
        self.assertTrue(await self.store.put(name, ONE))
        self.assertEqual(await self.store.get(name), ONE)

    async def test_an_empty_file_is_no_block(self: Any) -> None:
        """A stored block without bytes counts as missing and is written over."""
        name = await self.store.store([ONE])
        self.damage(self.store, name, b"")
        self.assertEqual(await self.store.missing([name]), [name])
        self.assertTrue(await self.store.put(name, ONE))
        self.assertEqual(await self.store.get(name), ONE)

    async def test_putting_again_renews_the_last_use(self: Any) -> None:
        """A collector that goes by last use spares a block that was put again."""
        name = await self.store.store([ONE])
        self.age(self.store, name)
        before = self.last_use(self.store, name)
        await self.store.store([ONE])
        self.assertGreater(self.last_use(self.store, name), before)

    async def test_asking_renews_the_last_use(self: Any) -> None:
        """A block that was found for somebody is used."""
        name = await self.store.store([ONE])
        self.age(self.store, name)
        before = self.last_use(self.store, name)
        await self.store.missing([name])
        self.assertGreater(self.last_use(self.store, name), before)

    async def test_a_working_store_checks_out(self: Any) -> None:
        """`check` fires without complaint."""
        self.assertIsNone(await self.store.check())

    async def test_a_broken_store_says_unavailable(self: Any) -> None:
        """When the medium fails, writing, reading and checking raise BlocksUnavailable."""
        name = await self.store.store([ONE])
        self.break_down(self.store)
        for work in (
            self.store.check(),
            self.store.store([OTHER]),
            self.store.put(hashing.block_hash(OTHER), OTHER),
            self.store.get(name),
        ):
            with self.assertRaises(BlocksUnavailable):
                await work
        self.flushed()

    async def test_nothing_is_awaited_inside_a_transaction(self: Any) -> None:
        """Block work under an open transaction is refused."""
        with transaction_open("test"):
            with self.assertRaises(OutsideInsideTransaction):
                await self.store.store([ONE])

    def flushed(self: Any) -> None:
        """Drops what the driver rightly logged."""
