"""Where a console is reached, as both dialects announce it."""

from __future__ import annotations

from urllib.parse import quote

from synnefod.compute.interface import Ticket

CONSOLE_PATH = "/cyclades/console/vnc"
"""Path of the WebSocket (`protocols/vnc.ConsoleRelay`)."""


def console_url(base: str, ticket: Ticket) -> str:
    """The address that opens the console once: a WebSocket handshake there yields RFB."""
    return f"{base}{CONSOLE_PATH}?token={quote(ticket.token)}"
