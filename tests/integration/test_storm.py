"""SIGKILL at random moments of uploads, overwrites, moves and collections, on both drivers."""

import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any
from unittest import SkipTest

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
        """The same with blocks in RADOS and names in a server, as a large deployment has them;
        both go on when the daemon is killed (PIT-228, PIT-237)."""
        if not os.environ.get(ceph.VARIABLE):
            raise SkipTest(f"{ceph.VARIABLE} is not set")
        self.weather({"blocks": blocks_of("rados"), "database": self.server()})

    def test_names_in_postgresql_are_not_lost(self) -> None:
        """The same with the names in a server and the blocks in a folder (PIT-228, PIT-237)."""
        self.weather({"database": self.server()})

    def server(self) -> dict[str, str]:
        """The settings of an empty database."""
        if NO_POSTGRES:
            raise SkipTest(NO_POSTGRES)
        dsn, drop = empty_database()
        self.addCleanup(drop)
        return {"url": f"postgresql:{dsn}"}
