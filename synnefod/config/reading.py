"""The settings file and the environment, read and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import msgspec

from synnefod.config.ways import ConfigError, check_ways
from synnefod.config.whole import Config

LONGEST_REQUEST = 90
"""Seconds; a lease of a submission has at least a few more when the request begins."""


def load(path: str | None, environ: Mapping[str, str]) -> Config:
    """The settings of `path` (None: only defaults) under the environment's overrides.

    Raises ConfigError with one line that names the key.
    """
    document: dict[str, Any] = {}
    if path is not None:
        try:
            document = tomllib.loads(Path(path).read_text("utf-8"))
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ConfigError(f"{path}: not UTF-8 text") from None
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path}: {error}") from None
    _override(document, environ)
    try:
        config = msgspec.convert(document, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path or 'settings'}: {_readable(str(error))}") from None
    return _checked(config)


def _override(document: dict[str, Any], environ: Mapping[str, str]) -> None:
    sections = {field.name: field.type for field in msgspec.structs.fields(Config)}
    for variable, text in environ.items():
        if not variable.startswith("SYNNEFOD_"):
            continue
        section, _, key = variable[len("SYNNEFOD_") :].lower().partition("_")
        if section not in sections:
            continue
        kinds = {field.name: field.type for field in msgspec.structs.fields(sections[section])}
        if key not in kinds:
            raise ConfigError(f"{variable}: there is no setting {section}.{key}")
        document.setdefault(section, {})[key] = _value(text, kinds[key])


def _value(text: str, kind: Any) -> Any:
    """Environment text as the kind of value that the file would hold; checked afterwards."""
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            return text
    if get_origin(kind) in (list, tuple):
        return [part for part in text.split(",") if part]
    if get_origin(kind) is dict:
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            return text
    return text


def _readable(message: str) -> str:
    """msgspec's `Expected X, got Y - at `$.a.b`` with the key first."""
    reason, _, place = message.partition(" - at ")
    key = place.strip("`").removeprefix("$.")
    return f"{key}: {reason}" if key else reason


def _networks(key: str, texts: Iterable[str]) -> None:
    for text in texts:
        try:
            ip_network(text)
        except ValueError as error:
            raise ConfigError(f"{key}: {error}") from None


def _checked(config: Config) -> Config:
    if config.ganeti.prefix.count("-") != 1 or not config.ganeti.prefix.endswith("-"):
        raise ConfigError("ganeti.prefix: exactly one dash, at the end (such as 'snf-')")
    if config.ganeti.connect_timeout + config.ganeti.timeout > LONGEST_REQUEST:
        raise ConfigError(
            f"ganeti.connect_timeout, timeout: {LONGEST_REQUEST} seconds together at most; a"
            " submission belongs to one daemon for little longer"
        )
    if config.bus.url != "memory" and not config.bus.url.startswith(("amqp://", "amqps://")):
        raise ConfigError("bus.url: 'memory' or an amqp:// or amqps:// URL")
    if config.database.url != "sqlite" and not config.database.url.startswith(
        ("sqlite:", "postgresql:")
    ):
        raise ConfigError("database.url: 'sqlite', a sqlite: URL or a postgresql: URL")
    if config.server.workers > 1 and not (
        config.database.url.startswith("postgresql:") and config.bus.url != "memory"
    ):
        raise ConfigError("server.workers: more than one needs PostgreSQL and a broker")
    if bool(config.tls.certificate) != bool(config.tls.key):
        raise ConfigError("tls.certificate, tls.key: give both, or none")
    check_ways(config)
    if config.server.proxy_protocol and not config.server.trusted_proxies:
        raise ConfigError("server.proxy_protocol: needs server.trusted_proxies, who speak it")
    _networks("server.trusted_proxies", config.server.trusted_proxies)
    _networks("limits.exempt", config.limits.exempt)
    ranges = (config.bootstrap.network, config.bootstrap.network6)
    _networks("bootstrap.network, network6", ranges)
    words = ("SNF:ANY_PUBLIC", "SNF:ANY_PUBLIC_IPV4", "SNF:ANY_PUBLIC_IPV6")
    for entry in (*config.network.forced, *config.network.usual):
        for word in (entry,) if isinstance(entry, str) else entry:
            if word not in words and not (word.isascii() and word.isdigit()):
                raise ConfigError(
                    f"network.forced, usual: {word!r} is no network's number, and none of"
                    f" {', '.join(words)}"
                )
    if config.server.public_url and not config.server.public_url.startswith(
        ("http://", "https://")
    ):
        raise ConfigError("server.public_url: an http:// or https:// URL")
    return config
