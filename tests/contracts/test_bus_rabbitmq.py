"""The bus contract, held by a real RabbitMQ."""

from __future__ import annotations

import os

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from synnefod.protocols.amqp.rabbit import RabbitBus
from synnefod.protocols.amqp.url import parse_broker
from tests.contracts.bus import BusContract

URL = os.environ.get("SYNNEFOD_TEST_RABBITMQ", "")


class RabbitBusContract(BusContract, TestCase):
    timeout = 60
    if not URL:
        skip = "SYNNEFOD_TEST_RABBITMQ is not set"

    def make_bus(self) -> RabbitBus:
        return RabbitBus(reactor, [parse_broker(URL)], name="contract")
