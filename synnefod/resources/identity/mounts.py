"""Identity's mounts, as assembly puts them into the URL tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synnefod.common.clockwork import IClock
from synnefod.identity.interface import Identity
from synnefod.identity.interface.administration import Administration
from synnefod.identity.interface.life import Life
from synnefod.identity.interface.oauth import OAuth
from synnefod.identity.interface.rights import Rights
from synnefod.identity.interface.rooms import Rooms
from synnefod.identity.interface.sessions import Sessions
from synnefod.identity.interface.staff import Staff
from synnefod.projects.interface import Projects
from synnefod.quota.interface import Commissions, Registry
from synnefod.resources.door import Mount
from synnefod.resources.identity import oauth as oauth_words
from synnefod.resources.identity import weblogin as weblogin_words
from synnefod.resources.identity.account import Account
from synnefod.resources.identity.account_memberships import AccountMemberships
from synnefod.resources.identity.account_projects import AccountProjects
from synnefod.resources.identity.administration import Permitted, Statistics, UsersNoun
from synnefod.resources.identity.browser import Browser, BrowserSettings
from synnefod.resources.identity.captcha import CaptchaPages
from synnefod.resources.identity.catalogue import CatalogueNoun
from synnefod.resources.identity.choices import Choices
from synnefod.resources.identity.commissions import CommissionNoun
from synnefod.resources.identity.credentials import CredentialNoun
from synnefod.resources.identity.discovery import Version2, Version3, Versions
from synnefod.resources.identity.entry import ROOTED, Entry
from synnefod.resources.identity.legacy import LegacyTokens
from synnefod.resources.identity.me import Me
from synnefod.resources.identity.me_ways import MyWays
from synnefod.resources.identity.oauth import OAuthNoun
from synnefod.resources.identity.pages import AccountPages
from synnefod.resources.identity.profile import ProfilePages
from synnefod.resources.identity.programs import Programs
from synnefod.resources.identity.projects import ProjectNoun
from synnefod.resources.identity.providers import ProviderPages
from synnefod.resources.identity.signup import SignUpPages
from synnefod.resources.identity.swift_auth import SwiftAuth
from synnefod.resources.identity.system import SystemNoun
from synnefod.resources.identity.terms import TermsPages
from synnefod.resources.identity.tokens import Tokens
from synnefod.resources.identity.users import UserNoun
from synnefod.resources.identity.weblogin import WebLogin

NOBODY = Permitted()
SWIFT_STORAGE = "/swift/v1/AUTH_%(user)s"


def identity_mounts(
    door: Identity,
    rooms: Rooms,
    projects: Projects,
    registry: Registry,
    commissions: Commissions,
    rights: Rights,
    clock: IClock,
    *,
    path: str = "/astakos",
    root_aliases: bool = True,
    list_v2: bool = False,
    storage: str = SWIFT_STORAGE,
    life: Life | None = None,
    people: Administration | None = None,
    staff: Staff | None = None,
    permitted: Permitted = NOBODY,
    sessions: Sessions | None = None,
    browsers: BrowserSettings | None = None,
    oauth: OAuth | None = None,
    components: Mapping[str, Any] | None = None,
    cloud_name: str = "synnefo",
) -> list[Mount]:
    """Everything below `path` that belongs to identity, the root aliases, and Swift's v1 auth.

    With `people` and `staff`, the permitted administer users and see statistics; with `life`,
    people may sign up, verify and recover their accounts below `path`/ui, and with `sessions` sign
    in there, hand tokens to programs, and with `oauth` let them act in their name for a moment.
    `components` and `cloud_name`: see `programs`.
    """
    realm = f"{path}/identity/v3"
    v3 = [
        Version3(),
        Tokens(rooms, projects, rights),
        ProjectNoun(rooms, projects, rights),
        UserNoun(rooms),
        CatalogueNoun(rooms, rights),
        SystemNoun(rooms, rights),
        CredentialNoun(rooms),
    ]
    aliases = ("/v3", "/identity/v3") if root_aliases else ()
    legacy: list[object] = [Version2(), LegacyTokens(rooms, oauth)]
    pages = []
    account: list[object] = [
        Account(rooms, projects, registry, life),
        AccountMemberships(projects),
        AccountProjects(projects, registry, rooms.users_by_id),
        CommissionNoun(rooms, commissions),
    ]
    if people is not None:
        account.append(Me(rooms, people, life))
        account.append(MyWays(rooms, life, f"{path}/ui"))
        if staff is not None:
            legacy.append(UsersNoun(rooms, people, staff, permitted))
        figures = Statistics(rooms, people, projects, registry, clock, permitted)
        pages.append(Mount(f"{path}/admin", "astakos", [figures], door, service="account"))
    if life is not None and sessions is not None:
        browser = Browser(sessions, rooms.methods, browsers or BrowserSettings(home=f"{path}/ui"))
        programs = Programs(rooms, people, browser, components or {}, cloud_name)
        pages += browser_mounts(door, rooms, life, browser, programs, path=path, oauth=oauth)
    return [
        *pages,
        Mount(
            f"{path}/identity",
            "astakos",
            [Versions(list_v2=list_v2)],
            door,
            aliases=("/identity",) if root_aliases else (),
        ),
        Mount(f"{path}/identity/v2.0", "astakos", legacy, door),
        Mount(
            realm,
            "keystone",
            v3,
            door,
            aliases=aliases,
            realm=realm,
            service="identity",
        ),
        Mount(
            f"{path}/account/v1.0",
            "astakos",
            account,
            door,
            service="account",
        ),
        Mount(
            "/auth/v1.0",
            "swift",
            [SwiftAuth(rooms, clock, storage)],
            door,
            aliases=("/auth/v1", "/swift/auth/v1.0"),
            service="identity",
        ),
    ]


def browser_mounts(
    door: Identity,
    rooms: Rooms,
    life: Life,
    browser: Browser,
    programs: Programs,
    *,
    path: str,
    oauth: OAuth | None,
) -> list[Mount]:
    """What people see in browsers: sign-in and account pages, the hand-over of tokens to programs,
    and OAuth2."""
    choices = Choices(rooms.proofs, rooms.captcha, strangers=life.open)
    pages = [
        Mount(
            browser.settings.home,
            "astakos",
            [
                Entry(browser, choices, rooms.methods),
                ProviderPages(browser, choices, rooms.proofs, rooms.methods),
                CaptchaPages(rooms.captcha),
                SignUpPages(life, browser, rooms.proofs, rooms.methods, rooms.captcha),
                AccountPages(life, door, browser),
                TermsPages(life, browser),
                ProfilePages(rooms, life, browser, rooms.methods),
                programs,
            ],
            door,
            json_type=False,
            suffixes=False,
            implied_head=True,
            service="ui",
            decorate=browser.guarded,
            shows=browser.refusal,
            rooted=ROOTED,
        ),
        Mount(
            f"{path}/weblogin",
            "astakos",
            [WebLogin(rooms.tokens, browser)],
            door,
            suffixes=False,
            service="ui",
            decorate=browser.guarded,
            shows=weblogin_words.told,
        ),
    ]
    if oauth is not None:
        pages.append(
            Mount(
                f"{path}/oauth2",
                "astakos",
                [OAuthNoun(oauth, browser)],
                door,
                suffixes=False,
                service="ui",
                decorate=browser.guarded,
                shows=oauth_words.told,
            )
        )
    return pages
