"""What Swift's own functional tests demand beyond the text of its manual."""

import hmac
import json

from tests.harness.web import Answer
from tests.unit.resources.objects.cloud import ALICE, BOB, SWIFT
from tests.unit.resources.objects.test_swift import MD5, SwiftCloud

BOBS = f"/swift/v1/AUTH_{BOB}"


class Whole(SwiftCloud):
    def test_everything_of_accounts_containers_and_objects(self) -> None:
        """PIT-240: made, changed by merging, removed by X-Remove, opened by lists, copied in part
        and with other metadata only, deleted."""
        web = self.web
        web.post(SWIFT, headers={"X-Account-Meta-A": "1", "X-Account-Meta-B": "2"})
        web.post(SWIFT, headers={"X-Remove-Account-Meta-A": "x"})
        found = web.head(SWIFT).headers
        self.assertEqual((found.get("x-account-meta-a"), found["x-account-meta-b"]), (None, "2"))
        web.post(f"{SWIFT}/c", headers={"X-Container-Meta-A": "1"})
        web.post(f"{SWIFT}/c", headers={"X-Container-Meta-B": "2", "X-Container-Read": "*:bob"})
        web.post(f"{SWIFT}/c", headers={"X-Remove-Container-Meta-A": "x"})
        found = web.head(f"{SWIFT}/c").headers
        self.assertEqual(
            (found.get("x-container-meta-a"), found["x-container-meta-b"]), (None, "2")
        )
        self.store("c/o", X_Object_Meta_A="1")
        self.assertEqual(web.get(f"{SWIFT}/c/o", token="bob").body, b"data")
        headers = {"Destination": "c/part", "Range": "bytes=1-2", "X-Object-Meta-B": "2"}
        self.assertEqual(web.request("COPY", f"{SWIFT}/c/o", headers=headers).status, 201)
        part = web.get(f"{SWIFT}/c/part")
        self.assertEqual((part.body, part.headers["x-object-meta-a"]), (b"at", "1"))
        headers = {"Destination": "c/fresh", "X-Fresh-Metadata": "true", "X-Object-Meta-C": "3"}
        answer = web.request("COPY", f"{SWIFT}/c/o", headers=headers)
        self.assertEqual(answer.headers["x-object-meta-c"], "3")
        self.assertNotIn("x-object-meta-a", answer.headers)
        self.assertNotIn("x-object-meta-a", web.head(f"{SWIFT}/c/fresh").headers)
        web.post(f"{SWIFT}/c", headers={"X-Remove-Container-Read": "x"})
        self.assertEqual(web.get(f"{SWIFT}/c/o", token="bob").status, 403)
        for name in ("o", "part", "fresh"):
            self.assertEqual(web.delete(f"{SWIFT}/c/{name}").status, 204)
        self.assertEqual(web.delete(f"{SWIFT}/c").status, 204)

    def test_the_owners_account_before_a_user_means_that_user(self) -> None:
        """Object-storage.md 5.7."""
        self.store("c/o")
        for item, status in ((f"{ALICE}:bob", 200), (f"{ALICE}:carol", 403), (f"{ALICE}:*", 403)):
            self.web.post(f"{SWIFT}/c", headers={"X-Container-Read": item})
            self.assertEqual(self.web.get(f"{SWIFT}/c/o", token="bob").status, status, item)

    def test_names_may_hold_line_breaks(self) -> None:
        """Object-storage.md 6.1 row 6: names are literal."""
        self.store("c/a%0Ab%0D%0A")
        self.assertEqual(self.web.get(f"{SWIFT}/c/a%0Ab%0D%0A").body, b"data")
        listed = self.web.get(f"{SWIFT}/c?format=json").json()
        self.assertEqual([entry["name"] for entry in listed], ["a\nb\r\n"])
        strange = self.web.get("/swift/v1/AUTH_x%22%0Ay", token="")
        self.assertEqual(strange.status, 401)
        self.assertEqual(strange.headers["www-authenticate"], 'Swift realm="AUTH_x%22%0Ay"')


