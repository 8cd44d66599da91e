"""Bad input at every route that the daemon has: a clear fault, no defect, nothing half-made."""

import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.harness import nasty
from tests.harness.database import NO_POSTGRES, empty_database
from tests.harness.mounts import Place
from tests.harness.siege import Besieged

UNGUIDED = 120
"""How many spoiled documents of one schema are sent, chosen by SEED."""
SEED = 20260
ACTIONS: tuple[object, ...] = (
    {"reboot": {"type": "SOFT"}},
    {"resize": {"flavorRef": 1}},
    {"console": {"type": "vnc"}},
    {"os-getVNCConsole": {"type": "novnc"}},
    {"firewallProfile": {"profile": "ENABLED", "nic": 1}},
    {"changePassword": {"adminPass": "x"}},
    {"rescue": {"rescue_image_ref": "x"}},
    {"createImage": {"name": "x", "metadata": {"k": "v"}}},
    {"addFloatingIp": {"address": "1.2.3.4"}},
    {"removeFloatingIp": {"address": "1.2.3.4"}},
    {"addSecurityGroup": {"name": "x"}},
    {"os-getConsoleOutput": {"length": 5}},
    {"rebuild": {"imageRef": "x"}},
    {"reassign": {"project": "x", "shared_to_project": True}},
    {"lock": {"locked_reason": "x"}},
    {"os-migrateLive": {"host": None, "block_migration": "auto"}},
    {"start": {}},
    {"no-such-action": {}},
    {"start": {}, "shutdown": {}},
)
MORE: dict[str, tuple[object, ...]] = {
    "/servers/<int:server>/action": ACTIONS,
    "/servers/<server>/action": ACTIONS,
    "/commissions": (
        {
            "force": False,
            "auto_accept": False,
            "name": "n",
            "provisions": [
                {
                    "holder": "user:x",
                    "source": "project:x",
                    "resource": "cyclades.vm",
                    "quantity": 1,
                }
            ],
        },
    ),
    "/commissions/<int:serial>/action": ({"accept": ""}, {"reject": ""}),
    "/os-server-groups": ({"server_group": {"name": "g", "policy": "affinity", "rules": {}}},),
    "/images": (
        {"name": "x", "visibility": "private", "tags": ["x"], "min_disk": 1, "disk_format": "raw"},
        {"image": {"name": "x", "serverRef": "1"}},
    ),
    "/tokens": ({"auth": {"passwordCredentials": {"username": "x", "password": "x"}}},),
    "/user_catalogs": ({"uuids": ["x"], "displaynames": ["x"]},),
    "/service/user_catalogs": ({"uuids": ["x"], "displaynames": ["x"]},),
    "/images/<image>": (
        [{"op": "add", "path": "/name", "value": "x"}],
        {"metadata": {"k": "v"}},
    ),
}
"""Sensible documents of routes whose schema is free, to be spoiled place by place."""


