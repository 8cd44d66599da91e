"""Fills the first disk of a new instance with its image, and tells how far it is.

Run by Ganeti as root on the instance's node (OS API 20). The guest's own configuration (name,
password, SSH keys, files, user data) goes as a NoCloud seed to a small FAT partition, labelled
`cidata`, behind the image's own ones: cloud-init and cloudbase-init find it there. So no filesystem
of a foreign image is ever mounted by the node.

Needs python3, util-linux (sfdisk), mtools and openssl. Settings: /etc/default/synnefod-os, lines
NAME=value: CA_FILE (to check the cloud's certificate by; default the system's), PROGRESS_MONITOR
(a command that takes the messages instead of `progress_url`).
"""

from __future__ import annotations

import base64
import json
import os
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

PIECE = 4 << 20
TELL_EVERY = 3.0
SEED_BYTES = 4 << 20
ALIGN = 1 << 20
SECTOR = 512
TRIES = 5
SETTINGS = "/etc/default/synnefod-os"
TYPES = {"dos": "c", "gpt": "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"}
"""Partition types of a FAT filesystem by kind of table."""


class Failed(Exception):
    """The deployment cannot go on; the text is for the server's owner."""


def read_settings(path: str = SETTINGS) -> dict[str, str]:
    try:
        with open(path, encoding="utf-8") as file:
            pairs = (line.strip().partition("=") for line in file if "=" in line)
            return {name: value.strip("\"'") for name, _, value in pairs if name[:1] != "#"}
    except FileNotFoundError:
        return {}


class Web:
    """Requests to the cloud and to where images are."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._context = ssl.create_default_context(cafile=settings.get("CA_FILE") or None)

    def open(self, url: str, data: bytes | None = None, start: int = 0) -> Any:
        headers = {"Content-Type": "application/json"} if data is not None else {}
        if start:
            headers["Range"] = f"bytes={start}-"
        request = urllib.request.Request(url, data, headers)
        return urllib.request.urlopen(request, timeout=60, context=self._context)

    def once(self, url: str) -> bytes:
        """What is given out a single time: tried again only as long as nobody can have got it."""
        for left in reversed(range(TRIES)):
            try:
                with self.open(url) as answer:
                    return bytes(answer.read())
            except urllib.error.HTTPError as error:
                raise Failed(f"the parameters are not to be had: {error.code}") from None
            except (urllib.error.URLError, OSError) as error:
                if not left:
                    raise Failed(f"the parameters are not to be had: {error}") from None
                time.sleep(2)
        raise AssertionError("unreachable")


class Teller:
    """Tells the cloud what happens; that nobody listens never stops a deployment."""

    def __init__(self, web: Web, settings: Mapping[str, str], url: str, instance: str) -> None:
        self._web = web
        self._url = url
        self._monitor: subprocess.Popen[bytes] | None = None
        command = settings.get("PROGRESS_MONITOR") or os.environ.get("PROGRESS_MONITOR")
        if command:
            self._monitor = subprocess.Popen([command, instance], stdin=subprocess.PIPE)

    def say(self, kind: str, **body: Any) -> None:
        raw = json.dumps({"type": kind, "timestamp": time.time(), **body}).encode()
        try:
            if self._monitor is not None and self._monitor.stdin is not None:
                self._monitor.stdin.write(raw + b"\n")
                self._monitor.stdin.flush()
            elif self._url:
                self._web.open(self._url, raw).close()
        except OSError as error:
            print(f"telling {kind} fails: {error}", file=sys.stderr)

    def close(self) -> None:
        if self._monitor is not None and self._monitor.stdin is not None:
            self._monitor.stdin.close()
            self._monitor.wait(30)


def parameters(environment: Mapping[str, str], web: Web) -> dict[str, str]:
    """The OS parameters, those of the one-time document above those of the instance."""
    found = {
        name.removeprefix("OSP_"): value
        for name, value in environment.items()
        if name.startswith("OSP_")
    }
    if found.get("CONFIG_URL"):
        try:
            given = json.loads(web.once(found["CONFIG_URL"]))
        except ValueError:
            raise Failed("the parameters are no JSON") from None
        found |= {name.upper(): str(value) for name, value in given.items()}
    for name in ("IMG_ID", "IMG_FORMAT"):
        if not found.get(name):
            raise Failed(f"the parameter {name.lower()} is missing")
    return found


def source(given: Mapping[str, str], web: Web) -> tuple[int | None, Callable[[int], Any]] | None:
    """The data's size, if it is known, and how it is opened at an offset; None for none."""
    where = given["IMG_ID"]
    if where == "null":
        return None
    if where.startswith("pithosmap://"):
        size = int(where.rpartition("/")[2])
        if not given.get("IMG_URL"):
            raise Failed("there is no img_url to read the image from")
        url = given["IMG_URL"]
        return size, lambda start: web.open(url, start=start)
    if where.startswith(("http://", "https://")):
        return None, lambda start: web.open(where, start=start)
    path = where.removeprefix("local://")
    if not os.path.isfile(path):
        raise Failed(f"there is no image {where}")

    def at(start: int) -> Any:
        file = open(path, "rb")  # noqa: SIM115 - the caller closes it
        file.seek(start)
        return file

    return os.path.getsize(path), at


