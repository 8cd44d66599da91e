"""A browser as far as our pages need one: it keeps cookies and fills in forms."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlencode

from attrs import define, field

from tests.harness.cloud import PASSWORD
from tests.harness.web import Answer, WebClient

_COOKIE = re.compile(r"(?:^|, )([\w-]+)=([^;,]*); Path=/([^,]*)")
_CSRF = re.compile(r'name="csrf" value="([^"]*)"')


@define
class Browser:
    """Cookies by name, of one person at one host. `secure` comes through a proxy with TLS."""

    web: WebClient
    cookies: dict[str, str] = field(factory=dict)
    headers: dict[str, str] = field(factory=dict)

    def get(self, path: str, **headers: str) -> Answer:
        return self._send("GET", path, headers, b"")

    def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> Answer:
        """What is given, and nothing else."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send("POST", path, kind | headers, urlencode(fields or {}).encode())

    def submit(self, path: str, fields: dict[str, str], *, form: str = "") -> Answer:
        """Opens the page with the form, at `form` or `path`, and sends it."""
        token = csrf_of(self.get(form or path))
        return self.post(path, {"csrf": token, **fields})

    def sign_in(
        self, name: str = "ada@example.org", password: str = PASSWORD, next: str = ""
    ) -> Answer:
        fields = {"username": name, "password": password, "next": next}
        return self.submit("/login", fields)

    def script(self, path: str, **headers: str) -> Answer:
        """A POST as the web application sends it."""
        return self._send("POST", path, {"X-CSRF-Token": "ui", **headers}, b"")

    def _send(self, method: str, path: str, headers: dict[str, Any], body: bytes) -> Answer:
        wire = {**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}}
        if self.cookies:
            wire["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        answer = self.web.request(method, path, headers=wire, body=body or None)
        for name, value, rest in _COOKIE.findall(answer.headers.get("set-cookie", "")):
            if "Max-Age=0" in rest:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer


def csrf_of(answer: Answer) -> str:
    found = _CSRF.search(answer.text)
    assert found is not None, answer.text
    return html.unescape(found[1])
