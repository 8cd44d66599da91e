"""The bus contract, held by the bus in memory."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from synnefod.protocols.amqp.memory import MemoryBroker, MemoryBus
from tests.contracts.bus import BusContract


class MemoryBusContract(BusContract, TestCase):
    timeout = 60

    def setUp(self) -> None:
        self.broker = MemoryBroker(reactor)
        super().setUp()

    def make_bus(self) -> MemoryBus:
        return MemoryBus(reactor, self.broker)
