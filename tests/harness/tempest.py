"""OpenStack's own acceptance tests (Tempest) against a whole daemon: what they share."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import Daemon

LISTS = Path(__file__).parents[1] / "integration" / "tempest"
"""Prefixes of the tests that are run and, with the reasons, of those that are not."""
PASSWORD = "correct horse battery"
MINUTES = 12
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
cinder = {machines}
glance = {machines}
neutron = {neutron}
nova = {machines}
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
_READER = """\
- username: '{name}'
  system: all
  password: '{password}'
  user_domain_name: Default
  roles: [reader]
"""


def prefixes(name: str) -> list[str]:
    lines = (LISTS / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def known(packages: Sequence[str]) -> list[str]:
    """Every test of the packages by its full name, without running any."""
    found = []
    for package in packages:
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


def configure(
    folder: Path,
    daemon: Daemon,
    *,
    people: int = 2,
    neutron: bool = False,
    machines: bool = False,
) -> None:
    """Some people and an administrator, where everything is, and which services are tested."""
    admin = daemon.account("admin")
    names = [f"tempest{number}@example.org" for number in range(people)]
    for name in names:
        daemon.manage("user-add", name, "T", "E", "--password", PASSWORD, "--accept")
    # Whoever only reads, or manages, is the same person, whose name Tempest takes for another's.
    roles = {"tempest": "member, reader", "TEMPEST": "reader", "Tempest": "manager, member, reader"}
    accounts = [
        _ACCOUNT.format(
            name=name.replace("tempest", word), project=name, password=PASSWORD, roles=has, types=""
        )
        for word, has in roles.items()
        for name in names
    ]
    owner = {"name": admin["OS_USERNAME"], "project": admin["OS_PROJECT_NAME"]}
    accounts.append(
        _ACCOUNT.format(**owner, password=admin["OS_PASSWORD"], roles="admin", types="admin")
    )
    accounts.append(_reader(daemon))
    (folder / "accounts.yaml").write_text("".join(accounts), "utf-8")
    asked = {"neutron": str(neutron).lower(), "machines": str(machines).lower()}
    conf = _CONF.format(folder=folder, **asked, **admin)
    (folder / "tempest.conf").write_text(conf, "utf-8")


def _reader(daemon: Daemon) -> str:
    """Somebody with the role reader in the whole system."""
    name = "reader@example.org"
    daemon.manage("user-add", name, "T", "E", "--password", PASSWORD, "--accept")
    daemon.openstack(
        "role", "add", "--system", "all", "--user", name, "reader", "--plain", user="admin"
    )
    return _READER.format(name=name, password=PASSWORD)


class TempestCase(SynchronousTestCase):
    """A folder for Tempest, and how it is run."""

    if not INSTALLED:
        skip = "tempest is not installed"

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="synnefod-tempest-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def started(self, **settings: Any) -> Daemon:
        daemon = Daemon(self.folder / "daemon", settings)
        self.addCleanup(daemon.stop)
        daemon.start()
        return daemon

    def chosen(self, packages: Sequence[str], lists: str = "") -> list[str]:
        """The tests to run; fails for one that neither list names."""
        included, excluded = prefixes(f"{lists}included.txt"), prefixes(f"{lists}excluded.txt")
        tests = known(packages)
        for test in tests:
            self.assertTrue(longest(test, included) or longest(test, excluded), test)
        for prefix in [*included, *excluded]:
            self.assertTrue(any(longest(test, [prefix]) for test in tests), prefix)
        return [test for test in tests if longest(test, included) > longest(test, excluded)]

    def all_pass(self, tests: Sequence[str], minutes: int = MINUTES) -> None:
        """Runs them; none fails, and none skips."""
        where = {"TEMPEST_CONFIG_DIR": str(self.folder), "TEMPEST_CONFIG": "tempest.conf"}
        done = subprocess.run(
            [sys.executable, "-m", "testtools.run", *tests],
            cwd=self.folder,
            env={**os.environ, **where},
            capture_output=True,
            text=True,
            timeout=minutes * 60,
            check=False,
        )
        told = done.stdout + done.stderr
        self.assertEqual(done.returncode, 0, told[-8000:])
        ran = re.search(r"Ran (\d+) tests", told)
        assert ran is not None, told
        self.assertEqual(int(ran[1]), len(tests))
        self.assertNotIn("skip", told.lower())
