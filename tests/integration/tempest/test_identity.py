"""OpenStack's own acceptance tests of identity v3 against a whole daemon."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import Daemon

HERE = Path(__file__).parent
PASSWORD = "correct horse battery"
PACKAGES = ("tempest.api.identity.v3", "tempest.api.identity.admin.v3")
MINUTES = 8
INSTALLED = importlib.util.find_spec("tempest") is not None

_CONF = """\
[DEFAULT]
log_file = {folder}/tempest.log
[oslo_concurrency]
lock_path = {folder}/lock
[auth]
use_dynamic_credentials = false
test_accounts_file = {folder}/accounts.yaml
tempest_roles = member
admin_username = {OS_USERNAME}
admin_password = {OS_PASSWORD}
admin_project_name = {OS_PROJECT_NAME}
admin_domain_name = Default
[identity]
uri_v3 = {OS_AUTH_URL}
auth_version = v3
region = {OS_REGION_NAME}
[identity-feature-enabled]
api_v2 = false
application_credentials = true
access_rules = true
security_compliance = true
trust = false
[service_available]
cinder = false
glance = false
neutron = false
nova = false
swift = false
"""
_ACCOUNT = """\
- username: '{name}'
  project_name: '{project}'
  password: '{password}'
  domain_name: Default
  roles: [{roles}]
  types: [{types}]
"""


def prefixes(name: str) -> list[str]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def known() -> list[str]:
    """Every test of the packages by its full name, without running any."""
    found = []
    for package in PACKAGES:
        command = [sys.executable, "-m", "testtools.run", "discover", "--list", *_where(package)]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found += [line.partition("[")[0] for line in listed.splitlines() if line.startswith("temp")]
    return sorted(set(found))


def _where(package: str) -> list[str]:
    spec = importlib.util.find_spec("tempest")
    assert spec is not None and spec.submodule_search_locations
    top = Path(spec.submodule_search_locations[0])
    return ["-s", str(top.parent.joinpath(*package.split("."))), "-t", str(top.parent)]


def longest(test: str, among: list[str]) -> int:
    """The length of the longest prefix of a test, whole words only; 0 for none."""
    fitting = [each for each in among if test == each or test.startswith(each + ".")]
    return max(map(len, fitting), default=0)


class Tempest(SynchronousTestCase):
    if not INSTALLED:
        skip = "tempest is not installed"

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-tempest-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def chosen(self) -> list[str]:
        """The tests to run; fails for one that neither list names."""
        included, excluded = prefixes("included.txt"), prefixes("excluded.txt")
        tests = known()
        for test in tests:
            self.assertTrue(longest(test, included) or longest(test, excluded), test)
        for prefix in [*included, *excluded]:
            self.assertTrue(any(longest(test, [prefix]) for test in tests), prefix)
        return [test for test in tests if longest(test, included) > longest(test, excluded)]

    def configure(self, daemon: Daemon) -> None:
        admin = daemon.account("admin")
        names = [f"tempest{number}@example.org" for number in range(2)]
        for name in names:
            daemon.manage("user-add", name, "T", "E", "--password", PASSWORD, "--accept")
        accounts = [
            _ACCOUNT.format(
                name=name, project=name, password=PASSWORD, roles="member, reader", types=""
            )
            for name in names
        ]
        owner = {"name": admin["OS_USERNAME"], "project": admin["OS_PROJECT_NAME"]}
        accounts.append(
            _ACCOUNT.format(**owner, password=admin["OS_PASSWORD"], roles="admin", types="admin")
        )
        (self.folder / "accounts.yaml").write_text("".join(accounts), "utf-8")
        conf = _CONF.format(folder=self.folder, **admin)
        (self.folder / "tempest.conf").write_text(conf, "utf-8")

    def test_identity_v3(self) -> None:
        """Discovery, tokens, catalogue, users, projects and application credentials pass as
        OpenStack tests them (AST-209, AST-210, AST-212, AST-213, AST-217, AST-218); what is not
        run is listed with its reason."""
        tests = self.chosen()
        daemon = Daemon(self.folder / "daemon", {})
        self.addCleanup(daemon.stop)
        daemon.start()
        self.configure(daemon)
        environment = {
            **os.environ,
            "TEMPEST_CONFIG_DIR": str(self.folder),
            "TEMPEST_CONFIG": "tempest.conf",
        }
        done = subprocess.run(
            [sys.executable, "-m", "testtools.run", *tests],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=MINUTES * 60,
            check=False,
        )
        told = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, told[-8000:])
        ran = re.search(r"Ran (\d+) tests", told)
        assert ran is not None, told
        self.assertEqual(int(ran[1]), len(tests))
        self.assertNotIn("skip", told.lower())
