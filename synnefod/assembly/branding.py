"""What the web application is told of the brand, and the files of its folder (web-ui.md 1.20)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from synnefod.config.web import Brand
from synnefod.resources.webapp import File, file_of

IMAGES = ("favicon", "logo", "logo_dark", "logo_sign_in", "logo_print", "logo_console", "icon")
KINDS = (".svg", ".png", ".webp", ".ico", ".jpg")
BELOW = "brand"
ERRORS = (403, 404, 500)


def _found(brand: Brand) -> Mapping[str, Path]:
    """The images of the folder, by their names."""
    if not brand.folder:
        return {}
    folder = Path(brand.folder)
    paths = {name: [folder / f"{name}{kind}" for kind in KINDS] for name in IMAGES}
    return {
        name: next(path for path in tried if path.is_file())
        for name, tried in paths.items()
        if any(path.is_file() for path in tried)
    }


def files(brand: Brand) -> dict[str, File]:
    """What is served below `/ui/brand/`."""
    return {f"{BELOW}/{path.name}": file_of(path.name, path) for path in _found(brand).values()}


def error_pages(brand: Brand) -> dict[int, str]:
    """The deployment's own pages for refusals, by status: `403.html`, `404.html`, `500.html` of
    the folder. Raises OSError for one that cannot be read."""
    if not brand.folder:
        return {}
    paths = {status: Path(brand.folder) / f"{status}.html" for status in ERRORS}
    return {
        status: path.read_text("utf-8", "replace")
        for status, path in paths.items()
        if path.is_file()
    }


def told(brand: Brand) -> dict[str, Any]:
    """Images by name: the address that is set, else the folder's file, else nothing."""
    found = _found(brand)
    images = {
        name: getattr(brand, name) or (f"/ui/{BELOW}/{found[name].name}" if name in found else "")
        for name in IMAGES
    }
    return {
        "company": brand.company,
        "company_url": brand.company_url,
        "url": brand.url,
        "images": {name: address for name, address in images.items() if address},
        "copyright": brand.copyright,
        "copyright_text": brand.copyright_text,
        "footer": brand.footer,
        "styles": brand.styles,
        "color": brand.color,
        "color_dark": brand.color_dark,
        "radius": brand.radius,
    }


def origins(brand: Brand) -> list[str]:
    """Other hosts that are named: their images and style sheets may be loaded, nothing else."""
    addresses = [*(getattr(brand, name) for name in IMAGES), *brand.styles]
    parts = [urlsplit(each) for each in addresses]
    return sorted({f"{each.scheme}://{each.netloc}" for each in parts if each.netloc})
