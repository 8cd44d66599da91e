"""Archives taken apart at the Swift mount (object-storage.md 5.11)."""

import io
import tarfile

from tests.harness.web import Answer
from tests.unit.resources.objects.cloud import SWIFT
from tests.unit.resources.objects.test_swift import SwiftCloud

LONG = "n" * 150 + "/é.txt"


def archive(
    files: dict[str, bytes], mode: str = "w", form: int = tarfile.PAX_FORMAT, **pax: str
) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as tar:  # type: ignore[call-overload]
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.pax_headers = dict(pax)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


class Extracting(SwiftCloud):
    def extract(self, path: str, data: bytes, form: str = "tar", token: str = "alice") -> Answer:
        return self.web.put(
            f"{SWIFT}{path}?extract-archive={form}",
            body=data,
            headers={"Accept": "application/json"},
            token=token,
        )

    def test_every_regular_file_becomes_an_object(self) -> None:
        """PIT-241, with the tests of large objects and of bulk deletion: each compression, each
        dialect of tar, below a prefix."""
        files = {"a.txt": b"one", "./b/c": b"x" * 1000, LONG: b"", "/d": b"y" * 512}
        for form, mode in (("tar", "w"), ("tar.gz", "w:gz"), ("tar.bz2", "w:bz2")):
            for dialect in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
                prefix = f"/c/{form}-{dialect}"
                answer = self.extract(prefix, archive(files, mode, dialect), form)
                self.assertEqual(answer.status, 200)
                found = answer.json()
                self.assertEqual(found["Number Files Created"], 4)
                self.assertEqual((found["Response Status"], found["Errors"]), ("201 Created", []))
                one = self.web.get(f"{SWIFT}{prefix}/a.txt")
                self.assertEqual((one.body, one.headers["content-type"]), (b"one", "text/plain"))
                self.assertEqual(self.web.get(f"{SWIFT}{prefix}/b/c").body, b"x" * 1000)
                self.assertEqual(self.web.get(f"{SWIFT}{prefix}/d").body, b"y" * 512)
                listed = self.web.get(f"{SWIFT}/c?prefix={prefix[3:]}/n").text.strip()
                self.assertEqual(listed, f"{prefix[3:]}/{LONG}")

    def test_containers_are_made_for_an_account(self) -> None:
        answer = self.extract("", archive({"new/o": b"1", "c/o": b"2", "bare": b"3"}))
        found = answer.json()
        self.assertEqual(found["Number Files Created"], 2)
        self.assertEqual(found["Errors"], [["bare", "400 Bad Request"]])
        self.assertEqual(found["Response Status"], "400 Bad Request")
        self.assertEqual(self.web.get(f"{SWIFT}/new/o").body, b"1")

    def test_extended_attributes_become_type_and_metadata(self) -> None:
        """Object-storage.md 5.11, both spellings."""
        schily = {"SCHILY.xattr.user.mime_type": "a/b", "SCHILY.xattr.user.meta.tag": "é"}
        self.extract("/c", archive({"s": b""}, **schily))
        self.extract("/c", archive({"l": b""}, **{"LIBARCHIVE.xattr.user.meta.tag": "w6k"}))
        headers = self.web.head(f"{SWIFT}/c/s").headers
        self.assertEqual((headers["content-type"], headers["x-object-meta-tag"]), ("a/b", "é"))
        self.assertEqual(self.web.head(f"{SWIFT}/c/l").headers["x-object-meta-tag"], "é")

    def test_bad_archives_are_told(self) -> None:
        whole = archive({"a": b"1" * 2000})
        for data, form in (
            (b"", "tar"),
            (b"x" * 5000, "tar"),
            (whole[:1800], "tar"),
            (whole, "tar.gz"),
            (whole, "tar.bz2"),
        ):
            answer = self.extract("/c", data, form)
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.json()["Response Status"], "400 Bad Request", form)
        self.assertEqual(self.web.get(f"{SWIFT}/c").status, 204)
        self.assertEqual(self.extract("/c", archive({})).json()["Number Files Created"], 0)
        self.assertEqual(self.extract("/c", whole, "zip").status, 400)

    def test_whoever_may_not_write_does_not(self) -> None:
        answer = self.extract("/c", archive({"a": b"1"}), token="bob")
        self.assertEqual(answer.json()["Errors"], [["a", "403 Forbidden"]])
        self.assertEqual(self.extract("/c", archive({"a": b"1"}), token="").status, 401)
