"""The object store's calls that files need, as Synnefo's own dialect has them."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from synnefod.user.maps import FileMap, block_name
from synnefod.user.refusals import Changed, Failure, Refused
from synnefod.user.signin import Session
from synnefod.user.wire import Answer, quoted

_FOLDER = "application/directory"
_NEW = {"If-None-Match": "*"}


@frozen
class Remote:
    """An object of a listing."""

    name: str
    size: int
    hash: str
    version: int
    modified: str
    type: str

    @property
    def folder(self) -> bool:
        return self.type.partition(";")[0] in (_FOLDER, "application/folder")


@frozen
class Store:
    """An account's containers, as the session's user sees them; usually his own."""

    session: Session
    account: str

    def of(self, account: str) -> Store:
        return evolve(self, account=account)

    def _send(self, method: str, path: str, **more: Any) -> Answer:
        url = f"{self.session.store}/{quoted(self.account)}{path}"
        return self.session.wire.send(method, url, token=self.session.token, **more)

    # -- containers

    def containers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._send("GET", "", query={"format": "json"}).json()
        return found

    def make(self, container: str) -> None:
        """The container, unless it is there."""
        try:
            self._send("HEAD", f"/{quoted(container)}")
        except Refused as error:
            if error.status != 404:
                raise
            self._send("PUT", f"/{quoted(container)}")

    def entries(self, container: str, prefix: str = "", **more: str) -> Iterator[dict[str, Any]]:
        """All entries, page by page: objects, and `subdir`s if a delimiter is asked for."""
        query = {"format": "json", "prefix": prefix, "limit": "10000", **more}
        while True:
            page = self._send("GET", f"/{quoted(container)}", query=query).json()
            yield from page
            if len(page) < 10000:
                return
            query["marker"] = page[-1].get("name") or page[-1]["subdir"]

    def objects(self, container: str, prefix: str = "") -> Iterator[Remote]:
        for entry in self.entries(container, prefix):
            yield Remote(
                entry["name"],
                int(entry["bytes"]),
                entry["x_object_hash"],
                int(entry["x_object_version"]),
                entry.get("last_modified", ""),
                entry.get("content_type", ""),
            )

    # -- objects

    def head(self, path: str, version: int | None = None) -> Mapping[str, str]:
        query = {"version": str(version)} if version is not None else None
        return self._send("HEAD", f"/{quoted(path)}", query=query).headers

    def map(self, path: str, version: int | None = None) -> FileMap:
        query = {"hashmap": "", "format": "json"}
        if version is not None:
            query["version"] = str(version)
        told = self._send("GET", f"/{quoted(path)}", query=query).json()
        hashes = tuple(told["hashes"]) if told["bytes"] else ()
        return FileMap(int(told["bytes"]), hashes)

    def put_map(self, path: str, made: FileMap, condition: Mapping[str, str]) -> Sequence[str]:
        """Makes the object of blocks that are there; the hashes of those that are not (and then
        nothing was made). Raises Changed if the condition does not hold."""
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        body = json.dumps({"bytes": made.size, "hashes": made.hashes}).encode()
        answer = self._send(
            "PUT",
            f"/{quoted(path)}",
            query={"hashmap": "", "format": "json"},
            headers={"Content-Type": kind, **condition},
            body=body,
            good=(409, 412),
        )
        if answer.status == 412:
            raise Changed(f"{path} was changed in the cloud")
        if answer.status != 409:
            return ()
        missing = answer.json()
        if not isinstance(missing, list) or not missing:
            raise Refused(409, f"{path} cannot be written")
        return [str(each) for each in missing]

    def put_block(self, container: str, data: bytes, name: str) -> None:
        """Raises Changed if the data is not the block of this name."""
        if block_name(data) != name:
            raise Changed("a file was changed while it was sent")
        answer = self._send(
            "POST",
            f"/{quoted(container)}",
            query={"update": "", "format": "json"},
            headers={"Content-Type": "application/octet-stream"},
            body=data,
        )
        if answer.json() != [name]:
            raise Failure("the cloud names a block otherwise; it was damaged on its way")

    def read(self, path: str, first: int, count: int, version: int | None = None) -> bytes:
        """A range of an object's bytes."""
        query = {"version": str(version)} if version is not None else None
        span = {"Range": f"bytes={first}-{first + count - 1}"}
        answer = self._send("GET", f"/{quoted(path)}", query=query, headers=span, good=(416,))
        if answer.status != 206 or len(answer.body) != count:
            raise Changed(f"{path} was changed in the cloud")
        return answer.body

    def folder(self, path: str) -> None:
        headers = {"Content-Type": _FOLDER, "Content-Length": "0"}
        self._send("PUT", f"/{quoted(path)}", headers=headers)

    def copy(
        self,
        source: str,
        target: str,
        *,
        move: bool = False,
        version: int | None = None,
        account: str = "",
        whole: bool = False,
    ) -> None:
        """Within the cloud, no data is sent; `whole` takes what lies below too."""
        word = "X-Move-From" if move else "X-Copy-From"
        headers = {word: f"/{quoted(source)}", "Content-Length": "0"}
        if account:
            headers["X-Source-Account"] = account
        if version is not None:
            headers["X-Source-Version"] = str(version)
        query = {"delimiter": "/"} if whole else None
        self._send("PUT", f"/{quoted(target)}", query=query, headers=headers)

    def delete(self, path: str, *, whole: bool = False, condition: str = "") -> None:
        """Raises Changed if it is not what `condition` (its hash) says."""
        headers = {"If-Match": condition} if condition else {}
        query = {"delimiter": "/"} if whole else None
        good = (412,) if condition else ()
        answer = self._send("DELETE", f"/{quoted(path)}", query=query, headers=headers, good=good)
        if answer.status == 412:
            raise Changed(f"{path} was changed in the cloud")

    def versions(self, path: str) -> list[tuple[int, float]]:
        query = {"version": "list", "format": "json"}
        told = self._send("GET", f"/{quoted(path)}", query=query).json()
        return [(int(serial), float(when)) for serial, when in told["versions"]]

    def update(self, path: str, headers: Mapping[str, str]) -> None:
        self._send("POST", f"/{quoted(path)}", query={"update": ""}, headers=headers)


def only_if(hash: str | None) -> dict[str, str]:
    """The condition that an object still has this hash; None: that there is none."""
    return dict(_NEW) if hash is None else {"If-Match": hash}
