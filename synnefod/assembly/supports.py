"""The replaceable supports, built from the settings: threads, database, blocks, bus, clusters."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from attrs import frozen
from twisted.logger import Logger

from synnefod.blocks.drivers import BlockSettings, open_blocks
from synnefod.blocks.interface import Blocks
from synnefod.blocks.legacy import LegacyMaps, MapFiles
from synnefod.cluster.clusters import GanetiClusters
from synnefod.common import metrics
from synnefod.common.skew import Clocks
from synnefod.common.threads import Threads
from synnefod.config import Config
from synnefod.mail.drivers import mailer
from synnefod.mail.interface import Mailer
from synnefod.mail.smtp import SmtpServer
from synnefod.protocols.amqp.bus import Bus
from synnefod.protocols.amqp.memory import MemoryBus
from synnefod.protocols.http.client import Client, Unreachable
from synnefod.protocols.rapi.client import Limits as RapiLimits
from synnefod.simulator.service import SimulatorService
from synnefod.store.drivers import open_store

log = Logger()


@frozen
class Supports:
    """What the services stand on. `secret` seals what must be readable again (32 bytes)."""

    threads: Threads
    store: Any
    blocks: Blocks
    bus: Bus
    clusters: GanetiClusters
    mailer: Mailer
    simulators: tuple[SimulatorService, ...]
    secret: bytes
    clocks: Clocks
    answers: Callable[[str], Awaitable[bool]]
    """Whether an address answers a HEAD with 200."""


def build(config: Config, reactor: Any) -> Supports:
    """Everything at rest. Makes the state folder (mode 0700) if there is none."""
    config.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    threads = Threads(reactor, disk=config.blocks.threads)
    clocks = Clocks()
    secret = secret_of(config.state / "secret")
    options: dict[str, Any] = {}
    if config.database_url.startswith("postgresql:"):
        options = {
            "connections": config.database.connections,
            "statement_timeout": config.database.statement_timeout,
        }
    return Supports(
        threads=threads,
        store=open_store(config.database_url, reactor, threads, observe=_observe, **options),
        blocks=block_store(config, threads, reactor, secret),
        bus=_bus(config, reactor),
        clusters=GanetiClusters(
            reactor,
            RapiLimits(
                concurrency=at_once(config.ganeti.max_clients, config.ganeti.daemons),
                connect=config.ganeti.connect_timeout,
                total=config.ganeti.timeout,
            ),
            clocks=clocks,
        ),
        mailer=_mailer(config, reactor, threads),
        simulators=tuple(
            SimulatorService(
                reactor,
                config.state / "ganeti" / simulated_name(number),
                simulated_name(number),
            )
            for number in range(config.ganeti.simulate)
        ),
        secret=secret,
        clocks=clocks,
        answers=partial(_answers, Client(reactor, per_host=0, total=20.0)),
    )


def block_store(config: Config, threads: Threads, reactor: Any, secret: bytes = b"") -> Blocks:
    """The block store that the settings name; without the deployment's `secret`, one that seals
    nothing. Raises ValueError for an unknown driver."""
    given = config.blocks
    settings = BlockSettings(
        given.driver,
        config.blocks_path,
        _ceph(config),
        given.former,
        secret,
        config.legacy_path if given.legacy else None,
        _shared(config),
    )
    return open_blocks(settings, threads, reactor)


def _shared(config: Config) -> bool:
    """Whether maps of a Synnefo 0.21 are beside the blocks, which may name any of them."""
    shared = bool(config.blocks.legacy_pool) or (config.blocks_path / "maps").is_dir()
    if shared:
        log.warn("No block is given up while maps of a Synnefo 0.21 are beside the blocks")
    return shared


def _ceph(config: Config) -> dict[str, Any]:
    """What the settings tell about Ceph."""
    given = config.blocks
    return {
        "conf": given.conf,
        "user": given.user,
        "pool": given.pool,
        "namespace": given.namespace,
        "timeout": given.timeout,
    }


def legacy_maps(config: Config, threads: Any, reactor: Any) -> LegacyMaps:
    """Where the maps of a Synnefo 0.21 are: in a folder or in a pool."""
    pool = config.blocks.legacy_pool
    if not pool:
        return MapFiles(config.legacy_path, threads)
    # Who has no Ceph need not have librados.
    from synnefod.blocks.cephgate import CephSettings
    from synnefod.blocks.legacypool import MapObjects

    settings = CephSettings(**_ceph(config) | {"pool": pool, "namespace": ""})
    return MapObjects(settings, threads, reactor)


def at_once(max_clients: int, daemons: int) -> int:
    """How many requests one process has open at one cluster: 8 at most, and all processes together
    leave two places to others, as long as each has one (GNT-019)."""
    return max(1, min(8, (max_clients - 2) // daemons))


async def _answers(client: Client, address: str) -> bool:
    try:
        return (await client.request("HEAD", address)).status == 200
    except (Unreachable, ValueError):
        return False


def _observe(name: str, seconds: float, _outcome: str) -> None:
    _lasted(name).observe(seconds)


@lru_cache(1024)
def _lasted(name: str) -> Any:
    return metrics.store_transaction.labels(name)


def simulated_name(number: int) -> str:
    """`alpha.simulated.localhost` and so on."""
    names = ("alpha", "beta", "gamma", "delta")
    first = names[number] if number < len(names) else f"cluster{number}"
    return f"{first}.simulated.localhost"


def _mailer(config: Config, reactor: Any, threads: Threads) -> Mailer:
    mail = config.mail
    return mailer(
        mail.driver,
        mail.sender,
        reactor,
        threads,
        folder=config.mail_folder,
        server=SmtpServer(mail.host, mail.port, mail.tls, mail.user, mail.password, mail.timeout),
    )


def _bus(config: Config, reactor: Any) -> Bus:
    if config.bus.url == "memory":
        return MemoryBus(reactor)
    # txamqp is not imported by those who have no broker.
    from synnefod.protocols.amqp.rabbit import RabbitBus
    from synnefod.protocols.amqp.url import parse_broker

    brokers = [parse_broker(url) for url in (config.bus.url, *config.bus.others)]
    return RabbitBus(reactor, brokers)


def secret_of(path: Path) -> bytes:
    """The deployment's secret, made at the first start; never overwritten."""
    try:
        return bytes.fromhex(path.read_text("ascii").strip())
    except FileNotFoundError:
        fresh = secrets.token_bytes(32)
        write_private(path, fresh.hex() + "\n")
        return fresh


def write_private(path: Path, text: str) -> None:
    """Replaces a file that only its owner may read; all of it or nothing."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    temporary.write_text(text, "utf-8")
    temporary.replace(path)
