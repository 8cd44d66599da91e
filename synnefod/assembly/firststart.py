"""The first start: resources and services, people, flavors, a network, an image to boot.

Every step looks before it acts, so an interrupted first start goes on at the next.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from attrs import frozen
from twisted.logger import Logger

from synnefod.assembly.services import Services
from synnefod.assembly.supports import write_private
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.config import Config
from synnefod.images.interface import ImageChange
from synnefod.network.interface import NewNetwork, NewSubnet
from synnefod.projects.bootstrap import FirstStart
from synnefod.quota.resources import STANDARD

log = Logger()
FLAVORS = ((1, 512, 1), (1, 1024, 5), (2, 2048, 10), (4, 4096, 20))
"""vCPUs, MiB of memory, GiB of disk."""
GREETING = b"Hello from synnefod: this machine has booted.\r\n"
IMAGE_NAME = "hello"


@frozen
class Person:
    """Someone made at the first start."""

    nick: str
    email: str
    first: str
    last: str
    admin: bool


PEOPLE = (
    Person("admin", "admin@localhost", "Cloud", "Administrator", True),
    Person("demo", "demo@localhost", "Demo", "User", False),
)


async def run(config: Config, services: Services, url: str) -> None:
    """Makes what is missing, and says where to go when people were made now."""
    first = FirstStart(
        services.identity.store,
        services.identity.users,
        services.identity.components,
        services.resources,
        services.projects,
        STANDARD,
    )
    await first.prepare()
    if not config.bootstrap.enabled:
        return
    await _people(config, services, first, url)
    await _flavors(config, services)
    await _network(config, services)
    await _image(services)


async def _people(config: Config, services: Services, first: FirstStart, url: str) -> None:
    """Accounts with random passwords, and files (mode 0600) that clients read them from."""
    made = False
    for person in PEOPLE:
        path = config.state / f"{person.nick}.env"
        password = secrets.token_urlsafe(16)
        user = await first.person(
            person.email, password, first=person.first, last=person.last, admin=person.admin
        )
        if user is None:
            continue
        token, _ = await services.identity.tokens.issue_api(user.id, label="first start")
        variables = environment(config, url, person.email, password) | {
            "SYNNEFO_URL": url,
            "SYNNEFO_USER_ID": user.id,
            "SYNNEFO_TOKEN": token,
        }
        write_private(path, as_shell(variables))
        made = True
    moved = point_at(config, url)
    if made or moved:
        write_clouds(config)
    if made:
        log.info(
            "the cloud is at {url}; sign in as demo@localhost or admin@localhost, see {folder}:"
            " demo.env, admin.env and clouds.yaml",
            url=url,
            folder=str(config.state),
        )


def environment(config: Config, url: str, email: str, password: str) -> dict[str, str]:
    """What OpenStack's clients read."""
    return {
        "OS_AUTH_URL": f"{url}/astakos/identity/v3",
        "OS_USERNAME": email,
        "OS_PASSWORD": password,
        "OS_PROJECT_NAME": email,
        "OS_USER_DOMAIN_NAME": "Default",
        "OS_PROJECT_DOMAIN_NAME": "Default",
        "OS_IDENTITY_API_VERSION": "3",
        "OS_REGION_NAME": config.identity.region,
    }


def point_at(config: Config, url: str) -> bool:
    """Lets the users' files say the present address; whether one said another."""
    moved = False
    for person in PEOPLE:
        path = config.state / f"{person.nick}.env"
        if not path.exists():
            continue
        found = read_environment(path)
        old = found.get("SYNNEFO_URL", url)
        if old != url:
            changed = {name: value.replace(old, url) for name, value in found.items()}
            write_private(path, as_shell(changed))
            moved = True
    return moved


