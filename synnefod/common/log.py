"""Structured logs: one JSON line an event, with the request's id and without secrets.

Note [Redaction]. Whoever logs passes values as fields; fields whose name speaks of a secret are
masked here, whatever their value, and so are bearer tokens inside URLs. Nobody may put a secret
into a format string.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Protocol

import msgspec
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogPublisher
from zope.interface import implementer

from synnefod.common import metrics
from synnefod.common.ids import new_uuid
from synnefod.common.text import iso_z_micros, micros

request_id: ContextVar[str] = ContextVar("request_id", default="")

_SECRET = re.compile(r"pass(word|wd)?|secret|token|credential|private_key|authorization", re.I)
_SECRET_IN_URL = re.compile(r"((?:token|signature|temp_url_sig|password)=)[^&\s]+", re.I)
_LEVELS = {"debug": 0, "info": 1, "warn": 2, "error": 3, "critical": 4}
_RESERVED = {"time", "level", "message", "where", "request_id"}
_encode = msgspec.json.Encoder(enc_hook=str).encode


def new_request_id() -> str:
    """`req-` and a UUID, the form that OpenStack clients show."""
    return "req-" + new_uuid()


@contextmanager
def in_request(identifier: str) -> Iterator[None]:
    """Gives all that is logged in this context the request id `identifier`."""
    token = request_id.set(identifier)
    try:
        yield
    finally:
        request_id.reset(token)


def redact(name: str, value: Any) -> Any:
    """`value`, or a mask when `name` or the text itself speaks of a secret."""
    if isinstance(value, int | float | bool):
        return value
    if _is_secret(name):
        return "***"
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    return without_secrets(value) if isinstance(value, str) else value


@lru_cache(1024)
def _is_secret(name: str) -> bool:
    return _SECRET.search(name) is not None


def without_secrets(text: str) -> str:
    """`text` with the tokens and signatures of URLs in it masked."""
    # Most texts hold none; looking for them costs more than all else of a line.
    return _SECRET_IN_URL.sub(r"\1***", text) if "=" in text else text


def as_record(event: LogEvent) -> dict[str, Any]:
    """A log event as the flat record that is written (operations.md 15.5)."""
    level = event.get("log_level", LogLevel.info)
    record: dict[str, Any] = {
        "time": iso_z_micros(micros(event.get("log_time", 0.0))),
        "level": level.name,
        "where": event.get("log_namespace", "-"),
        "message": without_secrets(_message(event)),
    }
    identifier = event.get("request_id") or request_id.get()
    if identifier:
        record["request_id"] = identifier
    for name, value in event.items():
        if name.startswith("log_") or name in _RESERVED or name in ("format", "isError"):
            continue
        if isinstance(value, str | bytes | int | float | bool):
            record[name] = redact(name, value)
    failure = event.get("log_failure")
    if failure is not None:
        record["error"] = failure.type.__name__ if failure.type else "?"
        record["traceback"] = failure.getTraceback()
    return record


def _message(event: LogEvent) -> str:
    """`formatEvent`, which costs three times as much, only for what needs it."""
    text = event.get("log_format")
    if type(text) is str and "(" not in text:
        try:
            return text.format_map(event)
        except Exception:
            return formatEvent(event)
    return formatEvent(event)


def wanted(event: LogEvent, least: int) -> bool:
    """Whether an event is to be written. Of libraries', only warnings and worse."""
    level = _LEVELS.get(event.get("log_level", LogLevel.info).name, 1)
    if not str(event.get("log_namespace", "")).startswith("synnefod"):
        least = max(least, _LEVELS["warn"])
    return level >= least


def count(event: LogEvent) -> None:
    """One more line of its level and area (the package that speaks)."""
    level = event.get("log_level", LogLevel.info).name
    _counter(level, str(event.get("log_namespace", ""))).inc()


@lru_cache(1024)
def _counter(level: str, namespace: str) -> Any:
    names = namespace.split(".")
    area = names[1] if names[0] == "synnefod" and len(names) > 1 else "libraries"
    return metrics.log_lines.labels(level, area)


class Lines(Protocol):
    """Where lines go: a text stream, or a `LogFile`."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...


@implementer(ILogObserver)
class JsonLines:
    """Writes each event at or above `level` to `out` as one line of JSON."""

    def __init__(self, out: Lines, level: str = "info") -> None:
        self._out = out
        self.level = level

    @property
    def level(self) -> str:
        """The least level that is written; may be changed while the daemon runs."""
        return self._level

    @level.setter
    def level(self, level: str) -> None:
        self._level, self._least = level, _LEVELS[level]

    def __call__(self, event: LogEvent) -> None:
        if not wanted(event, self._least):
            return
        count(event)
        self._out.write(_encode(as_record(event)).decode() + "\n")
        self._out.flush()


@implementer(ILogObserver)
class PlainLines(JsonLines):
    """The same events as lines for a person at a terminal."""

    def __call__(self, event: LogEvent) -> None:
        if not wanted(event, self._least):
            return
        count(event)
        record = as_record(event)
        identifier = f" [{record['request_id']}]" if "request_id" in record else ""
        tail = "\n" + record["traceback"] if "traceback" in record else ""
        self._out.write(
            f"{record['time'][11:23]} {record['level']:<5}{identifier} {record['message']}{tail}\n"
        )
        self._out.flush()


@contextmanager
def overhearing(level: str) -> Iterator[list[dict[str, Any]]]:
    """Collects what is logged at or above `level` for the request of this context, secrets masked,
    whatever level is written."""
    mine, least = request_id.get(), _LEVELS[level]
    heard: list[dict[str, Any]] = []

    @implementer(ILogObserver)
    def listen(event: LogEvent) -> None:
        if mine and request_id.get() == mine and wanted(event, least):
            record = as_record(event)
            heard.append({key: record[key] for key in ("time", "level", "message")})

    globalLogPublisher.addObserver(listen)
    try:
        yield heard
    finally:
        globalLogPublisher.removeObserver(listen)
