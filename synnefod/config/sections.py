"""The sections of the settings file and the defaults of their keys."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Scheme = Annotated[
    str,
    msgspec.Meta(
        pattern="^(?!(?i:https?|javascript|data|file|vbscript|blob|about)$)[A-Za-z][A-Za-z0-9+.-]*$"
    ),
]
"""A scheme of addresses that only a program on the person's machine answers."""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all sections: frozen, unknown keys refused."""


class Server(Section, frozen=True):
    listen: str = "127.0.0.1"
    port: Port = 8080
    public_url: str = ""
    state: str = "./var"
    trusted_proxies: list[str] = []
    proxy_protocol: bool = False
    connections_per_address: Annotated[int, msgspec.Meta(ge=0)] = 0
    listed_addresses: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    metrics_token: str = ""
    console_ports: tuple[Port, Port] = (25000, 30000)
    console_proxies: list[str] = []
    idle_timeout: Seconds = 75.0
    drain_timeout: Seconds = 8.0
    drain_delay: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    workers: Count = 1


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
    former: str = ""
    path: str = ""
    legacy: str = ""
    legacy_pool: str = ""
    threads: Count = 8
    conf: str = ""
    user: str = "admin"
    pool: str = "blocks"
    namespace: str = "synnefod"
    timeout: Seconds = 10.0


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
    daemons: Count = 1
    max_clients: Count = 20
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
    routers: Literal["record", "off"] = "record"
    servers_fqdn: str = "snf-%(id)s.vm.example.synnefo.org"
    port_forwarding: dict[str, tuple[str, str]] = {}


class VolumesSection(Section, frozen=True):
    largest: Count = 200
    default_type: str = ""
    detachable: tuple[str, ...] = ("ext_archipelago", "ext_vlmc")
    clone_providers: tuple[str, ...] = ("vlmc", "archipelago")
    snapshots: bool = True
    snapshot_roles: tuple[str, ...] = ()
    snapshots_need_force: bool = False
    helper_owner: str = "admin@localhost"


class RescueSection(Section, frozen=True):
    enabled: bool = False
    path: str = "/usr/share/synnefo/rescue-images"


class ComputeSection(Section, frozen=True):
    legacy_filters: bool = False
    legacy_resize_status: bool = False
    stats_url: str = ""
    stats_secret: str = ""
    stats_refresh: Count = 60
    system_images_owner: str = ""
    flavor_override: dict[str, list[str]] = {}
    deployment_networks: tuple[str, ...] = ()
    helpdesk: bool = True
    helpdesk_groups: tuple[str, ...] = ("helpdesk",)
    helpdesk_deleted: bool = False


class Eventd(Section, frozen=True):
    queues: list[str] = []
    luxi: str = "/run/ganeti/socket/ganeti-query"
    cluster: str = ""
    always_master: bool = False
    ends_with_mastership: bool = False


class Dispatcher(Section, frozen=True):
    events: bool = True
    poll: bool = True
    poll_fast: Seconds = 2.0
    poll_slow: Seconds = 30.0
    reconcile: Annotated[float, msgspec.Meta(ge=0)] = 300.0
    orphan_grace: Annotated[float, msgspec.Meta(ge=0)] = 1800.0
    reconcile_networks: Annotated[float, msgspec.Meta(ge=0)] = 900.0
    reconcile_pools: Annotated[float, msgspec.Meta(ge=0)] = 3600.0
    reconcile_mode: Literal["fix", "report"] = "fix"


class Enforcement(Section, frozen=True):
    every: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    resources: tuple[str, ...] = ("cyclades.vm", "cyclades.cpu", "cyclades.ram")
    soft_days: Annotated[float, msgspec.Meta(ge=0)] = 7.0
    hard_days: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    remove_system_volumes: bool = False
    cascade_remove: bool = False
    max_operations: Count = 20


class IdentitySection(Section, frozen=True):
    region: str = "RegionOne"
    token_lifetime: Count = 2592000
    v3_token_lifetime: Count = 28800
    oauth2_token_lifetime: Count = 20
    password_ends_tokens: bool = True
    admin_api: bool = False
    admin_api_groups: tuple[str, ...] = ("admin-api",)
    admin_stats_groups: tuple[str, ...] = ("admin-stats",)


class OpenIdProvider(Section, frozen=True):
    """One provider of OpenID Connect; what is empty comes from the preset."""

    client_id: str
    preset: str = ""
    label: str = ""
    issuer: str = ""
    client_secret: str = ""
    scopes: tuple[str, ...] = ()
    forced: tuple[str, ...] = ()
    attributes: dict[str, str] = {}
    authorize: str = ""
    token: str = ""
    userinfo: str = ""
    proof: bool = True
    verify: str = "system"