def pieces(size: int | None, opened: Callable[[int], Any]) -> Iterator[bytes]:
    """The data, taken up again where a connection broke off; nothing is skipped or doubled."""
    done, tries = 0, 0
    while True:
        try:
            with opened(done) as stream:
                resumed = getattr(stream, "status", 206) == 206 or not done
                if size is None and not done and stream.headers.get("Content-Length"):
                    size = int(stream.headers["Content-Length"])
                if not resumed:
                    raise Failed("the image cannot be taken up again where it broke off")
                while piece := stream.read(PIECE):
                    done += len(piece)
                    tries = 0
                    yield piece
        except (urllib.error.URLError, OSError) as error:
            tries += 1
            if tries >= TRIES or (isinstance(error, urllib.error.HTTPError) and error.code < 500):
                raise Failed(f"the image is not to be had: {error}") from None
            time.sleep(2)
            continue
        if size is None or done >= size:
            return
        tries += 1
        if tries >= TRIES:
            raise Failed(f"the image ends after {done} of {size} bytes")


def copy(given: Mapping[str, str], web: Web, disk: str, room: int, teller: Teller) -> int:
    """Writes the image to the disk; how many bytes. All of it is on the disk afterwards."""
    found = source(given, web)
    if found is None:
        return 0
    total, opened = found
    if total is not None and total > room:
        raise Failed(f"the image of {total} bytes is larger than the disk of {room}")
    position, told = 0, 0.0
    with open(disk, "r+b", buffering=0) as target:
        for piece in pieces(total, opened):
            if position + len(piece) > room:
                raise Failed(f"the image is larger than the disk of {room} bytes")
            view = memoryview(piece)
            while view:
                view = view[target.write(view) :]
            position += len(piece)
            if time.monotonic() - told >= TELL_EVERY:
                told = time.monotonic()
                tell_copied(teller, position, total)
        os.fsync(target.fileno())
    tell_copied(teller, position, position)
    return position


def tell_copied(teller: Teller, position: int, total: int | None) -> None:
    progress = round(100.0 * position / total, 2) if total else 0.0
    teller.say("image-copy-progress", total=total or 0, position=position, progress=progress)


# -- the guest's own configuration


def properties(given: Mapping[str, str]) -> dict[str, str]:
    """The image's properties with the instance's above them, names in capitals."""
    found: dict[str, str] = {}
    for name in ("IMG_PROPERTIES", "INST_PROPERTIES"):
        try:
            said = json.loads(given.get(name) or "{}")
        except ValueError:
            raise Failed(f"{name.lower()} is no JSON") from None
        found |= {key.upper(): str(value) for key, value in said.items()}
    return found


def hashed(password: str) -> str:
    """As /etc/shadow has it (SHA-512); the password stands on no command line."""
    done = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"],
        input=password,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def seed(given: Mapping[str, str], said: Mapping[str, str], instance: str) -> dict[str, str]:
    """The files of a NoCloud seed by name. JSON is YAML, so nothing needs quoting."""
    keys = [line for line in given.get("AUTH_KEYS", "").splitlines() if line.strip()]
    users = said.get("USERS", "root").split() or ["root"]
    config: dict[str, Any] = {"hostname": instance, "manage_etc_hosts": True}
    secret = given.get("IMG_PASSWD_HASH")
    if not secret and given.get("IMG_PASSWD"):
        secret = hashed(given["IMG_PASSWD"])
    if secret:
        listed = [{"name": user, "password": secret, "type": "hash"} for user in users]
        config |= {
            "chpasswd": {"expire": False, "users": listed},
            "ssh_pwauth": True,
            "disable_root": False,
        }
    if keys:
        config["ssh_authorized_keys"] = keys
        config["disable_root"] = False
    files = json.loads(given.get("IMG_PERSONALITY") or "[]")
    if files:
        config["write_files"] = [
            {
                "path": file["path"],
                "encoding": "b64",
                "content": file["contents"],
                "owner": f"{file.get('owner', 'root')}:{file.get('group', 'root')}",
                "permissions": f"{int(file.get('mode', 0o440)):04o}",
            }
            for file in files
        ]
    own = "#cloud-config\n" + json.dumps(config, indent=1) + "\n"
    theirs = given.get("CLOUD_USERDATA")
    meta = {"instance-id": instance, "local-hostname": instance, "public-keys": keys}
    return {
        "meta-data": json.dumps(meta, indent=1) + "\n",
        # What people give is theirs alone; ours then comes as the vendor's, which theirs overrides.
        "user-data": base64.b64decode(theirs).decode("utf-8") if theirs else own,
        "vendor-data": own if theirs else "",
    }