class Wordings(SwiftCloud):
    def test_bad_input_is_answered_with_the_bare_text(self) -> None:
        answer = self.web.get("/swift/v1")
        self.assertEqual((answer.status, answer.body), (412, b"Bad URL"))
        answer = self.web.put(f"{SWIFT}/c/o", body=b"", headers={"X-Delete-At": "*"})
        self.assertEqual((answer.status, answer.body), (400, b"Non-integer X-Delete-At"))
        answer = self.web.put(f"{SWIFT}/c/o", body=b"", headers={"X-Copy-From": "<b>"})
        self.assertNotIn(b"<", answer.body)

    def test_nothing_to_say_has_length_0(self) -> None:
        """Object-storage.md 5.1."""
        for path in (SWIFT, f"{SWIFT}/c"):
            answer = self.web.head(path)
            self.assertEqual((answer.status, answer.headers["content-length"]), (204, "0"))

    def test_all_metadata_together_has_a_limit(self) -> None:
        """Object-storage.md 5.2."""
        for base, kind in ((SWIFT, "Account"), (f"{SWIFT}/c", "Container")):
            some = {f"X-{kind}-Meta-{n:04}": "v" * 256 for n in range(15)}
            self.assertEqual(self.web.post(base, headers=some).status, 204)
            one = {f"X-{kind}-Meta-K": "v" * 196}
            self.assertEqual(self.web.post(base, headers=one).status, 400)
            one = {f"X-{kind}-Meta-K": "v" * 195}
            self.assertEqual(self.web.post(base, headers=one).status, 204)

    def test_a_bound_with_nul_is_included(self) -> None:
        """Object-storage.md 5.4: what Swift's clients write to include a bound (PIT-243)."""
        for name in "abc":
            self.store(f"c/{name}")
        for query, names in (
            ("end_marker=b%00", b"a\nb\n"),
            ("marker=a%00", b"b\nc\n"),
            ("marker=b%00&reverse=on", b"b\na\n"),
            ("end_marker=b%00&reverse=on", b"c\n"),
        ):
            self.assertEqual(self.web.get(f"{SWIFT}/c?{query}").body, names, query)

    def test_the_only_storage_policy_is_the_default(self) -> None:
        for policy, status in (("Default", 201), ("gold", 400)):
            headers = {"X-Storage-Policy": policy}
            self.assertEqual(self.web.put(f"{SWIFT}/p{policy}", headers=headers).status, status)

    def test_every_put_and_post_of_a_container_moves_its_date(self) -> None:
        """Object-storage.md 5.1."""
        seen = [self.web.head(f"{SWIFT}/c").headers["last-modified"]]
        for method in ("PUT", "POST"):
            self.clock.advance(2)
            self.web.request(method, f"{SWIFT}/c")
            seen.append(self.web.head(f"{SWIFT}/c").headers["last-modified"])
        self.assertEqual(len(set(seen)), 3)


class LargeObjects(SwiftCloud):
    def manifest(self, name: str = "c/big", kind: str = "") -> None:
        self.store("c/1", b"one")
        self.store("c/2", b"two")
        body = json.dumps([{"path": "/c/1"}, {"path": "/c/2"}]).encode()
        headers = {"Content-Type": kind} if kind else {}
        answer = self.web.put(f"{SWIFT}/{name}?multipart-manifest=put", body=body, headers=headers)
        self.assertEqual(answer.status, 201, answer.body)

    def test_conditions_are_about_the_whole_of_a_dynamic_one(self) -> None:
        """Object-storage.md 5.10."""
        self.manifest()
        self.store("c/dlo", b"", X_Object_Manifest="c/1")
        etag = self.web.head(f"{SWIFT}/c/dlo").headers["etag"]
        for method in ("GET", "HEAD"):
            for headers, status in (
                ({"If-Match": etag}, 200),
                ({"If-Match": MD5}, 412),
                ({"If-None-Match": etag}, 304),
                ({"If-None-Match": MD5}, 200),
            ):
                answer = self.web.request(method, f"{SWIFT}/c/dlo", headers=headers)
                self.assertEqual(answer.status, status, headers)

    def test_parts_tell_of_manifest_and_count(self) -> None:
        """Object-storage.md 5.10."""
        self.manifest(kind="a/b")
        own = self.web.get(f"{SWIFT}/c/big?multipart-manifest=get").headers["etag"]
        for query, status in (("", 200), ("?part-number=2", 206), ("?part-number=3", 416)):
            answer = self.web.get(f"{SWIFT}/c/big{query}")
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.headers["x-manifest-etag"], own)
            if query:
                self.assertEqual(answer.headers["x-parts-count"], "2")
        raw = self.web.get(f"{SWIFT}/c/big?multipart-manifest=get&format=raw")
        self.assertEqual(raw.headers["content-type"], "a/b")

    def test_a_part_may_be_copied(self) -> None:
        self.manifest()
        copied = self.web.request(
            "COPY", f"{SWIFT}/c/big?part-number=2", headers={"Destination": "c/part"}
        )
        self.assertEqual(copied.status, 201)
        self.assertEqual(self.web.get(f"{SWIFT}/c/part").body, b"two")

    def test_a_manifest_is_not_copied_to_where_its_segments_are_not(self) -> None:
        """Object-storage.md 5.6, 5.10."""
        self.manifest()
        self.web.put(f"{BOBS}/b", token="bob", headers={"X-Container-Write": "*:alice"})
        headers = {"Destination": "b/big", "Destination-Account": f"AUTH_{BOB}"}
        path = f"{SWIFT}/c/big?multipart-manifest=get"
        answer = self.web.request("COPY", path, headers=headers)
        self.assertEqual(answer.status, 400, answer.body)
        whole = self.web.request("COPY", f"{SWIFT}/c/big", headers=headers)
        self.assertEqual(whole.status, 201, whole.body)
        self.assertEqual(self.web.get(f"{BOBS}/b/big", token="bob").body, b"onetwo")

    def test_who_may_only_write_may_copy_there(self) -> None:
        """Object-storage.md 5.6, 5.7: writing does not include reading; what is not there is 403
        in another's account."""
        self.store("c/o")
        self.web.put(f"{BOBS}/b", token="bob", headers={"X-Container-Write": "*:alice"})
        headers = {"Destination": "b/o", "Destination-Account": f"AUTH_{BOB}"}
        answer = self.web.request("COPY", f"{SWIFT}/c/o", headers=headers)
        self.assertEqual((answer.status, answer.headers["etag"]), (201, MD5))
        headers["Destination"] = "none/o"
        answer = self.web.request("COPY", f"{SWIFT}/c/o", headers=headers)
        self.assertEqual(answer.status, 403)


