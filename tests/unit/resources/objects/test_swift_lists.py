"""Access lists at the doors: set, shown, cleared, and who then gets in where."""

from tests.unit.resources.objects.cloud import ALICE, BOB, CAROL, PITHOS, SWIFT
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
            ('{"read-only": [".r:*"]}', 400),
            ("[]", 400),
            ("{", 400),
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


class Roles(SwiftCloud):
    """Lists of a whole account (object-storage.md 5.7)."""

    def give(self, text: str) -> None:
        headers = {"X-Account-Access-Control": text}
        self.assertEqual(self.web.post(SWIFT, headers=headers).status, 204)

    def status(self, method: str, path: str = "", **headers: str) -> int:
        wire = {name.replace("_", "-"): value for name, value in headers.items()}
        body = b"x" if method == "PUT" and path.count("/") > 1 else None
        url = f"{SWIFT}{path}"
        return self.web.request(method, url, headers=wire, body=body, token="bob").status

    def test_readers_read_all_of_it(self) -> None:
        """(PIT-240) And nothing else."""
        self.store("c/o")
        self.assertEqual(self.status("GET"), 403)
        self.give('{"read-only": ["bob"]}')
        self.assertEqual(self.web.head(SWIFT).headers["x-account-access-control"],
                         f'{{"read-only":["{BOB}"]}}')  # fmt: skip
        answer = self.web.get(SWIFT, token="bob")
        self.assertEqual((answer.status, answer.body), (200, b"c\n"))
        self.assertEqual(answer.headers["x-account-container-count"], "1")
        self.assertNotIn("x-account-access-control", answer.headers)
        self.assertEqual(self.web.get(f"{SWIFT}/c/o", token="bob").body, b"data")
        for method, path in (("PUT", "/d"), ("PUT", "/c/p"), ("DELETE", "/c/o"), ("POST", "/c")):
            self.assertEqual(self.status(method, path), 403)
        self.assertEqual(self.web.get(f"{SWIFT}/c/o", token="carol").status, 403)

    def test_writers_do_everything_but_keys_and_lists(self) -> None:
        """(PIT-240) Containers are theirs to make and remove, not to open to others."""
        self.give('{"read-write": ["bob"]}')
        for method, path, status in (
            ("PUT", "/d", 201),
            ("PUT", "/d/o", 201),
            ("POST", "/d/o", 202),
            ("DELETE", "/d/o", 204),
            ("DELETE", "/d", 204),
        ):
            self.assertEqual(self.status(method, path), status, (method, path))
        for name in (
            "X_Container_Read",
            "X_Remove_Container_Write",
            "X_Container_Meta_Temp_URL_Key",
        ):
            self.assertEqual(self.status("POST", "/c", **{name: "x"}), 403, name)
        self.assertEqual(self.status("POST", X_Account_Access_Control="{}"), 403)
        self.web.post(f"{SWIFT}/c", headers={"X-Container-Meta-Temp-URL-Key": "secret"})
        self.web.post(f"{SWIFT}/c", headers={"X-Container-Read": ".r:*"})
        seen = self.web.head(f"{SWIFT}/c", token="bob").headers
        self.assertNotIn("secret", seen.values())
        self.assertNotIn("x-container-read", seen)

    def test_who_administers_is_as_good_as_the_owner(self) -> None:
        """(PIT-240) Until the list is cleared."""
        self.give('{"admin": ["bob"], "read-only": ["carol"]}')
        self.assertEqual(self.status("POST", "/c", X_Container_Read=".r:*"), 204)
        seen = self.web.head(f"{SWIFT}/c", token="bob").headers
        self.assertEqual(seen["x-container-read"], ".r:*")
        self.assertEqual(self.status("POST", X_Account_Access_Control=""), 204)
        self.assertNotIn("x-account-access-control", self.web.head(SWIFT).headers)
        self.assertEqual(self.status("GET"), 403)
        self.assertEqual(self.web.get(SWIFT, token="carol").status, 403)

    def test_nobody_gets_further_by_acting_for_another(self) -> None:
        """(PIT-240) What a third person shares with the owner stays between those two."""
        other = f"/swift/v1/AUTH_{CAROL}"
        self.web.put(f"{other}/box", token="carol")
        self.web.put(f"{other}/box/o", body=b"carol's", token="carol")
        shared = {"X-Container-Read": f"*:{ALICE}"}
        self.web.post(f"{other}/box", headers=shared, token="carol")
        self.assertEqual(self.web.get(f"{other}/box/o").body, b"carol's")
        self.give('{"admin": ["bob"]}')
        copied = {"X-Copy-From": "/box/o", "X-Copy-From-Account": f"AUTH_{CAROL}"}
        copied["Content-Length"] = "0"
        self.assertEqual(self.web.put(f"{SWIFT}/c/mine", headers=copied).status, 201)
        stolen = self.web.put(f"{SWIFT}/c/stolen", headers=copied, token="bob")
        self.assertEqual(stolen.status, 403)
        self.assertEqual(self.web.get(f"{other}/box/o", token="bob").status, 403)
