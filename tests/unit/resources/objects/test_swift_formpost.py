"""Files of a signed form (object-storage.md 5.12)."""

import hmac

from tests.harness.web import Answer
from tests.unit.resources.objects.cloud import ALICE, SWIFT
from tests.unit.resources.objects.test_swift import SwiftCloud

KEY = "mykey"
LATER = 1_800_000_000


def signature(path: str, redirect: str, size: str, count: str, expires: str) -> str:
    text = f"{path}\n{redirect}\n{size}\n{count}\n{expires}"
    return hmac.new(KEY.encode(), text.encode(), "sha256").hexdigest()


class Forms(SwiftCloud):
    def setUp(self) -> None:
        super().setUp()
        self.web.post(SWIFT, headers={"X-Account-Meta-Temp-Url-Key": KEY})

    def send(
        self,
        fields: dict[str, str],
        files: list[tuple[str, str, bytes]],
        path: str = f"{SWIFT}/c/pre",
    ) -> Answer:
        """A form as a browser sends it, by nobody in particular."""
        body = b""
        for name, value in fields.items():
            body += f'--xyz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
            body += value.encode() + b"\r\n"
        for name, kind, data in files:
            head = f'--xyz\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n'
            body += (head + f"Content-Type: {kind}\r\n\r\n").encode() + data + b"\r\n"
        headers = {"Content-Type": "multipart/form-data; boundary=xyz"}
        return self.web.request("POST", path, body=body + b"--xyz--\r\n", headers=headers, token="")

    def fields(
        self, redirect: str = "", size: int = 100, count: int = 2, expires: int = LATER
    ) -> dict[str, str]:
        path = f"/v1/AUTH_{ALICE}/c/pre"
        told = (redirect, str(size), str(count), str(expires))
        return {
            "redirect": redirect,
            "max_file_size": str(size),
            "max_file_count": str(count),
            "expires": str(expires),
            "signature": signature(path, *told),
        }

    def test_the_vector_of_the_contract(self) -> None:
        """Object-storage.md 5.12: FormPost."""
        self.assertEqual(
            signature("/v1/AUTH_account/c/pre", "", "104857600", "10", "1512508563"),
            "c6fc87624e2119be0103dedae55b2362f0cf286ed98232e72b265aa30f8f0be7",
        )

    def test_every_file_becomes_an_object(self) -> None:
        answer = self.send(self.fields(), [("/a.txt", "text/x", b"one"), ("/b", "", b"two")])
        self.assertEqual(answer.status, 201, answer.body)
        found = self.web.get(f"{SWIFT}/c/pre/a.txt")
        self.assertEqual((found.body, found.headers["content-type"]), (b"one", "text/x"))
        self.assertEqual(self.web.get(f"{SWIFT}/c/pre/b").body, b"two")

    def test_common_attributes_and_an_end(self) -> None:
        fields = self.fields() | {"content-type": "a/b", "x_delete_at": "1750000000"}
        self.assertEqual(self.send(fields, [("a", "text/x", b"1")]).status, 201)
        found = self.web.head(f"{SWIFT}/c/prea").headers
        self.assertEqual((found["content-type"], found["x-delete-at"]), ("a/b", "1750000000"))

    def test_the_browser_is_sent_on(self) -> None:
        for redirect, location in (
            ("https://x.example/done", "https://x.example/done?status=201&message="),
            ("https://x.example/?a=b", "https://x.example/?a=b&status=201&message="),
        ):
            answer = self.send(self.fields(redirect), [("a", "", b"1")])
            self.assertEqual((answer.status, answer.headers["location"]), (303, location))
        answer = self.send(self.fields("https://x.example/", size=2), [("a", "", b"123")])
        self.assertIn("status=413", answer.headers["location"])

    def test_what_was_not_signed_is_refused(self) -> None:
        good = self.fields()
        for changed, status in (
            ({"max_file_size": "1000"}, 401),
            ({"signature": "0" * 64}, 401),
            ({"signature": "zz"}, 401),
            ({"redirect": "https://evil.example"}, 401),
            ({"expires": "soon"}, 400),
            ({"max_file_count": "x"}, 400),
        ):
            answer = self.send(good | changed, [("a", "", b"1")])
            self.assertEqual(answer.status, status, changed)
        for name in ("max_file_size", "max_file_count", "expires"):
            fewer = {key: value for key, value in good.items() if key != name}
            self.assertEqual(self.send(fewer, [("a", "", b"1")]).status, 400)
        self.assertEqual(self.send(good, [("a", "", b"1")], f"{SWIFT}/c/other").status, 401)
        self.assertEqual(self.send(self.fields(expires=1), [("a", "", b"1")]).status, 401)
        self.assertEqual(self.web.get(f"{SWIFT}/c").status, 204)

    def test_limits_hold(self) -> None:
        self.assertEqual(self.send(self.fields(size=2), [("a", "", b"123")]).status, 413)
        many = [(str(n), "", b"1") for n in range(3)]
        self.assertEqual(self.send(self.fields(), many).status, 400)
        self.assertEqual(self.web.get(f"{SWIFT}/c").body, b"pre0\npre1\n")

    def test_the_key_of_a_container_does_too(self) -> None:
        self.web.post(SWIFT, headers={"X-Remove-Account-Meta-Temp-Url-Key": "x"})
        self.assertEqual(self.send(self.fields(), [("a", "", b"1")]).status, 401)
        self.web.post(f"{SWIFT}/c", headers={"X-Container-Meta-Temp-Url-Key": KEY})
        self.assertEqual(self.send(self.fields(), [("a", "", b"1")]).status, 201)
