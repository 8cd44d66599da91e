"""What the daemon publishes of itself is true: asked by schemathesis on every mount."""

import os
import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.database import NO_POSTGRES, empty_database
from tests.harness.openapi import Examiner
from tests.harness.siege import Besieged

EXAMPLES = 6
"""Questions that the document allows, a call; a third as many that it does not."""
KIND = int(os.environ.get("SYNNEFOD_TEST_KIND", "0"))
"""Which questions are asked: another number, other ones."""
APART = frozenset({"/astakos/identity/v3", "/astakos/identity/v2.0", "/astakos/account/v1.0"})
"""Mounts where a question may end tokens and accounts; they come last, `/admin` after them."""


class Published(SynchronousTestCase):
    def _database(self) -> dict[str, dict[str, str]]:
        """PostgreSQL where there is one: it is stricter about text and numbers."""
        if NO_POSTGRES:
            return {}
        dsn, drop = empty_database()
        self.addCleanup(drop)
        return {"database": {"url": f"postgresql:{dsn}"}}

    def test_every_answer_is_as_the_documents_say(self) -> None:
        """On every mount, what may be asked and what may not gets an answer that the mount's
        document describes, by status, media type and schema, and none is 500 (OPS-159)."""
        folder = tempfile.mkdtemp(prefix="openapi-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        siege = Besieged(Path(folder) / "d", {"log": {"format": "plain"}, **self._database()})
        self.addCleanup(siege.end)
        siege.begin()
        examiner = Examiner(siege, EXAMPLES, KIND)
        documents = sorted(
            examiner.documents(), key=lambda found: (found[0] == "/admin", found[0] in APART)
        )
        for mount, document in documents:
            examiner.examine(mount, document)
        siege.still_answers()
        wrongs = [f"{call}\n    {why}" for call, why in sorted(examiner.wrongs.items())]
        found = [*wrongs, *siege.traces()]
        if found:
            self.fail("\n".join(found))
        self.assertEqual([mount for mount, _ in documents if not examiner.asked[mount]], [])
        self.assertGreater(sum(n for code, n in examiner.statuses.items() if code < 300), 500)
