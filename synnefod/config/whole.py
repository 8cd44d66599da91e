"""All settings together, and what follows from them."""

from __future__ import annotations

from pathlib import Path

from synnefod.config import sections, web
from synnefod.config.sections import Section


class Config(Section, frozen=True):
    """All settings. Paths left empty lie below `server.state`."""

    server: sections.Server = sections.Server()
    tls: sections.Tls = sections.Tls()
    roles: sections.Roles = sections.Roles()
    database: sections.Database = sections.Database()
    blocks: sections.BlocksSection = sections.BlocksSection()
    bus: sections.Bus = sections.Bus()
    ganeti: sections.Ganeti = sections.Ganeti()
    network: sections.NetworkSection = sections.NetworkSection()
    volumes: sections.VolumesSection = sections.VolumesSection()
    rescue: sections.RescueSection = sections.RescueSection()
    compute: sections.ComputeSection = sections.ComputeSection()
    eventd: sections.Eventd = sections.Eventd()
    dispatcher: sections.Dispatcher = sections.Dispatcher()
    enforcement: sections.Enforcement = sections.Enforcement()
    identity: sections.IdentitySection = sections.IdentitySection()
    signin: sections.SignInSection = sections.SignInSection()
    ldap: sections.LdapSection = sections.LdapSection()
    shibboleth: sections.ShibbolethSection = sections.ShibbolethSection()
    browsers: sections.BrowsersSection = sections.BrowsersSection()
    people: sections.People = sections.People()
    mail: sections.MailSection = sections.MailSection()
    storage: sections.Storage = sections.Storage()
    limits: sections.LimitsSection = sections.LimitsSection()
    admin: sections.AdminSection = sections.AdminSection()
    audit: sections.AuditSection = sections.AuditSection()
    bootstrap: sections.Bootstrap = sections.Bootstrap()
    log: sections.Log = sections.Log()
    manage: sections.Manage = sections.Manage()
    ui: web.Ui = web.Ui()
    brand: web.Brand = web.Brand()

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
    def legacy_path(self) -> Path:
        """Where the maps of a Synnefo 0.21 are."""
        return Path(self.blocks.legacy) if self.blocks.legacy else self.blocks_path

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