def as_shell(variables: Mapping[str, str]) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def write_clouds(config: Config) -> None:
    """`clouds.yaml` out of the environment files; JSON is YAML."""
    clouds: dict[str, Any] = {}
    for person in PEOPLE:
        path = config.state / f"{person.nick}.env"
        if not path.exists():
            continue
        found = read_environment(path)
        clouds[person.nick] = {
            "auth": {
                "auth_url": found["OS_AUTH_URL"],
                "username": found["OS_USERNAME"],
                "password": found["OS_PASSWORD"],
                "project_name": found["OS_PROJECT_NAME"],
                "user_domain_name": "Default",
                "project_domain_name": "Default",
            },
            "region_name": found["OS_REGION_NAME"],
            "identity_api_version": 3,
        }
    text = msgspec.json.format(msgspec.json.encode({"clouds": clouds}), indent=2).decode()
    write_private(config.state / "clouds.yaml", text + "\n")


def read_environment(path: Path) -> dict[str, str]:
    """The variables of a file that `_people` wrote."""
    found = {}
    for line in path.read_text("utf-8").splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        found[name] = "".join(shlex.split(value))
    return found


async def _flavors(config: Config, services: Services) -> None:
    flavors = services.compute.compute.flavors
    if await flavors.all():
        return
    kinds = await services.volumes.types()
    kind = kinds[0].id if kinds else None
    if kind is None:
        template = config.bootstrap.disk_template
        kind = await services.volumes.add_type(template, template)
    for cpu, ram, disk in FLAVORS:
        await flavors.create(cpu=cpu, ram=ram, disk=disk, volume_type=kind)


async def _network(config: Config, services: Services) -> None:
    nobody = Principal(UserId(""), "", None, is_admin=True)
    if any(row.public for row in await services.network.networks(nobody)):
        return
    subnets = [NewSubnet(cidr) for cidr in (config.bootstrap.network, config.bootstrap.network6)]
    await services.network.create_network(
        NewNetwork("public", public=True, floating_ip_pool=True, subnets=tuple(subnets))
    )


async def _image(services: Services) -> None:
    """A public image of the administrator's that greets and halts."""
    found = await services.identity.users.listing(name=PEOPLE[0].email)
    if not found:
        return
    admin = UserId(found[0].id)
    asker = Principal(
        admin, PEOPLE[0].email, ProjectId(admin), frozenset({ProjectId(admin)}), is_admin=True
    )
    images = [image for image in await services.images.list(asker) if image.owner == admin]
    if any(image.name == IMAGE_NAME and image.status == "active" for image in images):
        return
    image = next((image for image in images if image.name == IMAGE_NAME), None)
    if image is None:
        image = await services.images.create(
            asker,
            ImageChange(
                name=IMAGE_NAME,
                disk_format="diskdump",
                container_format="bare",
                public=True,
                properties={"os": "none", "osfamily": "none", "exclude_all_tasks": "yes"},
            ),
        )
    await services.images.upload(asker, image.id, Once(boot_disk(GREETING)))


class Once:
    """A body of one piece."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def read_some(self) -> bytes:
        data, self._data = self._data, b""
        return data


def boot_disk(greeting: bytes, size: int = 1 << 20) -> bytes:
    """A disk whose boot sector prints `greeting` (at most 480 ASCII bytes) and halts.

    0: 31 C0       xor ax, ax            0D: B4 0E     mov ah, 0E    (teletype output)
    2: 8E D8       mov ds, ax            0F: BB 07 00  mov bx, 7
    4: BE 19 7C    mov si, 7C19          12: CD 10     int 10
    7: FC          cld                   14: EB F2     jmp 8
    8: AC          lodsb                 16: F4        hlt
    9: 84 C0       test al, al           17: EB FD     jmp 16
    B: 74 09       jz 16                 19: the greeting, ended by 0
    """
    code = bytes.fromhex("31C08ED8BE197CFCAC84C07409B40EBB0700CD10EBF2F4EBFD")
    sector = (code + greeting[:480]).ljust(510, b"\0") + b"\x55\xaa"
    return sector.ljust(size, b"\0")
