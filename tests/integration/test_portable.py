"""An account taken out of a running deployment as a file, and made of that file again."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import ROOT, Daemon

STORE = "/pithos/object-store/v1"
DEMO, EVE = "demo@localhost", "eve@example.org"


class Portable(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-portable-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.daemon = Daemon(self.folder / "one", {"ganeti": {"simulate": 0}})
        self.addCleanup(self.daemon.stop)
        self.daemon.start()
        self.demo = self.daemon.account()["SYNNEFO_USER_ID"]
        self.token = self.daemon.account()["SYNNEFO_TOKEN"]
        self.admin = self.daemon.account("admin")["SYNNEFO_USER_ID"]

    def manage(self, *words: str, code: int = 0) -> Any:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "synnefod.admin.main",
                "--json",
                *words,
                "--config",
                str(self.daemon.file),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.daemon.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=300,
        )
        self.assertEqual(done.returncode, code, (words, done.stdout, done.stderr))
        self.assertNotIn("Traceback", done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() and not code else done.stderr

    def ask(self, method: str, path: str, data: bytes | None = None, **more: str) -> Any:
        head = {"X-Auth-Token": self.token, "Content-Type": "application/octet-stream"}
        head |= {name.replace("_", "-"): value for name, value in more.items()}
        request = Request(self.daemon.url + path, data, head, method=method)
        with urlopen(request, timeout=60) as answer:
            return answer.read(), dict(answer.headers)

    def fill(self) -> None:
        box = f"{STORE}/{self.demo}/box"
        self.ask("PUT", box, b"", X_Container_Meta_Kind="papers")
        self.contents = [secrets.token_bytes(5 << 20), b"second", b"", b"third"]
        for number, content in enumerate(self.contents):
            self.ask("PUT", f"{box}/much%20changed", content, X_Object_Meta_Turn=str(number))
        self.ask("PUT", f"{box}/gone", b"for a while")
        self.ask("DELETE", f"{box}/gone")
        self.ask(
            *("PUT", f"{box}/given", b"given"),
            X_Object_Sharing=f"read={self.admin}",
            X_Object_Public="true",
        )
        self.ask("PUT", f"{box}/image", b"an image" * 100)
        place = f"pithos://{self.demo}/box/image"
        head = {"X_Image_Meta_Name": "mine", "X_Image_Meta_Location": place}
        self.ask("POST", "/cyclades/image/v1.0/images/", b"", **head)

    def test_an_account_is_taken_along_in_a_file(self) -> None:
        """Files with their versions, marks of deletion, metadata, sharing, publication and images,
        the quotas of the own project; made again for another person, charged, once however often
        it is run. A file that is not whole, or is none, is refused."""
        self.fill()
        self.manage("project-modify", self.demo, "--limit", "pithos.diskspace", "77G", "77G")
        file = self.folder / "demo.tar"
        told = self.manage("user-export", DEMO, str(file))
        self.assertEqual((told["versions"], told["missing"]), (9, 0), told)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertIn("exists already", self.manage("user-export", DEMO, str(file), code=1))
        with tarfile.open(file) as tar:
            about = json.loads(tar.extractfile("account.json").read())  # type: ignore[union-attr]
        self.assertEqual(about["user"]["email"], DEMO)
        usage = about["usage"][self.demo]["pithos.diskspace"]
        self.assertGreater(usage["usage"], 0)

        made = self.manage("user-import", str(file), "--user", EVE, "--force")
        self.assertEqual((made["user"], made["versions"]), (EVE, 9), made)
        eve = made["uuid"]
        again = self.manage("user-import", str(file), "--user", EVE, "--force")
        self.assertEqual((again["versions"], again["containers"]), (0, 0))
        self.compare(eve)
        quota = self.manage("quota-list", "--filter-by", f"holder=user:{eve}")
        (disk,) = [row for row in quota if row["resource"] == "pithos.diskspace"]
        self.assertEqual((disk["usage"], disk["limit"]), (usage["usage"], 77 << 30))
        self.assertEqual(self.manage("reconcile-resources-pithos"), [])
        self.assertEqual(self.manage("storage-check", "--deep"), [])

        cut = self.folder / "cut.tar"
        cut.write_bytes(file.read_bytes()[: 1 << 20])
        for bad in (cut, self.daemon.file):
            self.manage("user-import", str(bad), "--user", "x@example.org", "--force", code=1)
        self.assertIn("dry_run", self.manage("user-import", str(file), "--dry-run"))
        self.assertEqual(len(self.manage("user-list")), 3)

    def compare(self, eve: str) -> None:
        """What Eve has is what the demo user has."""
        demos, self.token = self.token, self.token_of(EVE)
        box = f"{STORE}/{eve}/box"
        _, head = self.ask("HEAD", box)
        self.assertEqual(head["X-Container-Meta-Kind"], "papers")
        path = f"{box}/much%20changed"
        listed = json.loads(self.ask("GET", f"{path}?version=list&format=json")[0])["versions"]
        self.assertEqual(len(listed), len(self.contents))
        for number, (serial, _) in enumerate(listed):
            content, head = self.ask("GET", f"{path}?version={serial}")
            self.assertTrue(content == self.contents[number], number)
            self.assertEqual(head["X-Object-Meta-Turn"], str(number))
        with self.assertRaises(HTTPError) as caught:
            self.ask("GET", f"{box}/gone")
        self.assertEqual(caught.exception.code, 404)
        caught.exception.close()
        _, head = self.ask("HEAD", f"{box}/given")
        self.assertEqual(head["X-Object-Sharing"], f"read={self.admin}")
        self.assertIn("/public/", head["X-Object-Public"])
        images = json.loads(self.ask("GET", "/cyclades/image/v1.0/images/")[0])["images"]
        self.assertIn("mine", [image["name"] for image in images])
        self.token = demos

    def token_of(self, email: str) -> str:
        body = {
            "auth": {
                "identity": {
                    "methods": ["password"],
                    "password": {
                        "user": {
                            "name": email,
                            "domain": {"id": "default"},
                            "password": self.password(email),
                        }
                    },
                }
            }
        }
        request = Request(
            f"{self.daemon.url}/astakos/identity/v3/auth/tokens",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=60) as answer:
            return str(answer.headers["X-Subject-Token"])

    def password(self, email: str) -> str:
        row = self.manage("user-modify", email, "--renew-password")
        return str(row["password"])
