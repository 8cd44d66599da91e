"""OpenStack Swift's own functional tests against the Swift API of a real daemon."""

import shutil
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.harness import swift_suite
from tests.harness.daemon import Daemon

EXCLUSIONS = Path(__file__).with_name("swift_functional.txt")
PASSWORD = "a-long-Passw0rd"


class SwiftsOwnTests(SynchronousTestCase):
    def test_all_that_apply_pass(self) -> None:
        """PIT-240, PIT-241: every test of the chosen modules passes that is not excluded, each
        with a reason, in swift_functional.txt; and no exclusion is there in vain."""
        folder = Path(tempfile.mkdtemp(prefix="synnefod-swift-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        # Swift's tests take its URLs for /v1/AUTH_..., with nothing in front.
        settings = {"storage": {"swift_path": ""}, "ganeti": {"simulate": 0}}
        daemon = Daemon(folder / "daemon", settings)
        self.addCleanup(daemon.stop)
        daemon.start()
        config = {"auth_uri": f"{daemon.url}/auth/v1.0", "collate": "C", "insecure": "no"}
        for number, name in (("", "tester"), ("2", "tester2"), ("3", "tester3")):
            email = f"{name}@example.org"
            words = ("--accept", "--password", PASSWORD)
            made = daemon.manage("user-add", email, "Test", "Er", *words)
            config |= {f"username{number}": email, f"password{number}": PASSWORD}
            if number != "3":
                config[f"account{number}"] = made["uuid"]
        source = swift_suite.fetched(folder / "source")
        outcome = swift_suite.run(source, config, EXCLUSIONS)
        self.assertEqual(outcome["failed"], {}, "".join(outcome["failed"].values()))
        self.assertEqual(outcome["unused"], [])
        self.assertGreater(outcome["passed"], 300, outcome)
