"""Broker addresses: `amqp://user:password@host:port/vhost` and `amqps://...`.

Escapes in user, password and vhost are undone. No path means the vhost `/`, as does the path `/`
alone (the original's addresses end so); `/%2F` says the same in RabbitMQ's own way. The query may
hold `cacertfile=PATH` (trusted authorities instead of the system's) and `heartbeat=SECONDS`.
"""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from attrs import field, frozen

from synnefod.common.errors import Malformed

PORTS = {"amqp": 5672, "amqps": 5671}
_OPTIONS = {"cacertfile", "heartbeat"}


@frozen
class Broker:
    """Where a broker is and how to sign in. `heartbeat` in seconds, 0 for none."""

    host: str
    port: int
    user: str = "guest"
    password: str = field(default="guest", repr=False)
    vhost: str = "/"
    tls: bool = False
    ca_file: str = ""
    heartbeat: int = 20

    @property
    def place(self) -> str:
        """The address without the password, fit for a log."""
        scheme = "amqps" if self.tls else "amqp"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{self.user}@{host}:{self.port}/{self.vhost.removeprefix('/')}"


def parse_broker(text: str) -> Broker:
    """The broker that a URL names. Raises Malformed, never showing the password."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise Malformed(f"The broker's address cannot be read: {error}.") from None
    if parts.scheme not in PORTS:
        raise Malformed("The broker's address does not begin with amqp:// or amqps://.")
    if not parts.hostname:
        raise Malformed("The broker's address names no host.")
    if "/" in parts.path[1:]:
        raise Malformed("The virtual host of a broker's address holds a slash; write it as %2F.")
    options = _options(parts.query)
    return Broker(
        host=parts.hostname,
        port=PORTS[parts.scheme] if port is None else port,
        user=unquote(parts.username) if parts.username is not None else "guest",
        password=unquote(parts.password) if parts.password is not None else "guest",
        vhost=unquote(parts.path[1:]) or "/",
        tls=parts.scheme == "amqps",
        ca_file=options.get("cacertfile", ""),
        heartbeat=_heartbeat(options.get("heartbeat", "20")),
    )


def _options(query: str) -> dict[str, str]:
    options = {name: values[-1] for name, values in parse_qs(query).items()}
    unknown = sorted(options.keys() - _OPTIONS)
    if unknown:
        raise Malformed(f"The broker's address has an unknown option: {unknown[0][:64]}.")
    return options


def _heartbeat(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise Malformed("The heartbeat of a broker's address is not a number of seconds.")
    return int(text)
