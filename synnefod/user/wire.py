"""Requests to the cloud: one pool of connections for all threads, retries, refusals in words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import urllib3
from attrs import frozen
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util import Retry, Timeout

from synnefod.user.refusals import UNREACHABLE, Failure, Refused

_RETRY = Retry(
    total=6,
    connect=3,
    backoff_factor=0.5,
    backoff_max=20,
    status_forcelist=[429, 502, 503, 504],
    allowed_methods=None,  # all that is sent here may be sent twice
    respect_retry_after_header=True,
    raise_on_status=False,
    redirect=0,
)


@frozen
class Answer:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise Failure("the cloud's answer is no JSON", UNREACHABLE) from None


class Wire:
    """`ca` is a file of certificates that are trusted instead of the system's."""

    def __init__(self, *, ca: str | None = None, verify: bool = True, at_once: int = 8) -> None:
        tls: dict[str, Any] = {"ca_certs": ca} if ca else {}
        if not verify:
            tls = {"cert_reqs": "CERT_NONE", "assert_hostname": False}
            urllib3.disable_warnings()
        self._pool = urllib3.PoolManager(
            maxsize=at_once,
            block=True,
            retries=_RETRY,
            timeout=Timeout(connect=15, read=300),
            **tls,
        )

    def send(
        self,
        method: str,
        url: str,
        *,
        token: str = "",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        good: tuple[int, ...] = (),
    ) -> Answer:
        """The answer if its status is below 300 or one of `good`. Raises Refused, Failure."""
        sent = {"User-Agent": "synnefo", **(headers or {})}
        if token:
            sent["X-Auth-Token"] = token
        full = f"{url}?{urlencode(query)}" if query else url
        try:
            got = self._pool.request(
                method, full, body=body, headers=sent, redirect=False, decode_content=False
            )
        except MaxRetryError as error:
            raise Failure(f"{_host(url)} cannot be reached: {error.reason}", UNREACHABLE) from None
        except HTTPError as error:
            raise Failure(f"{_host(url)} does not answer: {error}", UNREACHABLE) from None
        answer = Answer(got.status, {k.lower(): v for k, v in got.headers.items()}, got.data)
        if answer.status >= 300 and answer.status not in good:
            raise Refused(answer.status, _reason(answer))
        return answer


def quoted(text: str) -> str:
    """A name as part of a path; slashes stay."""
    return quote(text, safe="/~")


def _host(url: str) -> str:
    return url.split("//", 1)[-1].split("/", 1)[0]


def _reason(answer: Answer) -> str:
    """The message of any of the cloud's fault bodies."""
    try:
        told = json.loads(answer.body)
        inner = next(iter(told.values()))
        return f"{inner['message']} ({answer.status})"
    except (ValueError, AttributeError, StopIteration, KeyError, TypeError):
        first = answer.body[:200].decode("utf-8", "replace").strip().splitlines()
        return f"{first[0] if first else 'the cloud refuses'} ({answer.status})"
