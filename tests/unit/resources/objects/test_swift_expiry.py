"""Objects that end, at the Swift mount."""

from synnefod.objects import expiry
from tests.unit.resources.objects.cloud import ALICE, PITHOS, SWIFT
from tests.unit.resources.objects.test_swift import SwiftCloud


class Expiry(SwiftCloud):
    def test_an_object_ends(self) -> None:
        """Object-storage.md 5.8: the header is shown as At, then 404 at both doors."""
        self.store("c/o", X_Delete_After="100")
        headers = self.web.head(f"{SWIFT}/c/o").headers
        self.assertRegex(headers["x-delete-at"], r"^17000001\d\d$")
        self.assertNotIn("x-delete-after", headers)
        self.clock.advance(101)
        for path in (f"{SWIFT}/c/o", f"{PITHOS}/{ALICE}/c/o"):
            self.assertEqual(self.web.get(path).status, 404)
            self.assertEqual(self.web.head(path).status, 404)
        self.assertEqual(self.web.post(f"{SWIFT}/c/o").status, 404)
        self.assertEqual(self.web.get(f"{SWIFT}/c").body, b"o\n")
        self.assertEqual(self.now(expiry.sweep(self.objects.parts)), 1)
        self.assertEqual(self.web.get(f"{SWIFT}/c").status, 204)

    def test_bad_times_are_refused(self) -> None:
        for name, value in (("X-Delete-At", "x"), ("X-Delete-At", "1"), ("X-Delete-After", "0")):
            answer = self.web.put(f"{SWIFT}/c/o", body=b"", headers={name: value})
            self.assertEqual(answer.status, 400)
        self.store("c/o")
        odd = {"X-If-Delete-At": "bad"}
        self.assertEqual(self.web.request("DELETE", f"{SWIFT}/c/o", headers=odd).status, 400)

    def test_an_end_is_cleared_by_post(self) -> None:
        for headers in ({}, {"X-Remove-Delete-At": "x"}):
            self.store("c/o", X_Delete_After="100")
            self.assertEqual(self.web.post(f"{SWIFT}/c/o", headers=headers).status, 202)
            self.assertNotIn("x-delete-at", self.web.head(f"{SWIFT}/c/o").headers)
