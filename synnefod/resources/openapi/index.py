"""All documents of a daemon, and one of all by reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synnefod.common.jsonio import dump
from synnefod.resources.door import Mount
from synnefod.resources.helpdesk import HelpdeskPages
from synnefod.resources.identity.captcha import CaptchaPages
from synnefod.resources.identity.entry import Entry
from synnefod.resources.identity.oauth import OAuthNoun
from synnefod.resources.identity.pages import AccountPages
from synnefod.resources.identity.profile import ProfilePages
from synnefod.resources.identity.programs import Programs
from synnefod.resources.identity.providers import ProviderPages
from synnefod.resources.identity.signup import SignUpPages
from synnefod.resources.identity.terms import TermsPages
from synnefod.resources.identity.weblogin import WebLogin
from synnefod.resources.objects.pithos.view import ViewPages
from synnefod.resources.openapi.document import LICENSE, OPENAPI, document
from synnefod.resources.openapi.noun import INDEX

PAGES = frozenset(
    {
        AccountPages,
        CaptchaPages,
        Entry,
        HelpdeskPages,
        OAuthNoun,
        ProfilePages,
        ProviderPages,
        Programs,
        SignUpPages,
        TermsPages,
        ViewPages,
        WebLogin,
    }
)
"""Nouns that answer a browser: what they serve is no API."""
SPOKEN = {
    "keystone": "Keystone",
    "astakos": "Synnefo",
    "pithos": "Pithos",
    "swift": "Swift",
    "cyclades": "Synnefo",
    "nova": "Nova",
    "neutron": "Neutron",
    "glance": "Glance",
    "cinder": "Cinder",
    "ops": "synnefod",
}
ROOT = "daemon"
"""Name of the document of what stands at the root."""


def is_published(mount: Mount) -> bool:
    """Whether programs are meant to call it."""
    return bool(mount.routes) and any(type(noun) not in PAGES for noun in mount.nouns)


def name_of(mount: Mount) -> str:
    """The document's name in its URL."""
    return mount.path.strip("/").replace("/", "-") or ROOT


class Library:
    """The documents of some mounts."""

    def __init__(self, mounts: Sequence[Mount], version: str) -> None:
        self._mounts = {name_of(mount): mount for mount in mounts if is_published(mount)}
        self._version = version

    def add(self, mount: Mount) -> None:
        """One more; the one that serves the library is made after it."""
        self._mounts[name_of(mount)] = mount

    def every(self) -> Mapping[str, Mapping[str, Any]]:
        """All documents by name. Raises Undescribed."""
        return {name: self._document(mount) for name, mount in self._mounts.items()}

    def _document(self, mount: Mount) -> Mapping[str, Any]:
        title = f"{SPOKEN[mount.dialect]} at {mount.path}"
        return document(mount, title, self._version)

    def index(self, documents: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
        """A document of all paths, by reference; `x-documents` lists the others."""
        paths: dict[str, Any] = {}
        for name, each in documents.items():
            prefix = self._mounts[name].path.rstrip("/")
            for path in each["paths"]:
                pointer = path.replace("~", "~0").replace("/", "~1")
                place = prefix + path if path != "/" or not prefix else prefix
                paths[place] = {"$ref": f"/openapi/{name}.json#/paths/{pointer}"}
        return {
            "openapi": OPENAPI,
            "info": {"title": "synnefod", "version": self._version, "license": LICENSE},
            "servers": [{"url": "/"}],
            "paths": paths,
            "x-documents": [
                {
                    "name": name,
                    "title": each["info"]["title"],
                    "mount": self._mounts[name].path,
                    "aliases": [*self._mounts[name].aliases],
                    "url": f"/openapi/{name}.json",
                }
                for name, each in documents.items()
            ],
        }

    def written(self) -> Mapping[str, bytes]:
        """The bytes of each. Raises Undescribed."""
        documents = self.every()
        written = {name: dump(each) for name, each in documents.items()}
        return {INDEX: dump(self.index(documents)), **written}
