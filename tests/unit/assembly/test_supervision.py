"""What a supervisor is told, and when it is told nothing."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.assembly.supervision import Supervision
from synnefod.protocols.sdnotify import Notifier


class Ears:
    """The supervisor's end."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.bind(address)

    def heard(self) -> list[dict[str, str]]:
        found = []
        while True:
            try:
                text = self.socket.recv(4096).decode()
            except BlockingIOError:
                return found
            found.append(dict(line.split("=", 1) for line in text.splitlines()))


class Telling(SynchronousTestCase):
    def setUp(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        here = os.getcwd()
        os.chdir(folder)
        self.addCleanup(os.chdir, here)
        self.ears = Ears("notify")
        self.addCleanup(self.ears.socket.close)
        self.clock = Clock()
        notifier = Notifier.of({"NOTIFY_SOCKET": "notify", "WATCHDOG_USEC": "10000000"})
        self.supervision = Supervision(notifier, self.clock)

    def test_a_daemon_says_ready_once_and_feeds_the_watchdog_twice_an_interval(self) -> None:
        """OPS-144"""
        self.supervision.phase("opening the store")
        self.assertEqual(self.ears.heard()[0]["STATUS"], "opening the store")
        self.clock.advance(30)
        self.assertEqual(self.ears.heard(), [])
        self.supervision.ready("ready at http://x")
        self.assertEqual(self.ears.heard()[0]["READY"], "1")
        self.clock.pump([5, 5])
        self.assertEqual(self.ears.heard(), [{"WATCHDOG": "1"}, {"WATCHDOG": "1"}])
        self.supervision.leaving()
        self.assertEqual(self.ears.heard()[0]["STOPPING"], "1")
        self.clock.advance(60)
        self.assertEqual(self.ears.heard(), [])

    def test_a_late_reactor_does_not_feed_the_watchdog(self) -> None:
        """OPS-144"""
        self.supervision.ready("ready")
        self.ears.heard()
        self.clock.advance(5 + 3)
        self.assertEqual(self.ears.heard(), [])
        self.clock.advance(5)
        self.assertEqual(self.ears.heard(), [{"WATCHDOG": "1"}])

    def test_a_line_break_in_a_status_makes_no_second_field(self) -> None:
        """OPS-144"""
        self.supervision.phase("one\nREADY=1")
        self.assertNotIn("READY", self.ears.heard()[0])

    def test_without_a_supervisor_nothing_is_said(self) -> None:
        Notifier.of({}).say(ready=1)
        Notifier.of({"NOTIFY_SOCKET": "/nowhere/at/all"}).say(ready=1)
        self.assertEqual(Notifier.of({"WATCHDOG_USEC": "5", "WATCHDOG_PID": "1"}).watchdog, 0)
