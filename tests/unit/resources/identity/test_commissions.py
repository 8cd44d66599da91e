"""The commission API through the door."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.cloud import done, in_memory, web

ROOT = "/astakos/account/v1.0/commissions"


class CommissionTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = in_memory()
        self.ada = done(self.cloud.person())
        self.token = done(self.cloud.identity.components.renew_token("cyclades"))
        self.other = done(self.cloud.identity.components.renew_token("pithos"))
        self.web = web(self.cloud)

    def provision(self, quantity: Any = 1, **changes: Any) -> dict[str, Any]:
        return {
            "holder": f"user:{self.ada.id}",
            "source": f"project:{self.ada.id}",
            "resource": "cyclades.vm",
            "quantity": quantity,
        } | changes

    def ask(self, method: str, path: str, status: int, body: Any = None, token: str = "") -> Any:
        answer = self.web.request(method, ROOT + path, json=body, token=token or self.token)
        self.assertEqual(answer.status, status, answer.text)
        return answer.json() if answer.body else None

    def issue(self, *provisions: Any, status: int = 201, **options: Any) -> Any:
        return self.ask("POST", "", status, {"provisions": list(provisions), **options})

    def test_a_commission_is_issued_shown_and_resolved(self) -> None:
        """AST-053, AST-067, AST-068, AST-069."""
        serial = self.issue(self.provision(), name="create server 7")["serial"]
        self.assertEqual(self.ask("GET", "", 200), [serial])
        self.assertEqual(self.ask("GET", "", 200, token=self.other), [])
        shown = self.ask("GET", f"/{serial}", 200)
        self.assertEqual(shown["provisions"], [self.provision()])
        self.assertEqual((shown["serial"], shown["name"]), (serial, "create server 7"))
        self.assertTrue(shown["issue_time"].endswith("+00:00"))
        self.assertIsNone(self.ask("GET", f"/{serial}", 404, token=self.other))
        self.assertIsNone(self.ask("GET", "/0", 404))
        self.assertIsNone(self.ask("GET", f"/{2**70}", 404))
        for body in ({}, {"accept": "", "reject": ""}, []):
            self.ask("POST", f"/{serial}/action", 400, body)
        self.assertIsNone(self.ask("POST", f"/{serial}/action", 404, {"accept": ""}, self.other))
        self.assertIsNone(self.ask("POST", f"/{serial}/action", 200, {"accept": ""}))
        self.assertIsNone(self.ask("POST", f"/{serial}/action", 404, {"accept": ""}))
        self.assertIsNone(self.ask("GET", f"/{serial}", 404))
        self.ask("GET", "/x", 400)

    def test_many_are_resolved_at_once(self) -> None:
        """AST-070, AST-071."""
        first, second, third = (self.issue(self.provision())["serial"] for _ in range(3))
        body = {"accept": [first, second], "reject": [second, third, 99, 99]}
        answer = self.ask("POST", "/action", 200, body)
        self.assertEqual((answer["accepted"], answer["rejected"]), ([first], [third]))
        failed = {serial: next(iter(fault.items())) for serial, fault in answer["failed"]}
        self.assertEqual(
            {s: (n, f["code"]) for s, (n, f) in failed.items()},
            {second: ("badRequest", 400), 99: ("itemNotFound", 404)},
        )
        self.assertEqual(self.ask("GET", "", 200), [second])
        for bad in ({"accept": 1}, {"accept": ["1"]}, {"reject": [True]}, {"reject": [1.5]}):
            self.ask("POST", "/action", 400, bad)

    def test_over_the_limit(self) -> None:
        """AST-060, AST-061, AST-062, AST-063: the figures of this refusal and no other's."""
        fault = self.issue(self.provision(3), self.provision(2), status=413)
        self.assertEqual(set(fault["overLimit"]), {"code", "message", "data"})
        self.assertEqual(
            fault["overLimit"]["data"],
            {"name": "NoCapacityError", "limit": 4, "usage": 0, "provision": self.provision(5)},
        )
        fault = self.issue(self.provision(-1), status=413)
        self.assertEqual(
            fault["overLimit"]["data"],
            {"name": "NoQuantityError", "limit": 0, "usage": 0, "provision": self.provision(-1)},
        )
        for changes in (
            {"holder": "user:nobody"},
            {"holder": self.ada.id},
            {"resource": "unknown"},
            {"source": None},
        ):
            wanted = self.provision(1, **changes)
            fault = self.issue(wanted, status=404)
            self.assertEqual(
                fault["itemNotFound"]["data"], {"name": "NoHoldingError", "provision": wanted}
            )
        self.assertGreater(self.issue(self.provision(5), force=True)["serial"], 0)

    def test_options(self) -> None:
        """AST-065, AST-066."""
        self.assertGreater(self.issue()["serial"], 0)
        self.issue(self.provision(), auto_accept=True)
        self.assertEqual(len(self.ask("GET", "", 200)), 1)

    def test_bad_bodies(self) -> None:
        """AST-064, AST-075, AST-007: refusals without `details`."""
        for quantity in ("1", 1.0, 1.5, True, None, 2**63, -(2**63), 2**70):
            fault = self.issue(self.provision(quantity), status=400)
            self.assertEqual(set(fault["badRequest"]), {"code", "message"}, quantity)
        for options in ({"force": "yes"}, {"auto_accept": 1}, {"name": 5}, {"name": None}):
            self.issue(self.provision(), status=400, **options)
        for bad in ("x", {}, self.provision(holder=5), self.provision(source=5)):
            self.issue(bad, status=400)
        for body in ([], {}, {"provisions": "x"}):
            self.ask("POST", "", 400, body)
        self.issue(self.provision(resource="pithos.diskspace"), status=400)
        self.issue(self.provision(2**62), self.provision(2**62), status=400, force=True)
        self.issue(*[self.provision()] * 1001, status=413)
        self.ask("POST", "", 401, {"provisions": []}, token="unknown")
        answer = self.web.delete(ROOT, token=self.token)
        self.assertEqual((answer.status, answer.headers["allow"]), (405, "GET,POST"))
