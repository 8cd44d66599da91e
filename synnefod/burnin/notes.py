"""What was made and has no name by which a later run knows it: addresses, a file for each.

A file's content is JSON: {"cloud": URL of identity, "user": uuid, "id": ..., "address": ...}.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from attrs import frozen


@frozen
class Notes:
    """`folder` is made when the first note is taken. Where it cannot be, nothing is noted."""

    folder: Path
    cloud: str
    user: str

    def take(self, address: Any) -> None:
        """`address` is a floating IP as the network service shows it."""
        note = {
            "cloud": self.cloud,
            "user": self.user,
            "id": address["id"],
            "address": address["floating_ip_address"],
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file(address["id"]).write_text(json.dumps(note), "utf-8")
        except OSError:
            return

    def drop(self, number: str) -> None:
        """Nothing happens when there is no such note."""
        try:
            self._file(number).unlink(missing_ok=True)
        except OSError:
            return

    def among(self, addresses: list[Any]) -> list[Any]:
        """Those floating IPs of the user that an earlier run made."""
        return [each for each in addresses if self._is_noted(each)]

    def _is_noted(self, address: Any) -> bool:
        try:
            note = json.loads(self._file(address["id"]).read_text("utf-8"))
        except (OSError, ValueError):
            return False
        return bool(
            note.get("cloud") == self.cloud
            and note.get("user") == self.user
            and note.get("address") == address["floating_ip_address"]
        )

    def _file(self, number: str) -> Path:
        return self.folder / f"floating-ip-{self.user}-{number}.json"
