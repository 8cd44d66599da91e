"""Data of images on its way: streamed, staged and imported, switched off and on."""

from __future__ import annotations

import tracemalloc

from tests.unit.resources.image.cloud import V1, V2, ImageCloud

DATA = {"Content-Type": "application/octet-stream"}
MIB = 1 << 20
BLOCK = 4 * MIB


class Importing(ImageCloud):
    def test_staged_data_becomes_the_images(self) -> None:
        """Uploading until the import, active with size and sums then; a second stage, upload or
        import is 409, other methods are 400 (IMG-201)."""
        image = str(self.make(name="staged")["id"])
        path = f"{V2}/images/{image}"
        wanted = {"method": {"name": "glance-direct"}}
        self.assertEqual(self.web.post(f"{path}/import", json=wanted).status, 409)
        answer = self.web.put(f"{path}/stage", body=b"data", headers=DATA)
        self.assertEqual((answer.status, answer.body), (204, b""))
        shown = self.show(image)
        self.assertEqual((shown["status"], shown["size"]), ("uploading", None))
        self.assertEqual(self.web.get(f"{path}/file").status, 204)
        self.assertEqual(self.web.head(f"{V1}/images/{image}").status, 404)
        self.assertEqual(self.web.put(f"{path}/stage", body=b"x", headers=DATA).status, 409)
        self.assertEqual(self.fill(image).status, 409)
        for wrong in ({}, {"method": {}}, {"method": {"name": "web-download", "uri": "http://x"}}):
            self.assertEqual(self.web.post(f"{path}/import", json=wrong).status, 400, wrong)
        self.assertEqual(self.web.post(f"{path}/import", json=wanted, token="bob").status, 404)
        answer = self.web.post(f"{path}/import", json=wanted)
        self.assertEqual(answer.status, 202, answer.text)
        shown = self.show(image)
        self.assertEqual((shown["status"], shown["size"]), ("active", 4))
        self.assertEqual(len(shown["os_hash_value"]), 128)
        self.assertEqual(self.web.get(f"{path}/file").body, b"data")
        self.assertEqual(self.web.post(f"{path}/import", json=wanted).status, 409)

    def test_an_image_is_switched_off_and_on(self) -> None:
        """By administrators alone, as often as they like; its data is 403 for others meanwhile
        (IMG-201)."""
        image = self.active(name="off")
        path = f"{V2}/images/{image}"
        for verb in ("deactivate", "reactivate"):
            self.assertEqual(self.web.post(f"{path}/actions/{verb}").status, 403)
        for _ in range(2):
            answer = self.web.post(f"{path}/actions/deactivate", token="root")
            self.assertEqual((answer.status, answer.body), (204, b""), answer.text)
        self.assertEqual(self.show(image)["status"], "deactivated")
        self.assertEqual(self.web.get(f"{path}/file").status, 403)
        for _ in range(2):
            self.assertEqual(self.web.post(f"{path}/actions/reactivate", token="root").status, 204)
        self.assertEqual(self.web.get(f"{path}/file").body, b"data")
        queued = str(self.make()["id"])
        answer = self.web.post(f"{V2}/images/{queued}/actions/deactivate", token="root")
        self.assertEqual(answer.status, 403)
        unknown = f"{V2}/images/00000000-0000-4000-8000-000000000000/actions/deactivate"
        self.assertEqual(self.web.post(unknown, token="root").status, 404)
        self.assertEqual(self.web.post(f"{path}/actions/other", token="root").status, 404)

    def test_signing_properties_are_plain(self) -> None:
        """Kept and shown, and nothing follows from them (IMG-207)."""
        said = {
            "img_signature": "c2lnbmVk",
            "img_signature_hash_method": "SHA-256",
            "img_signature_key_type": "RSA-PSS",
            "cinder_encryption_key_id": "00000000-0000-4000-8000-000000000009",
        }
        image = self.active(name="signed", **said)
        shown = self.show(image)
        self.assertEqual({key: shown[key] for key in said}, said)
        self.assertEqual(shown["status"], "active")
        self.assertEqual(self.web.get(f"{V2}/images/{image}/file").body, b"data")


class Streaming(ImageCloud):
    def test_data_is_stored_while_it_comes(self) -> None:
        """Blocks are there before the last byte was sent, with a length and in chunks; memory does
        not grow with the image (IMG-203)."""
        block = bytes(range(256)) * (BLOCK // 256)
        for chunked in (True, False):
            peaks = []
            for blocks in (4, 16):
                image = str(self.make()["id"])
                headers = dict(DATA)
                if not chunked:
                    headers["Content-Length"] = str(blocks * BLOCK)
                self.blocks.used.clear()
                tracemalloc.start()
                exchange = self.web.start(
                    "PUT",
                    f"{V2}/images/{image}/file",
                    headers=headers,
                    chunked=chunked,
                    complete=False,
                )
                for number in range(blocks):
                    for start in range(0, BLOCK, MIB):
                        piece = block[start : start + MIB]
                        if chunked:
                            piece = b"%x\r\n%s\r\n" % (len(piece), piece)
                        exchange.connection.send(piece)
                    if number == 1:
                        self.assertTrue(self.blocks.used, "nothing is stored yet")
                        self.assertFalse(exchange.answered)
                if chunked:
                    exchange.connection.send(b"0\r\n\r\n")
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
                self.assertEqual(exchange.answer().status, 204)
                self.assertEqual(self.show(image)["size"], blocks * BLOCK)
            self.assertLess(peaks[1], peaks[0] + BLOCK)
            self.assertLess(peaks[1], 8 * BLOCK)
