"""People by name on the Pithos mount."""

from typing import Any

from synnefod.resources.objects.mounts import Faces
from tests.unit.resources.objects.cloud import ALICE, BOB, CAROL, PITHOS, Cloud

HERE = f"{PITHOS}/{ALICE}"
PLAIN = {"Content-Type": "text/plain"}


class Opaque(Cloud):
    def test_names_are_ids_unless_it_is_said_otherwise(self) -> None:
        """(PIT-024) The default: what clients write in sharing and groups is what is stored, and
        an account of another name is nobody's."""
        self.web.put(f"{HERE}/c")
        shared = {**PLAIN, "X-Object-Sharing": "read=bob"}
        self.assertEqual(self.web.put(f"{HERE}/c/o", body=b"x", headers=shared).status, 201)
        self.assertEqual(self.web.get(f"{HERE}/c/o", token="bob").status, 403)
        shown = self.web.head(f"{HERE}/c/o").headers
        self.assertEqual(shown["x-object-sharing"], "read=bob")
        self.assertEqual(shown["x-object-modified-by"], ALICE)
        self.assertEqual(self.web.get(f"{PITHOS}/alice/c/o").status, 403)


class Named(Cloud):
    faces: Any = Faces(by_name=True)

    def test_people_are_called_by_name_both_ways(self) -> None:
        """(PIT-024) In URLs, sharing, groups, copies and listings; the store knows their UUIDs."""
        here = f"{PITHOS}/alice"
        self.web.put(f"{here}/c")
        group = {"X-Account-Group-Pals": "bob,carol"}
        self.assertEqual(self.web.post(f"{here}?update=", headers=group).status, 202)
        self.assertEqual(self.web.head(here).headers["x-account-group-pals"], "bob,carol")
        shared = {**PLAIN, "X-Object-Sharing": "read=alice:pals; write=bob"}
        folder = {**shared, "Content-Type": "application/directory", "Content-Length": "0"}
        self.assertEqual(self.web.put(f"{here}/c/d", headers=folder).status, 201)
        self.assertEqual(self.web.put(f"{here}/c/d/o", body=b"x", headers=PLAIN).status, 201)
        answer = self.web.put(f"{here}/c/d/o", body=b"xy", headers=PLAIN, token="bob")
        self.assertEqual(answer.status, 201)
        shown = self.web.get(f"{here}/c/d/o", token="carol").headers
        self.assertEqual(shown["x-object-sharing"], "read=alice:pals; write=bob")
        self.assertEqual(shown["x-object-shared-by"], "alice/c/d")
        self.assertEqual(shown["x-object-modified-by"], "bob")
        entries = {e["name"]: e for e in self.web.get(f"{here}/c?format=json").json()}
        self.assertEqual(entries["d"]["x_object_sharing"], "read=alice:pals; write=bob")
        self.assertEqual(entries["d/o"]["x_object_modified_by"], "bob")
        self.assertEqual(self.web.get(PITHOS, token="carol").body, b"alice\n")
        copied = {"X-Copy-From": "/c/d/o", "X-Source-Account": "alice", "Content-Length": "0"}
        self.web.put(f"{PITHOS}/bob/mine", token="bob")
        answer = self.web.put(f"{PITHOS}/bob/mine/o", headers=copied, token="bob")
        self.assertEqual(answer.status, 201)
        # The catalogue names accounts by UUID, so that is as good.
        self.assertEqual(self.web.get(f"{PITHOS}/{BOB}/mine/o", token="bob").body, b"xy")
        query = (
            "select p.access, p.grantee from storage_permissions p "
            "join storage_nodes n on n.id = p.node where n.name = 'd' order by 1, 2"
        )
        stored = self.now(self.database.read("look", lambda tx: tx.all(query)))
        self.assertEqual(stored, [(0, f"{ALICE}:pals"), (1, BOB)])

    def test_who_is_nobody_is_refused(self) -> None:
        """(PIT-024) An unknown account in the URL is 404, an unknown member 400."""
        here = f"{PITHOS}/alice"
        self.web.put(f"{here}/c")
        self.assertEqual(self.web.get(f"{PITHOS}/nobody/c").status, 404)
        for who in ("nobody", "nobody:pals"):
            shared = {**PLAIN, "X-Object-Sharing": f"read={who}"}
            self.assertEqual(self.web.put(f"{here}/c/o", body=b"x", headers=shared).status, 400)
        group = {"X-Account-Group-Pals": "nobody"}
        self.assertEqual(self.web.post(f"{here}?update=", headers=group).status, 400)
        everybody = {**PLAIN, "X-Object-Sharing": f"read=*, {CAROL}"}
        self.assertEqual(self.web.put(f"{here}/c/o", body=b"x", headers=everybody).status, 201)
        self.assertEqual(self.web.head(f"{here}/c/o").headers["x-object-sharing"], "read=*")