class Extras(SwiftCloud):
    def test_each_is_offered_and_works(self) -> None:
        """PIT-242: temporary URLs, signed forms, other origins, web sites, links, ends, versions;
        what each refuses stands in the tests of its own."""
        web, key = self.web, {"X-Account-Meta-Temp-Url-Key": "k"}
        web.post(SWIFT, headers=key)
        expires = 1_800_000_000
        path = f"/v1/AUTH_{ALICE}/c/o"
        self.store("c/o")
        self.assertEqual(self.signed("GET", path, expires, "sha512").body, b"data")
        text = f"/v1/AUTH_{ALICE}/c/f\n\n10\n1\n{expires}"
        form = {"max_file_size": "10", "max_file_count": "1", "expires": str(expires)}
        form |= {"redirect": "", "signature": hmac.new(b"k", text.encode(), "sha1").hexdigest()}
        body = "".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in form.items()
        )
        body += (
            '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\nup\r\n--b--\r\n'
        )
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        sent = web.request("POST", f"{SWIFT}/c/f", body=body.encode(), headers=headers, token="")
        self.assertEqual((sent.status, web.get(f"{SWIFT}/c/fx").body), (201, b"up"))
        rules = {"Access-Control-Allow-Origin": "https://a.example", "Web-Index": "o"}
        rules = {f"X-Container-Meta-{name}": value for name, value in rules.items()}
        web.post(f"{SWIFT}/c", headers={**rules, "X-Container-Read": ".r:*"})
        answer = web.get(f"{SWIFT}/c/o", headers={"Origin": "https://a.example"})
        self.assertEqual(answer.headers["access-control-allow-origin"], "https://a.example")
        self.assertEqual(web.get(f"{SWIFT}/c/", token="").body, b"data")
        web.put(f"{SWIFT}/c/link", body=b"", headers={"X-Symlink-Target": "c/o"})
        self.assertEqual(web.get(f"{SWIFT}/c/link").body, b"data")
        web.put(f"{SWIFT}/c/brief", body=b"x", headers={"X-Delete-After": "60"})
        self.assertEqual(web.get(f"{SWIFT}/c/brief").status, 200)
        self.clock.advance(61)
        self.assertEqual(web.get(f"{SWIFT}/c/brief").status, 404)
        web.post(f"{SWIFT}/c", headers={"X-Versions-Enabled": "true"})
        self.store("c/o", b"newer")
        listed = web.get(f"{SWIFT}/c?versions&prefix=o&format=json").json()
        self.assertEqual([entry["is_latest"] for entry in listed], [True, False])
        old = web.get(f"{SWIFT}/c/o?version-id={listed[1]['version_id']}")
        self.assertEqual(old.body, b"data")

    def signed(self, method: str, path: str, expires: int, digest: str) -> Answer:
        text = f"{method}\n{expires}\n{path}".encode()
        query = f"temp_url_sig={hmac.new(b'k', text, digest).hexdigest()}"
        url = f"/swift{path}?{query}&temp_url_expires={expires}"
        return self.web.request(method, url, token="")
