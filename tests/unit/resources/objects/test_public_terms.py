"""Public links that end: after a time, after a number of downloads."""

from twisted.internet.defer import ensureDeferred

from synnefod.objects.interface import NoSuchObject
from tests.unit.resources.objects.cloud import ALICE, BOB, PITHOS, Cloud

OBJECT = f"{PITHOS}/{ALICE}/c/o"
EXPIRES, DOWNLOADS = "X-Object-Public-Expires", "X-Object-Public-Downloads"
SOON = "2023-11-15T00:00:00Z"


class Terms(Cloud):
    def setUp(self) -> None:
        super().setUp()
        self.container("c")

    def publish(self, **terms: str) -> str:
        """The path of a link to ten bytes; `terms` are headers with `_` for `-`."""
        headers = {name.replace("_", "-"): value for name, value in terms.items()}
        self.upload("c/o", b"0123456789", {"X-Object-Public": "true", **headers})
        return self.shown()["x-object-public"].removeprefix("http://cloud.example.org")

    def shown(self) -> dict[str, str]:
        return dict(self.web.head(OBJECT).headers)

    def change(self, **headers: str) -> int:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.web.post(f"{OBJECT}?update", headers=given).status

    def get(self, link: str, **headers: str) -> int:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.web.get(link, token="", headers=given).status

    def test_a_link_ends_at_its_time(self) -> None:
        """PIT-219a: 404 from then on, for GET and HEAD; the owner may prolong it."""
        link = self.publish(X_Object_Public_Expires="2023-11-20T12:00:00+02:00")
        self.assertEqual(self.shown()[EXPIRES.lower()], "2023-11-20T10:00:00Z")
        answer = self.web.get(link, token="")
        self.assertEqual((answer.status, answer.body), (200, b"0123456789"))
        self.assertEqual(answer.headers["cache-control"], "no-store")
        self.assertEqual(self.get(link, Range="bytes=2-3"), 206)
        self.clock.advance(30 * 86_400)
        self.assertEqual(self.get(link), 404)
        self.assertEqual(self.web.head(link, token="").status, 404)
        self.assertEqual(self.web.get(OBJECT).status, 200)
        later = {"X_Object_Public": "true", "X_Object_Public_Expires": "2030-01-01T00:00:00Z"}
        self.assertEqual(self.change(**later), 202)
        self.assertEqual(self.get(link), 200)
        self.change(X_Object_Public="true", X_Object_Public_Expires="")
        self.assertNotIn(EXPIRES.lower(), self.shown())
        self.assertEqual(self.get(link), 200)

    def test_each_download_counts_once_and_the_last_is_the_last(self) -> None:
        """PIT-219a: HEAD and an unchanged answer count none; ranges are answered whole."""
        link = self.publish(X_Object_Public_Downloads="2")
        head = self.web.head(link, token="")
        self.assertEqual(head.headers["accept-ranges"], "none")
        self.assertEqual(self.get(link, If_None_Match=head.headers["etag"]), 304)
        self.assertEqual(self.shown()["x-object-public-downloaded"], "0")
        part = self.web.get(link, token="", headers={"Range": "bytes=2-3"})
        self.assertEqual((part.status, part.body), (200, b"0123456789"))
        self.assertEqual(self.shown()["x-object-public-downloaded"], "1")
        self.assertEqual(self.get(link), 200)
        self.assertEqual(self.get(link), 404)
        self.assertEqual(self.get(link, Range="bytes=2-3"), 404)
        shown = self.shown()
        self.assertEqual(shown["x-object-public-downloaded"], "2")
        self.assertEqual(shown[DOWNLOADS.lower()], "2")
        self.change(X_Object_Public="true", X_Object_Public_Downloads="1")
        self.assertEqual([self.get(link), self.get(link)], [200, 404])

    def test_one_that_was_opened_before_the_last_went_gets_nothing(self) -> None:
        """PIT-219a: what decides is the statement that counts, not the look before it."""
        token = self.publish(X_Object_Public_Downloads="1").rpartition("/")[2]
        opened = [self.now(self.objects.open_public(token)) for _ in range(2)]
        self.assertEqual([each.object.link_terms.taken for each in opened], [0, 0])
        self.now(self.objects.take_public(token))
        late = ensureDeferred(self.objects.take_public(token))
        self.failureResultOf(late, NoSuchObject)

    def test_who_knows_no_terms_changes_none(self) -> None:
        """PIT-219a: publishing again and overwriting keep them, unpublishing forgets."""
        link = self.publish(X_Object_Public_Downloads="3", X_Object_Public_Expires=SOON)
        self.assertEqual(self.get(link), 200)
        self.change(X_Object_Public="true")
        self.upload("c/o", b"other")
        shown = self.shown()
        self.assertEqual(shown[EXPIRES.lower()], SOON)
        self.assertEqual(shown[DOWNLOADS.lower()], "3")
        self.assertEqual(shown["x-object-public-downloaded"], "1")
        self.change(X_Object_Public="false")
        self.change(X_Object_Public="true")
        self.assertEqual([name for name in self.shown() if "public-" in name], [])

    def test_terms_are_the_owners_and_sound(self) -> None:
        """PIT-219a: others neither see nor set them; what makes no sense is refused."""
        self.publish(X_Object_Sharing=f"write={BOB}", X_Object_Public_Downloads="3")
        seen = self.web.head(OBJECT, token="bob").headers
        self.assertEqual([name for name in seen if "public" in name], [])
        given = {"X-Object-Public": "true", DOWNLOADS: "9"}
        answer = self.web.post(f"{OBJECT}?update", headers=given, token="bob")
        self.assertEqual(answer.status, 403)
        for name, bad in (
            *((DOWNLOADS, each) for each in ("0", "-1", "many", "1" * 30)),
            *((EXPIRES, each) for each in ("tomorrow", "0001-01-01T00:00:00Z")),
        ):
            for word in ({"X-Object-Public": "true"}, {}):
                answer = self.web.post(f"{OBJECT}?update", headers={**word, name: bad})
                self.assertEqual(answer.status, 400, (name, bad))
        self.assertEqual(self.change(X_Object_Public_Downloads="5"), 400)
        self.assertEqual(self.shown()[DOWNLOADS.lower()], "3")