class EveryRoute(SynchronousTestCase):
    """Each test besieges a daemon of its own and reads its whole log afterwards."""

    def settings(self, folder: Path) -> dict[str, dict[str, Any]]:
        return {"log": {"format": "plain"}}

    def setUp(self) -> None:
        folder = tempfile.mkdtemp(prefix="bad-input-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.siege = Besieged(Path(folder) / "d", self.settings(Path(folder)))
        self.addCleanup(self.siege.end)
        self.siege.begin()
        self.before = self.siege.counts()

    def judge(self, *, changes: bool = False) -> None:
        self.siege.still_answers()
        wrongs = self.siege.verdict()
        if wrongs:
            self.fail(wrongs)
        if not changes:
            self.assertEqual(self.siege.counts(), self.before)

    def with_bodies(self) -> list[Place]:
        return [place for place in self.siege.places if place.method in ("POST", "PUT", "PATCH")]

    def test_a_body_that_says_nothing_sensible_is_refused(self) -> None:
        """Every route with a JSON body answers broken, empty, deep and absurd bodies with a fault
        in its mount's dialect, whoever asks."""
        for place in self.with_bodies():
            if place.dialect in ("pithos", "swift"):
                continue
            for token in (self.siege.token, self.siege.admin_token):
                for raw in nasty.BODIES:
                    self.siege.try_raw(place, self.siege.filled(place), raw, token=token)
        self.judge(changes=True)

    def test_one_bad_place_in_a_document_is_understood_or_refused(self) -> None:
        """Each place of each schema takes wrong types, huge numbers, NULs and lone surrogates."""
        chance = random.Random(SEED)
        for place in self.with_bodies():
            documents = list(MORE.get(place.path, ()))
            if place.body is not None:
                documents.append(nasty.example(place.body))
            spoiled = [bad for document in documents for bad in nasty.spoiled(document)]
            chosen = chance.sample(spoiled, min(len(spoiled), UNGUIDED * len(documents)))
            for bad in chosen:
                token = chance.choice([self.siege.token, self.siege.admin_token])
                self.siege.try_raw(place, self.siege.filled(place), nasty.encode(bad), token=token)
        self.judge(changes=True)

    def test_the_control_socket_refuses_the_same(self) -> None:
        """Verbs of the administrator's socket are no softer than the routes of the public."""
        chance = random.Random(SEED)
        for place in self.siege.verbs:
            for raw in nasty.BODIES:
                self.siege.try_raw(place, place.target({}), raw, control=True)
            spoiled = list(nasty.spoiled(nasty.example(place.body)))
            for bad in chance.sample(spoiled, min(len(spoiled), UNGUIDED)):
                self.siege.try_raw(place, place.target({}), nasty.encode(bad), control=True)
        self.judge(changes=True)

    def test_a_bad_part_of_a_path_is_refused(self) -> None:
        """Unknown, negative, huge, non-UTF-8, dotted and escaped ids meet a fault at each route."""
        for place in self.siege.places:
            for part in place.parts:
                for bad in nasty.PARTS:
                    target = self.siege.filled(place, **{part: bad})
                    self.siege.try_raw(place, target, None)
                    if place.body is not None:
                        document = nasty.encode(nasty.example(place.body))
                        self.siege.try_raw(place, target, document)
        self.judge(changes=True)

    def test_a_bad_query_is_ignored_or_refused(self) -> None:
        """Limits, markers, dates and formats that make no sense meet no defect at any route."""
        for place in self.siege.places:
            if place.method in ("GET", "HEAD"):
                for bad in nasty.QUERIES:
                    self.siege.try_raw(place, f"{self.siege.filled(place)}?{bad}", None)
        self.judge()

    def test_a_bad_token_opens_nothing(self) -> None:
        """A token that is nobody's, or no token, is 401 wherever one is asked for, before the
        body is looked at; nothing changes."""
        for place in self.siege.places:
            if place.auth is not True:
                continue
            target = self.siege.filled(place)
            for token in (*nasty.TOKENS, b""):
                answer = self.siege.ask(place.method, target, token=token, raw=b"{")
                self.siege.judge(place, f"token {token[:20]!r}", answer, refused=True)
                if answer.status != 401:
                    self.siege.wrongs[f"{place}: token {token[:20]!r}: {answer.status}"] += 1
        self.judge()

    def test_a_bad_header_is_ignored_or_refused(self) -> None:
        """Headers with bytes and values that mean nothing meet no defect at any route."""
        for place in self.siege.places:
            document = nasty.example(place.body) if place.body is not None else {}
            raw = nasty.encode(document) if place.method in ("POST", "PUT", "PATCH") else None
            for name, value in nasty.HEADERS:
                target = self.siege.filled(place, **dict.fromkeys(place.parts, "example"))
                answer = self.siege.ask(place.method, target, raw=raw, headers={name: value})
                self.siege.judge(place, f"{name}: {value[:40]!r}", answer)
        self.judge(changes=True)


class EveryRouteOnPostgres(EveryRoute):
    """The same where the database is PostgreSQL, which is stricter about text and numbers."""

    skip = NO_POSTGRES

    def settings(self, folder: Path) -> dict[str, dict[str, Any]]:
        dsn, drop = empty_database()
        self.addCleanup(drop)
        return {"log": {"format": "plain"}, "database": {"url": f"postgresql:{dsn}"}}
