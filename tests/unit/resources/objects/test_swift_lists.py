"""Access lists at the doors: set, shown, cleared, and who then gets in where."""

from tests.unit.resources.objects.cloud import ALICE, BOB, PITHOS
from tests.unit.resources.objects.test_swift import SwiftCloud


class Lists(SwiftCloud):
    def set(self, **lists: str) -> int:
        headers = {f"X-Container-{side.capitalize()}": text for side, text in lists.items()}
        return self.web.post(f"{self.swift}/c", headers=headers).status

    swift = f"/swift/v1/AUTH_{ALICE}"

    def test_lists_are_shown_to_the_owner_only(self) -> None:
        """Object-storage.md 5.7."""
        self.assertEqual(self.set(read="bob , .r: *", write="*:bob"), 204)
        self.web.post(f"{self.swift}/c", headers={"X-Container-Meta-Temp-URL-Key": "k"})
        mine = self.web.head(f"{self.swift}/c").headers
        self.assertEqual(mine["x-container-read"], f"{BOB},.r:*")
        self.assertEqual(mine["x-container-write"], f"*:{BOB}")
        self.assertEqual(mine["x-container-meta-temp-url-key"], "k")
        theirs = self.web.head(f"{self.swift}/c", token="bob")
        self.assertEqual(theirs.status, 204)
        self.assertEqual(theirs.headers["x-container-object-count"], "0")
        for hidden in ("x-container-read", "x-container-write", "x-container-meta-temp-url-key"):
            self.assertNotIn(hidden, theirs.headers)
        clear = {"X-Remove-Container-Read": "x", "X-Container-Write": ""}
        self.web.post(f"{self.swift}/c", headers=clear)
        mine = self.web.head(f"{self.swift}/c").headers
        self.assertNotIn("x-container-read", mine)
        self.assertNotIn("x-container-write", mine)
        self.assertEqual(self.web.head(f"{self.swift}/c", token="bob").status, 403)

    def test_bad_lists_are_refused(self) -> None:
        for lists in ({"read": ".r:"}, {"read": ".x:y"}, {"write": ".r:*"}):
            self.assertEqual(self.set(**lists), 400)
        for text, status in (
            ("{}", 204),
            ('{"read-only": []}', 204),
            ('{"x": []}', 400),
            ('{"read-only": 1}', 400),
            ('{"read-only": ["bob"]}', 501),
        ):
            whole = {"X-Account-Access-Control": text}
            self.assertEqual(self.web.post(self.swift, headers=whole).status, status, text)

    def test_a_list_may_come_with_the_container(self) -> None:
        self.web.put(f"{self.swift}/d", headers={"X-Container-Read": ".r:*"})
        self.assertEqual(self.web.head(f"{self.swift}/d").headers["x-container-read"], ".r:*")

    def test_writers_write_and_delete(self) -> None:
        """Object-storage.md 5.7: PUT, POST, COPY to and DELETE of objects, no more."""
        self.set(write=BOB)
        path = f"{self.swift}/c/o"
        self.assertEqual(self.web.put(path, body=b"x", token="bob").status, 201)
        self.assertEqual(self.web.post(path, token="bob").status, 202)
        self.assertEqual(self.web.get(path, token="bob").status, 403)
        self.assertEqual(self.web.post(f"{self.swift}/c", token="bob").status, 403)
        self.assertEqual(self.web.put(f"{self.swift}/c", token="bob").status, 403)
        self.assertEqual(self.web.request("DELETE", path, token="bob").status, 204)
        self.assertEqual(self.web.put(path, body=b"x", token="carol").status, 403)

    def test_readers_come_in_at_both_doors(self) -> None:
        """Object-storage.md 0.2."""
        self.store("c/o")
        self.set(read="*:bob")
        for door in (f"{self.swift}/c", f"{PITHOS}/{ALICE}/c"):
            self.assertEqual(self.web.get(f"{door}/o", token="bob").body, b"data")
            self.assertEqual(self.web.get(door, token="bob").body, b"o\n")
            self.assertEqual(self.web.get(f"{door}/o", token="carol").status, 403)
        limited = self.web.head(f"{PITHOS}/{ALICE}/c", token="bob").headers
        self.assertNotIn("x-container-object-count", limited)

    def test_strangers_read_what_is_open_to_all(self) -> None:
        """Object-storage.md 5.7: without a token, by the linking page."""
        self.store("c/o")
        path = f"{self.swift}/c/o"
        self.assertEqual(self.web.get(path, token="").status, 401)
        self.set(read=".r:.example.org")
        good = {"Referer": "http://www.example.org/page"}
        bad = {"Referer": "http://[bad/"}
        self.assertEqual(self.web.get(path, token="", headers=good).body, b"data")
        self.assertEqual(self.web.get(path, token="", headers=bad).status, 401)
        self.assertEqual(self.web.get(path, token="bob", headers=good).body, b"data")
        self.assertEqual(self.web.get(f"{self.swift}/c", token="", headers=good).status, 401)
        self.set(read=".r:*,.rlistings")
        self.assertEqual(self.web.get(f"{self.swift}/c", token="").body, b"o\n")
        self.assertEqual(self.web.get(self.swift, token="").status, 401)
        self.assertEqual(self.web.put(path, body=b"x", token="").status, 401)
        names = self.web.post(f"{self.swift}?bulk-delete", body=b"/c/o", token="")
        self.assertEqual(names.status, 401)
        self.assertEqual(self.web.get(path, token="nonsense").status, 401)

    def test_a_manifest_is_read_by_who_may_read_each_part(self) -> None:
        """PIT-118: at both doors, by list or by sharing; else 403 before the first byte."""
        for number in "12":
            self.store(f"c/big/{number}")
        self.web.put(f"{self.swift}/m")
        headers = {"X-Object-Manifest": "c/big/"}
        self.web.put(f"{self.swift}/m/whole", body=b"", headers=headers)
        open_to_bob = {"X-Container-Read": "*:bob"}
        self.web.post(f"{self.swift}/m", headers=open_to_bob)
        self.assertEqual(self.web.get(f"{self.swift}/m/whole", token="bob").status, 403)
        doors = (f"{self.swift}/m/whole", f"{PITHOS}/{ALICE}/m/whole")
        for headers in ({"X-Container-Read": ".r:*"}, open_to_bob):
            self.web.post(f"{self.swift}/c", headers=headers)
            for door in doors:
                self.assertEqual(self.web.get(door, token="bob").body, b"datadata")
        self.web.post(f"{self.swift}/c", headers={"X-Container-Read": ""})
        for number, status in (("1", 403), ("2", 200)):
            share = {"X-Object-Sharing": "read=" + BOB}
            path = f"{PITHOS}/{ALICE}/c/big/{number}?update="
            self.assertEqual(self.web.post(path, headers=share).status, 202)
            for door in doors:
                self.assertEqual(self.web.get(door, token="bob").status, status)