def seed_image(files: Mapping[str, str]) -> bytes:
    """A FAT filesystem with these files, labelled `cidata`."""
    with tempfile.TemporaryDirectory() as folder:
        image = os.path.join(folder, "seed")
        with open(image, "wb") as file:
            file.truncate(SEED_BYTES)
        run(["mformat", "-i", image, "-v", "cidata", "-T", str(SEED_BYTES // SECTOR), "::"])
        for name, text in files.items():
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            run(["mcopy", "-i", image, path, f"::{name}"])
        with open(image, "rb") as file:
            return file.read()


def table_of(disk: str) -> dict[str, Any] | None:
    """The disk's partition table as sfdisk tells it; None without one."""
    done = subprocess.run(["sfdisk", "--json", disk], capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    found: dict[str, Any] = json.loads(done.stdout)["partitiontable"]
    return found


def put_seed(disk: str, room: int, files: Mapping[str, str]) -> str:
    """Adds the seed's partition at the end of the disk; "" or why it cannot be done."""
    table = table_of(disk)
    if table is None or table["label"] not in TYPES:
        return "the image has no partition table"
    if table["label"] == "dos" and len(table.get("partitions", ())) >= 4:
        return "the image has no free partition"
    if table["label"] == "gpt":
        # The image's second copy of the table lies where the image ends, not the disk.
        run(["sfdisk", "--relocate", "gpt-bak-std", disk])
    last = room - (34 * SECTOR if table["label"] == "gpt" else 0)
    start = (last - SEED_BYTES) // ALIGN * ALIGN
    used = max(
        ((each["start"] + each["size"]) * SECTOR for each in table.get("partitions", ())), default=0
    )
    if start < used:
        return "the disk has no room behind the image's partitions"
    line = f"start={start // SECTOR}, size={SEED_BYTES // SECTOR}, type={TYPES[table['label']]}\n"
    run(["sfdisk", "--append", "--no-reread", "--no-tell-kernel", disk], line)
    with open(disk, "r+b", buffering=0) as target:
        target.seek(start)
        target.write(seed_image(files))
        os.fsync(target.fileno())
    return ""


def run(command: list[str], text: str | None = None) -> None:
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Failed(f"the node has no {command[0]}") from None
    if done.returncode:
        raise Failed(f"{command[0]} fails: {done.stderr.strip()[-200:]}")


def size_of(disk: str) -> int:
    with open(disk, "rb") as file:
        return file.seek(0, os.SEEK_END)


def deploy(environment: Mapping[str, str]) -> None:
    """Raises Failed."""
    settings = read_settings()
    web = Web(settings)
    instance, disk = environment["INSTANCE_NAME"], environment["DISK_0_PATH"]
    given = parameters(environment, web)
    teller = Teller(web, settings, given.get("PROGRESS_URL", ""), instance)
    try:
        room = size_of(disk)
        teller.say("image-info", messages=[f"Deploying {given['IMG_ID'].partition('?')[0]}"])
        copy(given, web, disk, room, teller)
        said = properties(given)
        if said.get("EXCLUDE_ALL_TASKS", "").lower() in ("yes", "true", "1"):
            return
        teller.say("image-helper", subtype="task-start", task="configure")
        why = put_seed(disk, room, seed(given, said, instance))
        if why:
            teller.say("image-warning", messages=[f"The guest is not configured: {why}."])
        teller.say("image-helper", subtype="task-end", task="configure")
    except Exception as error:
        teller.say("image-error", messages=[str(error)[:250]])
        raise
    finally:
        teller.close()


def main() -> int:
    try:
        deploy(os.environ)
    except Failed as error:
        print(f"deployment failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
