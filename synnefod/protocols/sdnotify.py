"""What a daemon tells its supervisor: datagrams of systemd's sd_notify(3) protocol (OPS-144).

Twisted has no words for it; a datagram of a few `NAME=value` lines is all there is to it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


class Notifier:
    """Sends to the socket that the supervisor named; without one, says nothing.

    A supervisor that is away is no reason to fail: what cannot be sent is dropped.
    """

    def __init__(self, address: str = "", watchdog: float = 0.0) -> None:
        self.watchdog = watchdog
        """Seconds after which the supervisor gives a silent daemon up; 0: it does not look."""
        # An abstract address is written with @ and begins with NUL.
        self._address = "\0" + address[1:] if address.startswith("@") else address

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Notifier:
        """As NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID say."""
        watched = environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
        interval = environ.get("WATCHDOG_USEC", "")
        seconds = int(interval) / 1e6 if watched and interval.isdecimal() else 0.0
        return cls(environ.get("NOTIFY_SOCKET", ""), seconds)

    def say(self, **fields: str | int) -> None:
        """One message; names are sent in capitals, e.g. `say(ready=1, status="listening")`."""
        if not self._address:
            return
        lines = [f"{name.upper()}={' '.join(str(value).split())}" for name, value in fields.items()]
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
                out.sendto("\n".join(lines).encode(), self._address)
        except OSError:
            return
