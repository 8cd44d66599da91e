"""The settings of the web application."""

from __future__ import annotations

from typing import Annotated

import msgspec

from synnefod.config.sections import Section


class Brand(Section, frozen=True):
    """How the web application shows whose it is. Images are addresses, or files of `folder`."""

    company: str = ""
    company_url: str = ""
    url: str = "/ui/"
    folder: str = ""
    favicon: str = ""
    logo: str = ""
    logo_dark: str = ""
    logo_sign_in: str = ""
    logo_print: str = ""
    logo_console: str = ""
    icon: str = ""
    copyright: bool = False
    copyright_text: str = ""
    footer: str = ""
    styles: tuple[str, ...] = ()
    color: Annotated[str, msgspec.Meta(pattern=r"^(#[0-9a-fA-F]{3,8})?$")] = ""
    color_dark: Annotated[str, msgspec.Meta(pattern=r"^(#[0-9a-fA-F]{3,8})?$")] = ""
    radius: Annotated[str, msgspec.Meta(pattern=r"^([0-9.]{1,6}(px|rem|em))?$")] = ""


class Ui(Section, frozen=True):
    """What the web application is told before anybody signs in."""

    service_name: str = "Synnefo"
    footer: str = ""
    server_name: str = "My {image} server"
    roles: tuple[str, ...] = (
        "Database server",
        "File server",
        "Mail server",
        "Web server",
        "Proxy",
    )
    ssh_excluded: tuple[str, ...] = ("windows",)
    system_images: tuple[str, ...] = ("admin@localhost",)
    staff_order: tuple[str, ...] = (
        "users",
        "servers",
        "volumes",
        "networks",
        "addresses",
        "history",
        "projects",
        "groups",
        "providers",
        "charts",
        "stats",
    )
    listing_users: tuple[str, ...] = ()
    image_help: str = ""
    copied_metadata: tuple[str, ...] = ("OS", "loginname", "logindomain", "users", "remote")
    suggested_flavors: dict[str, tuple[int, int, int, str]] = msgspec.field(
        default_factory=lambda: {
            "small": (1, 1024, 20, ""),
            "medium": (2, 2048, 30, ""),
            "large": (4, 4096, 40, ""),
        }
    )
    disk_types: dict[str, tuple[str, str]] = msgspec.field(
        default_factory=lambda: {"drbd": ("DRBD", "Each disk is kept on two nodes.")}
    )
    connect: dict[str, tuple[str, str, str]] = {}
    report_errors: bool = True
    slow_on_blur: bool = False
    poll: float = 5.0
    poll_step: float = 1.25
    poll_steady: int = 4
    poll_most: float = 15.0
    poll_fast: float = 2.5
