"""Temporary URLs: signatures, bounds, what they show (object-storage.md 5.12)."""

import hmac
from typing import Any
from urllib.parse import quote

from twisted.trial.unittest import SynchronousTestCase

from synnefod.resources.objects.swift import tempurl
from tests.harness.web import Answer
from tests.unit.resources.objects.cloud import ALICE, BOB, SWIFT
from tests.unit.resources.objects.test_swift import SwiftCloud

LATER = 1_700_009_999
KEY = b"mykey"


class Signatures(SynchronousTestCase):
    def test_vectors_of_the_contract(self) -> None:
        """Object-storage.md 5.12."""
        plain = b"GET\n1512508563\n/v1/AUTH_account/c/o"
        for text, signature in (
            (plain, "97f3c4ddae07e1ee6de47780297f2ea81cb8742ee29a5d129636febe118a9b9f"),
            (plain, "a759e7a06b8e03a7ac25d75b2658477581c306ed"),
            (
                plain,
                "sha512:qJ6yLCk933-De6-kYo-gWtuwvIOCgi9tvQEPAvkULl8BwVr5G8Z-vgjzt9XHh_PsYy3bkoKr"
                "vnJVUxV3Bu7ZdA==",
            ),
        ):
            digest, given = tempurl.parsed_signature(signature) or ("", b"")
            self.assertEqual(hmac.digest(KEY, text, digest), given)

    def test_other_text_is_no_signature(self) -> None:
        for text in ("", "x" * 64, "ab", "md5:AAAA", "sha256:***"):
            self.assertIsNone(tempurl.parsed_signature(text))

    def test_both_forms_of_time(self) -> None:
        self.assertEqual(tempurl.seconds_of("2017-12-05T21:16:03Z"), 1512508563)
        self.assertEqual(tempurl.seconds_of("1512508563"), 1512508563)
        for text in ("", "x", "-1", "2017-12-05", "1" * 16):
            self.assertIsNone(tempurl.seconds_of(text))


