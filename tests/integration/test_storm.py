"""SIGKILL at random moments of uploads, overwrites, moves and collections, on both drivers."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.harness import ceph
from tests.harness.database import NO_POSTGRES, empty_database
from tests.harness.storm import Storm, blocks_of

LIVES, OPERATIONS = 3, 130


class Storms(SynchronousTestCase):
    def weather(self, settings: dict[str, dict[str, Any]]) -> Storm:
        """A storm over a new daemon; its seed is in what is said when something is lost."""
        folder = Path(tempfile.mkdtemp(prefix="storm-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        seed = secrets.randbelow(1 << 30)
        storm = Storm(folder / "d", settings, seed)
        self.addCleanup(storm.daemon.stop)
        try:
            storm.run(LIVES, OPERATIONS)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}; {dict(storm.counts)}") from error
        self.assertGreaterEqual(storm.acknowledged, LIVES * OPERATIONS)
        self.assertEqual(storm.counts["kills"], LIVES)
        return storm

    def test_a_folder_and_sqlite_lose_nothing_acknowledged(self) -> None:
        """Each object reads back as acknowledged, none exists by half, each block of each version
        is there and is what its name says, and the charge is exact (PIT-228, PIT-237)."""
        storm = self.weather({})
        self.assertGreater(storm.counts["collections"], 0)

    def test_ceph_and_postgresql_lose_nothing_acknowledged(self) -> None:
        """The same over RADOS, with the names in a server (PIT-228, PIT-237)."""
        dsn, drop = empty_database()
        self.addCleanup(drop)
        self.weather({"blocks": blocks_of("rados"), "database": {"url": f"postgresql:{dsn}"}})

    if NO_POSTGRES or not os.environ.get(ceph.VARIABLE):
        test_ceph_and_postgresql_lose_nothing_acknowledged.skip = (  # type: ignore[attr-defined]
            NO_POSTGRES or f"{ceph.VARIABLE} is not set"
        )