Policies = dict[str, bool | int | list[str]]


class Message(Section, frozen=True):
    """Something that pages tell everybody."""

    text: str
    level: Literal["info", "success", "warning", "error"] = "info"


class SignInSection(Section, frozen=True):
    """Ways to sign in."""

    providers: tuple[str, ...] = ("local",)
    policies: dict[str, Policies] = {}
    openid: dict[str, OpenIdProvider] = {}
    force_profile: bool = False
    captcha: bool = False
    invitations: bool = False
    invitations_per_level: dict[str, int] = msgspec.field(
        default_factory=lambda: {"0": 100, "1": 2}
    )
    level: int = 4
    messages: dict[Literal["all", "login", "signup", "profile"], tuple[Message, ...]] = {}


class LdapSection(Section, frozen=True):
    host: str = ""
    port: Port = 636
    tls: Literal["implicit", "starttls", "none"] = "implicit"
    verify: str = "system"
    timeout: Seconds = 10.0
    base: str = ""
    filter: str = "(uid={user})"
    name: str = ""
    reader: str = ""
    reader_password: str = ""
    attributes: dict[str, str] = msgspec.field(
        default_factory=lambda: {
            "identifier": "objectGUID",
            "email": "mail",
            "first_name": "givenName",
            "last_name": "sn",
        }
    )
    forced: tuple[str, ...] = ()
    group_base: str = ""
    group_filter: str = "(member={dn})"
    group_name: str = "cn"
    label: str = "LDAP"


class ShibbolethSection(Section, frozen=True):
    require_names: bool = False
    migrate_eppn: bool = False
    forced: tuple[str, ...] = ()
    label: str = "Shibboleth"


class BrowsersSection(Section, frozen=True):
    idle: Count = 43_200
    lifetime: Count = 604_800
    landing: str = "/ui/"
    logout_next: str = ""
    token_cookie: Literal["hidden", "readable", "none"] = "hidden"
    token_cookie_name: str = "_pithos2_a"
    cookie_domain: str = ""
    ports: tuple[Port, ...] = ()
    weblogin_schemes: tuple[Scheme, ...] = ("pithos", "pithosdev")
    weblogin_hosts: tuple[str, ...] = ()
    components: dict[str, dict[str, Any]] = {}
    cloud_name: str = ""


class MailSection(Section, frozen=True):
    driver: Literal["folder", "smtp"] = "folder"
    folder: str = ""
    sender: str = "synnefod@localhost"
    templates: str = ""
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
    admins: list[str] = []
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
    swift: bool = True
    swift_path: Annotated[str, msgspec.Meta(pattern=r"^(/[A-Za-z0-9._~-]+)*$")] = "/swift"
    swift_versioning: Literal["auto", "none"] = "none"
    etag_md5: bool = False
    list_limit: Annotated[int, msgspec.Meta(gt=0)] = 10000
    public_host: str = ""
    translate_uuids: bool = False
    max_outstanding: Annotated[int, msgspec.Meta(gt=0)] = 64 << 30
    map_check_interval: Annotated[float, msgspec.Meta(ge=0)] = 5.0
    public_security: Annotated[int, msgspec.Meta(ge=8, le=64)] = 16


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
    uploads: Annotated[int, msgspec.Meta(ge=0)] = 32
    exempt: tuple[str, ...] = ("127.0.0.0/8", "::1/128")


class AdminSection(Section, frozen=True):
    enabled: bool = True
    rights: dict[str, tuple[str, ...]] = msgspec.field(
        default_factory=lambda: {
            "admin": ("*",),
            "helpdesk": (
                "read",
                "server-modify/action=start|stop|reboot_soft",
                "server-modify/suspended",
                "user-contact",
                "user-change-email",
            ),
            "admin-readonly": ("read",),
        }
    )


class Bootstrap(Section, frozen=True):
    enabled: bool = True
    network: str = "198.18.0.0/22"
    network6: str = "2001:db8:5f::/64"
    disk_template: str = "ext_archipelago"


class Log(Section, frozen=True):
    level: Literal["debug", "info", "warn", "error"] = "info"
    format: Literal["json", "plain"] = "json"
    access: bool = True
    file: str = ""


class Manage(Section, frozen=True):
    socket: str = ""
    log: str = ""
    log_exclude: str = ""
