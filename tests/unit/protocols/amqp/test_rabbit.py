"""synnefod.protocols.amqp.rabbit without a broker: nobody there, or somebody silent."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

from synnefod.common.clockwork import sleep, within
from synnefod.common.errors import Malformed
from synnefod.protocols.amqp.bus import BusFull, BusUnavailable, Topology
from synnefod.protocols.amqp.rabbit import RabbitBus
from synnefod.protocols.amqp.url import Broker


class WithoutBroker(TestCase):
    timeout = 30

    async def listening(self, protocol: type[Protocol] = Protocol) -> Any:
        port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(
            Factory.forProtocol(protocol)
        )
        self.addCleanup(port.stopListening)
        return port

    async def test_what_waits_fails_when_the_bus_is_stopped(self) -> None:
        port = await self.listening()
        number = port.getHost().port
        await port.stopListening()
        bus = RabbitBus(reactor, [Broker("127.0.0.1", number)])
        works = [
            ensureDeferred(bus.publish("x", "k", b"")),
            ensureDeferred(bus.declare(Topology())),
            ensureDeferred(bus.ready()),
        ]
        while bus._consuming.refusal is None:
            await sleep(reactor, 0.01)
        self.assertFalse(bus.connected)
        self.assertFalse(any(work.called for work in works))
        await within(reactor, 5, bus.stop())
        for work in works:
            with self.assertRaises(BusUnavailable):
                await work

    async def test_it_stops_in_the_middle_of_a_handshake(self) -> None:
        begun: Deferred[None] = Deferred()

        class Silent(Protocol):
            def dataReceived(self, data: bytes) -> None:
                if not begun.called:
                    begun.callback(None)

        port = await self.listening(Silent)
        bus = RabbitBus(reactor, [Broker("127.0.0.1", port.getHost().port)])
        waiting = ensureDeferred(bus.ready())
        await begun
        await within(reactor, 5, bus.stop())
        with self.assertRaises(BusUnavailable):
            await waiting

    async def test_a_cancelled_publisher_does_not_take_its_message_back(self) -> None:
        port = await self.listening()
        bus = RabbitBus(reactor, [Broker("127.0.0.1", port.getHost().port)], limit=1)
        first = ensureDeferred(bus.publish("x", "k", b""))
        first.addErrback(lambda _: None)
        first.cancel()
        self.assertEqual(bus.waiting, 1)
        with self.assertRaises(BusFull):
            await bus.publish("x", "k", b"")
        await bus.stop()

    async def test_a_bus_that_was_never_used_stops_at_once(self) -> None:
        bus = RabbitBus(reactor, [Broker("127.0.0.1", 1)])
        await within(reactor, 5, bus.stop())

    def test_without_a_broker_there_is_no_bus(self) -> None:
        self.assertRaises(Malformed, RabbitBus, reactor, [])