class TemporaryUrls(SwiftCloud):
    def setUp(self) -> None:
        super().setUp()
        self.web.post(SWIFT, headers={"X-Account-Meta-Temp-URL-Key": "mykey"})
        self.store("c/o", X_Object_Meta_Secret="s", X_Object_Meta_Public_Tag="t")

    def ask(
        self,
        method: str,
        path: str = "/c/o",
        *,
        signed: str = "",
        key: bytes = KEY,
        head: str = "",
        base: str = f"/v1/AUTH_{ALICE}",
        expires: Any = LATER,
        digest: str = "sha256",
        query: str = "",
        **options: Any,
    ) -> Answer:
        text = f"{head}{signed or method}\n{LATER}\n{base}{path}"
        if "temp_url_prefix" in query:
            text = f"{signed or method}\n{LATER}\nprefix:{base}/c/pre"
        signature = hmac.digest(key, text.encode(), digest).hex()
        url = f"{SWIFT}{quote(path)}?temp_url_sig={signature}&temp_url_expires={expires}{query}"
        return self.web.request(method, url, token="", **options)

    def test_whoever_has_the_url_reads(self) -> None:
        """Object-storage.md 5.12: no token, the headers of the contract."""
        answer = self.ask("GET")
        self.assertEqual((answer.status, answer.body), (200, b"data"))
        headers = answer.headers
        self.assertEqual(headers["x-object-meta-public-tag"], "t")
        self.assertNotIn("x-object-meta-secret", headers)
        self.assertIn("2023", headers["expires"])
        self.assertEqual(
            headers["content-disposition"], "attachment; filename=\"o\"; filename*=UTF-8''o"
        )
        for digest in tempurl.DIGESTS:
            self.assertEqual(self.ask("GET", digest=digest).status, 200)
        self.assertEqual(self.ask("GET", expires="2023-11-15T00:59:59Z").status, 200)
        self.assertEqual(self.ask("GET", base=SWIFT).status, 200)

    def test_names_of_the_download(self) -> None:
        for query, disposition in (
            ("&inline", "inline"),
            (
                "&filename=a%22%C3%A9",
                "attachment; filename=\"a%22%C3%A9\"; filename*=UTF-8''a%22%C3%A9",
            ),
            ("&inline&filename=b", "inline; filename=\"b\"; filename*=UTF-8''b"),
        ):
            self.assertEqual(
                self.ask("GET", query=query).headers["content-disposition"], disposition
            )
        self.store("c/o", Content_Disposition="stored")
        self.assertEqual(self.ask("GET").headers["content-disposition"], "stored")

    def test_names_that_need_encoding(self) -> None:
        self.store("c/" + quote("é ü?"))
        self.assertEqual(self.ask("GET", "/c/é ü?").body, b"data")

    def test_bad_urls_open_nothing(self) -> None:
        """Object-storage.md 5.12: 401 for each."""
        self.assertEqual(self.ask("GET", key=b"other").status, 401)
        self.assertEqual(self.ask("GET", expires=LATER + 1).status, 401)
        self.assertEqual(self.ask("GET", expires="x").status, 401)
        self.assertEqual(self.ask("PUT", signed="GET", body=b"").status, 401)
        self.assertEqual(self.ask("GET", signed="PUT").status, 401)
        self.assertEqual(self.ask("GET", "/c").status, 401)
        self.assertEqual(self.ask("COPY", headers={"Destination": "c/p"}).status, 401)
        for query in ("temp_url_sig=" + "0" * 64, f"temp_url_expires={LATER}"):
            self.assertEqual(self.web.get(f"{SWIFT}/c/o?{query}", token="").status, 401)
        self.clock.advance(99999)
        self.assertEqual(self.ask("GET").status, 401)

    def test_head_goes_with_reading_and_writing(self) -> None:
        for signed in ("GET", "PUT", "POST", "HEAD"):
            self.assertEqual(self.ask("HEAD", signed=signed).status, 200)
        self.assertEqual(self.ask("HEAD", signed="DELETE").status, 401)

    def test_writing_and_deleting(self) -> None:
        self.assertEqual(self.ask("PUT", "/c/new", body=b"new").status, 201)
        self.assertEqual(self.web.get(f"{SWIFT}/c/new").body, b"new")
        for name in ("X-Object-Manifest", "X-Copy-From"):
            bad = self.ask("PUT", "/c/x", body=b"", headers={name: "c/o"})
            self.assertEqual(bad.status, 400)
        for method, query in (
            ("PUT", "&multipart-manifest=put"),
            ("PUT", "&extract-archive=tar"),
            ("POST", "&bulk-delete"),
            ("DELETE", "&bulk-delete"),
        ):
            bad = self.ask(method, "/c/x", body=b"/c/o", query=query)
            self.assertEqual(bad.status, 400, query)
        self.assertEqual(self.ask("POST", "/c/new").status, 202)
        self.assertEqual(self.ask("DELETE", "/c/new").status, 204)
        self.assertEqual(self.ask("GET", "/c/new").status, 404)

    def test_a_prefix_and_an_address_bound_it(self) -> None:
        """Object-storage.md 5.12: `prefix:` and `ip=`."""
        self.store("c/pre/1")
        query = "&temp_url_prefix=pre"
        self.assertEqual(self.ask("GET", "/c/pre/1", query=query).body, b"data")
        self.assertEqual(self.ask("GET", "/c/o", query=query).status, 401)
        for networks, status in (("192.0.2.0/24", 200), ("192.0.2.7", 200), ("1.2.3.0/24", 401)):
            query = "&temp_url_ip_range=" + quote(networks)
            answer = self.ask("GET", head=f"ip={networks}\n", query=query)
            self.assertEqual(answer.status, status)
        self.assertEqual(self.ask("GET", query="&temp_url_ip_range=192.0.2.0/24").status, 401)

    def test_a_key_of_a_container_opens_only_that(self) -> None:
        """Object-storage.md 5.12: the segments of large objects, too, only within the scope."""
        self.web.put(f"{SWIFT}/k", headers={"X-Container-Meta-Temp-URL-Key-2": "second"})
        self.store("k/o")
        self.assertEqual(self.ask("GET", "/k/o", key=b"second").body, b"data")
        self.assertEqual(self.ask("GET", "/c/o", key=b"second").status, 401)
        self.store("k/big", b"", X_Object_Manifest="c/o")
        self.assertEqual(self.ask("GET", "/k/big", key=b"second").status, 401)
        self.assertEqual(self.ask("GET", "/k/big").body, b"data")

    def test_keys_of_others_are_not_ours(self) -> None:
        answer = self.ask("GET", base=f"/v1/AUTH_{BOB}")
        self.assertEqual(answer.status, 401)
