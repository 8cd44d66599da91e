"""`synnefo file` against a running daemon, signed in in every way there is."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from twisted.trial.unittest import SynchronousTestCase

from synnefod.user.maps import BLOCK
from synnefod.user.refusals import FAILED, NOT_FOUND, REFUSED, UNREACHABLE, USAGE, Failure
from synnefod.user.signin import sign_in
from tests.harness.daemon import ROOT, free_port
from tests.integration.test_user_sync import COMMAND, Shared


class Files(SynchronousTestCase):
    def setUp(self) -> None:
        self.daemon = Shared.take()
        self.account = self.daemon.account()
        self.folder = Path(tempfile.mkdtemp(prefix="files-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.box = self.folder.name

    def environment(self, **given: str) -> dict[str, str]:
        mine = ("OS_", "SYNNEFO_")
        rest = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
        return {**rest, "PYTHONPATH": str(ROOT), "HOME": str(self.folder), **given}

    def run_(self, *words: str, code: int = 0, user: str = "demo") -> str:
        """What `synnefo file` prints."""
        account = self.daemon.account(user)
        given = {k: v for k, v in account.items() if k.startswith("SYNNEFO_")}
        done = subprocess.run(
            [*COMMAND, "file", *words],
            cwd=self.folder,
            env=self.environment(**given),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, (words, said))
        self.assertNotIn("Traceback", said)
        return done.stdout if not code else said

    def list(self, *words: str) -> Any:
        return json.loads(self.run_("list", "--json", *words))

    def names(self, *words: str) -> Any:
        return [row["name"] for row in self.list(*words)]

    def test_a_file_s_way_there_and_back(self) -> None:
        """Sent, listed, fetched whole; copied, moved, deleted without data being sent."""
        data = os.urandom(2 * BLOCK + 5)
        (self.folder / "one").write_bytes(data)
        (self.folder / "two").write_bytes(b"")
        self.run_("mkdir", f"{self.box}/d")
        self.run_("upload", "one", "two", f"{self.box}/d/")
        self.run_("upload", "one", f"{self.box}/other name ☃")
        self.assertIn(self.box, self.names())
        self.assertEqual(self.names(self.box), ["d", "d/", "other name ☃"])
        rows = {row["name"]: row["bytes"] for row in self.list(f"{self.box}/d/")}
        self.assertEqual(rows, {"d/one": len(data), "d/two": 0})
        self.run_("download", f"{self.box}/d/one", "back")
        self.assertEqual((self.folder / "back").read_bytes(), data)
        self.run_("copy", f"{self.box}/d/one", f"{self.box}/e/")
        self.run_("move", f"{self.box}/d/two", f"{self.box}/e/two")
        self.run_("move", "-r", f"{self.box}/d", f"{self.box}/f")
        want = ["e/one", "e/two", "f", "f/one", "other name ☃"]
        self.assertEqual(self.names("-r", self.box), want)
        self.run_("delete", "-r", f"{self.box}/f", f"{self.box}/e/one")
        self.assertEqual(self.names("-r", self.box), ["e/two", "other name ☃"])
        self.assertIn("does not exist", self.run_("delete", f"{self.box}/e/one", code=NOT_FOUND))
        self.run_("delete", "-f", f"{self.box}/e/one")

    def test_versions_are_listed_and_brought_back(self) -> None:
        """An old version is read beside the newest and restored, after a deletion too."""
        for text in (b"first", b"second, longer"):
            (self.folder / "file").write_bytes(text)
            self.run_("upload", "file", f"{self.box}/file")
        rows = json.loads(self.run_("versions", "--json", f"{self.box}/file"))
        first = str(rows[0]["version"])
        self.run_("download", "--version", first, f"{self.box}/file", "old")
        self.assertEqual((self.folder / "old").read_bytes(), b"first")
        self.run_("delete", f"{self.box}/file")
        self.run_("restore", f"{self.box}/file", first)
        self.run_("download", f"{self.box}/file")
        self.assertEqual((self.folder / "file").read_bytes(), b"first")

    def test_a_file_is_published_and_shared(self) -> None:
        """Anybody reads a published file until that ends; a user with whom a file is shared reads
        it and writes it, sending the blocks to his own container."""
        (self.folder / "file").write_bytes(b"to be seen")
        self.run_("upload", "file", f"{self.box}/file")
        url = self.run_("publish", f"{self.box}/file").strip()
        with urlopen(url, timeout=60) as answer:
            self.assertEqual(answer.read(), b"to be seen")
        self.run_("publish", "--off", f"{self.box}/file")
        with self.assertRaises(OSError):
            urlopen(url, timeout=60)
        mine, other = self.account["SYNNEFO_USER_ID"], self.daemon.account("admin")
        path = ("--account", mine)
        self.run_(*path, "download", f"{self.box}/file", user="admin", code=REFUSED)
        shared = self.run_("share", f"{self.box}/file", "--write", other["SYNNEFO_USER_ID"])
        self.assertEqual(shared.strip(), f"write={other['SYNNEFO_USER_ID']}")
        (self.folder / "theirs").write_bytes(b"by the other")
        self.run_(*path, "upload", "theirs", f"{self.box}/file", user="admin")
        self.run_(*path, "download", f"{self.box}/file", "seen", user="admin")
        self.assertEqual((self.folder / "seen").read_bytes(), b"by the other")
        self.run_("share", "--off", f"{self.box}/file")
        self.run_(*path, "download", f"{self.box}/file", user="admin", code=REFUSED)

    def test_a_killed_download_goes_on(self) -> None:
        """What is there of FILE.part is checked and not fetched again; spoilt parts are."""
        data = os.urandom(6 * BLOCK)
        (self.folder / "file").write_bytes(data)
        self.run_("upload", "file", f"{self.box}/file")
        part = self.folder / "back.part"
        part.write_bytes(data[: 4 * BLOCK + 9] + b"spoilt")
        before = self.fetched()
        self.run_("download", f"{self.box}/file", "back")
        self.assertEqual((self.folder / "back").read_bytes(), data)
        self.assertEqual(self.fetched() - before, 2)
        self.assertFalse(part.exists())

    def fetched(self) -> int:
        log = self.daemon.log.read_text("utf-8", "replace")
        return log.count(f"{self.box}/file 206")

    def test_mistakes_are_one_line(self) -> None:
        """What is not there, not a path, or no cloud at all; each has its exit code."""
        self.run_("download", f"{self.box}/none", code=NOT_FOUND)
        self.run_("download", "none", code=USAGE)
        self.run_("upload", "no-such-file", self.box, code=FAILED)
        (self.folder / "file").write_bytes(b"1")
        self.run_("upload", "file", f"{self.box}/file")
        self.run_("upload", "--new", "file", f"{self.box}/file", code=FAILED)
        self.run_("list", "nowhere", code=NOT_FOUND)

    def test_every_way_to_sign_in_leads_to_the_same_account(self) -> None:
        """A token, OS_* with a password, an application credential, and clouds.yaml."""
        account = self.account
        mine = account["SYNNEFO_USER_ID"]
        os_ = {k: v for k, v in account.items() if k.startswith("OS_")}
        made = self.daemon.openstack("application", "credential", "create", self.box)
        told = {name.lower(): value for name, value in made.items()}
        credential = {
            "OS_AUTH_URL": os_["OS_AUTH_URL"],
            "OS_APPLICATION_CREDENTIAL_ID": told["id"],
            "OS_APPLICATION_CREDENTIAL_SECRET": told["secret"],
        }
        token = {k: v for k, v in account.items() if k.startswith("SYNNEFO_")}
        for environ in (token, os_, credential):
            self.assertEqual(sign_in(environ).user, mine)
        file = {"OS_CLIENT_CONFIG_FILE": str(self.daemon.state / "clouds.yaml")}
        self.assertEqual(sign_in({**file, "OS_CLOUD": "demo"}).user, mine)
        self.assertNotEqual(sign_in(file, "admin").user, mine)
        with self.assertRaises(Failure) as caught:
            sign_in(file)
        self.assertIn("admin, demo", str(caught.exception))
        for wrong, code in (
            ({**os_, "OS_PASSWORD": "wrong"}, REFUSED),
            ({**token, "SYNNEFO_TOKEN": "wrong"}, REFUSED),
            ({"OS_AUTH_URL": os_["OS_AUTH_URL"]}, USAGE),
            ({"HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}, USAGE),
        ):
            with contextlib.chdir(self.folder), self.assertRaises(Failure) as caught:
                sign_in(wrong)
            self.assertEqual(caught.exception.code, code, wrong)

    def test_a_cloud_that_is_not_there_is_said_and_waited_for(self) -> None:
        """Nobody listens: one line and an exit code, after some tries."""
        given = {"SYNNEFO_URL": f"http://127.0.0.1:{free_port()}", "SYNNEFO_TOKEN": "x"}
        child = subprocess.Popen(
            [*COMMAND, "file", "list"],
            env=self.environment(**given),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said, _ = child.communicate(timeout=120)
        self.assertEqual(child.returncode, UNREACHABLE)
        self.assertEqual(len(said.splitlines()), 1, said)
        self.assertIn("cannot be reached", said)
