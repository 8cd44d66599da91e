"""Files in forms, however the body is cut."""

from collections.abc import Coroutine
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Malformed
from synnefod.resources.objects.forms import AnotherFile, FormFile

TYPE = "multipart/form-data; boundary=xyz"
HEAD = b'Content-Disposition: form-data; name="X-Object-Data"; filename="f"\r\n'


class Pieces:
    def __init__(self, data: bytes, size: int) -> None:
        self._pieces = [data[n : n + size] for n in range(0, len(data), size)]

    async def read_some(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waits")


async def read(file: FormFile) -> bytes:
    out = b""
    while piece := await file.read_some():
        out += piece
    return out


def form(*datas: bytes, end: bytes = b"\r\n--xyz--\r\n") -> bytes:
    other = b'--xyz\r\nContent-Disposition: form-data; name="other"\r\n\r\nnothing'
    parts = [b"\r\n--xyz\r\n" + HEAD + b"Content-Type: image/png\r\n\r\n" + data for data in datas]
    return other + b"".join(parts) + end


class Forms(SynchronousTestCase):
    def test_the_data_is_the_same_however_the_body_is_cut(self) -> None:
        """PIT-183, PIT-184."""
        data = b"a\r\n--xy\r\n\r\n--x" * 20 + b"\r"
        for size in (1, 2, 7, 64, 10_000):
            file = FormFile(Pieces(form(data), size), TYPE, "X-Object-Data")
            self.assertTrue(run(file.open()))
            self.assertEqual(file.content_type, "image/png")
            self.assertEqual(run(read(file)), data)

    def test_the_last_complete_file_wins(self) -> None:
        file = FormFile(Pieces(form(b"first", b"second"), 9), TYPE, "X-Object-Data")
        self.assertTrue(run(file.open()))
        with self.assertRaises(AnotherFile):
            run(read(file))
        self.assertEqual(run(read(file)), b"second")

    def test_an_empty_file_is_a_file(self) -> None:
        file = FormFile(Pieces(form(b""), 5), TYPE, "X-Object-Data")
        self.assertTrue(run(file.open()))
        self.assertEqual(run(read(file)), b"")

    def test_a_broken_form_is_malformed(self) -> None:
        self.assertRaises(Malformed, FormFile, Pieces(b"", 1), "multipart/form-data", "x")
        file = FormFile(Pieces(form(b"data", end=b"\r\n--xy"), 3), TYPE, "X-Object-Data")
        self.assertTrue(run(file.open()))
        with self.assertRaises(Malformed):
            run(read(file))
        self.assertFalse(run(FormFile(Pieces(form(), 3), TYPE, "X-Object-Data").open()))
