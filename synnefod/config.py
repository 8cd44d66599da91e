"""The settings file as frozen values: read once, given out in pieces by assembly.

TOML; every key has a default (the embedded cloud of one process), every default is in
`etc/synnefod.toml.sample`. `SYNNEFOD_<SECTION>_<KEY>` in the environment overrides the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class ConfigError(Exception):
    """The settings cannot be used; the text names the key and says why, in one line."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all sections: frozen, unknown keys refused."""


class Server(Section, frozen=True):
    listen: str = "127.0.0.1"
    port: Port = 8080
    public_url: str = ""
    state: str = "./var"
    trusted_proxies: list[str] = []
    connections_per_address: Annotated[int, msgspec.Meta(ge=0)] = 0
    listed_addresses: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    metrics_token: str = ""
    console_ports: tuple[Port, Port] = (25000, 30000)
    idle_timeout: Seconds = 75.0
    drain_timeout: Seconds = 8.0
    drain_delay: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Tls(Section, frozen=True):
    certificate: str = ""
    key: str = ""
    port: Port = 8443
    redirect: bool = True


class Roles(Section, frozen=True):
    api: bool = True
    dispatcher: bool = True
    eventd: bool = True
    console: bool = True


class Database(Section, frozen=True):
    url: str = "sqlite"
    connections: Count = 8
    statement_timeout: Seconds = 30.0


class BlocksSection(Section, frozen=True):
    driver: str = "filesystem"
    path: str = ""
    threads: Count = 8


class Bus(Section, frozen=True):
    url: str = "memory"
    others: list[str] = []
    exchange: str = "ganeti"
    quorum: bool = False


class Ganeti(Section, frozen=True):
    prefix: str = "snf-"
    simulate: Annotated[int, msgspec.Meta(ge=0, le=16)] = 1
    bridge: str = "br0"
    filtered_bridge: str = "prv0"
    os: str = "snf-image+default"
    hvparams: dict[str, dict[str, str | int | bool]] = {}
    use_hotplug: bool = True
    connect_timeout: Seconds = 5.0
    timeout: Seconds = 30.0
    refresh: Seconds = 60.0
    node_addresses: dict[str, str] = {}


class NetworkSection(Section, frozen=True):
    give_public: bool = True
    flavors: tuple[str, ...] = ("MAC_FILTERED",)
    default_flavor: str = "MAC_FILTERED"
    sharing: bool = False
    largest: Annotated[int, msgspec.Meta(ge=8, le=29)] = 22
    forced: tuple[str | tuple[str, ...], ...] = ()
    usual: tuple[str | tuple[str, ...], ...] = ()


class VolumesSection(Section, frozen=True):
    largest: Count = 200
    default_type: str = ""
    detachable: tuple[str, ...] = ("ext_archipelago", "ext_vlmc")
    clone_providers: tuple[str, ...] = ("vlmc", "archipelago")
    snapshots: bool = True
    snapshot_roles: tuple[str, ...] = ()
    snapshots_need_force: bool = False


class Eventd(Section, frozen=True):
    queues: list[str] = []
    luxi: str = "/run/ganeti/socket/ganeti-query"
    cluster: str = ""
    always_master: bool = False


class Dispatcher(Section, frozen=True):
    events: bool = True
    poll: bool = True
    poll_fast: Seconds = 2.0
    poll_slow: Seconds = 30.0
    reconcile: Annotated[float, msgspec.Meta(ge=0)] = 300.0


class IdentitySection(Section, frozen=True):
    region: str = "RegionOne"
    token_lifetime: Count = 2592000
    v3_token_lifetime: Count = 28800
    admin_api: bool = False
    admin_api_groups: tuple[str, ...] = ("admin-api",)
    admin_stats_groups: tuple[str, ...] = ("admin-stats",)


class BrowsersSection(Section, frozen=True):
    idle: Count = 43_200
    lifetime: Count = 604_800
    landing: str = "/ui/"
    logout_next: str = ""
    token_cookie: Literal["hidden", "readable", "none"] = "hidden"
    token_cookie_name: str = "_pithos2_a"
    cookie_domain: str = ""
    ports: tuple[Port, ...] = ()


class MailSection(Section, frozen=True):
    driver: Literal["folder", "smtp"] = "folder"
    folder: str = ""
    sender: str = "synnefod@localhost"
    host: str = "localhost"
    port: Port = 25
    tls: Literal["none", "starttls", "implicit"] = "none"
    user: str = ""
    password: str = ""
    timeout: Seconds = 30.0


