"""What the daemon publishes of itself is true: asked by schemathesis on every mount."""

import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.openapi import Examiner
from tests.harness.siege import Besieged

EXAMPLES = 6
"""Questions that the document allows, a call; a third as many that it does not."""
APART = frozenset({"/astakos/identity/v3", "/astakos/identity/v2.0", "/astakos/account/v1.0"})
"""Mounts where a question may end tokens and accounts; they come last, `/admin` after them."""


class Published(SynchronousTestCase):
    def test_every_answer_is_as_the_documents_say(self) -> None:
        """On every mount, what may be asked and what may not gets an answer that the mount's
        document describes, by status, media type and schema, and none is 500 (OPS-159)."""
        folder = tempfile.mkdtemp(prefix="openapi-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        siege = Besieged(Path(folder) / "d", {"log": {"format": "plain"}})
        self.addCleanup(siege.end)
        siege.begin()
        examiner = Examiner(siege, EXAMPLES)
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