class People(Section, frozen=True):
    sign_up: bool = True
    moderation: bool = True
    email_patterns: list[str] = []
    email_change: bool = False
    email_change_days: Count = 10
    helpdesk: list[str] = []
    moderators: list[str] = []
    activated: list[str] = []
    project_creation: list[str] = []
    project_modification: list[str] = []
    project_approval: list[str] = []
    project_expiry: Annotated[float, msgspec.Meta(ge=0)] = 3600.0


class Storage(Section, frozen=True):
    container_quota: Annotated[int, msgspec.Meta(ge=0)] = 0
    versioning: Literal["auto", "none"] = "auto"
    free_versioning: bool = True
    expire_every: Annotated[float, msgspec.Meta(ge=0)] = 300.0
    collect_every: Annotated[float, msgspec.Meta(ge=0)] = 86400.0
    keep_md5: bool = True


Rate = Annotated[float, msgspec.Meta(ge=0)]


class AuditSection(Section, frozen=True):
    keep_days: Count = 400


class LimitsSection(Section, frozen=True):
    token_rate: Rate = 50.0
    token_burst: Count = 200
    address_rate: Rate = 20.0
    address_burst: Count = 100
    server_creates: Rate = 20.0
    server_actions: Rate = 10.0
    exempt: tuple[str, ...] = ("127.0.0.0/8", "::1/128")


class Bootstrap(Section, frozen=True):
    enabled: bool = True
    network: str = "198.18.0.0/22"
    network6: str = "2001:db8:5f::/64"
    disk_template: str = "ext_archipelago"


class Log(Section, frozen=True):
    level: Literal["debug", "info", "warn", "error"] = "info"
    format: Literal["json", "plain"] = "json"
    access: bool = True


class Manage(Section, frozen=True):
    socket: str = ""
    log: str = ""
    log_exclude: str = ""


class Ui(Section, frozen=True):
    """What the web application is told before anybody signs in."""

    service_name: str = "Synnefo"
    footer: str = ""
    server_name: str = "My {image} server"
    roles: tuple[str, ...] = (
        "Database server",
        "File server",
        "Mail server",
        "Web server",
        "Proxy",
    )
    ssh_excluded: tuple[str, ...] = ("windows",)
    poll: float = 5.0
    poll_step: float = 1.25
    poll_steady: int = 4
    poll_most: float = 15.0
    poll_fast: float = 2.5


class Config(Section, frozen=True):
    """All settings. Paths left empty lie below `server.state`."""

    server: Server = Server()
    tls: Tls = Tls()
    roles: Roles = Roles()
    database: Database = Database()
    blocks: BlocksSection = BlocksSection()
    bus: Bus = Bus()
    ganeti: Ganeti = Ganeti()
    network: NetworkSection = NetworkSection()
    volumes: VolumesSection = VolumesSection()
    eventd: Eventd = Eventd()
    dispatcher: Dispatcher = Dispatcher()
    identity: IdentitySection = IdentitySection()
    browsers: BrowsersSection = BrowsersSection()
    people: People = People()
    mail: MailSection = MailSection()
    storage: Storage = Storage()
    limits: LimitsSection = LimitsSection()
    audit: AuditSection = AuditSection()
    bootstrap: Bootstrap = Bootstrap()
    log: Log = Log()
    manage: Manage = Manage()
    ui: Ui = Ui()

    @property
    def state(self) -> Path:
        return Path(self.server.state).absolute()

    @property
    def database_url(self) -> str:
        if self.database.url == "sqlite":
            return f"sqlite:///{self.state / 'synnefod.db'}"
        return self.database.url

    @property
    def blocks_path(self) -> Path:
        return Path(self.blocks.path) if self.blocks.path else self.state / "blocks"

    @property
    def mail_folder(self) -> Path:
        return Path(self.mail.folder) if self.mail.folder else self.state / "mail"

    @property
    def own_url(self) -> str:
        """How people reach us, as far as the settings tell."""
        host = self.server.listen
        shown = f"[{host}]" if ":" in host else host
        return self.server.public_url.rstrip("/") or f"http://{shown}:{self.server.port}"

    @property
    def manage_socket(self) -> Path:
        return Path(self.manage.socket) if self.manage.socket else self.state / "manage.sock"


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
    if config.bus.url != "memory" and not config.bus.url.startswith(("amqp://", "amqps://")):
        raise ConfigError("bus.url: 'memory' or an amqp:// or amqps:// URL")
    if config.database.url != "sqlite" and not config.database.url.startswith(
        ("sqlite:", "postgresql:")
    ):
        raise ConfigError("database.url: 'sqlite', a sqlite: URL or a postgresql: URL")
    if bool(config.tls.certificate) != bool(config.tls.key):
        raise ConfigError("tls.certificate, tls.key: give both, or none")
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
