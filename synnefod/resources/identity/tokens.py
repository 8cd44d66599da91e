"""Keystone v3 tokens, and what a token's owner may reach (identity.md 4.3)."""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from synnefod.common.errors import Forbidden, Malformed, Unauthenticated
from synnefod.identity.interface import Issued, Proof, Scope, Who
from synnefod.identity.interface.rights import Rights
from synnefod.identity.interface.rooms import Rooms
from synnefod.projects.interface import Projects, ProjectState
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity import views
from synnefod.resources.identity.printed import Printed
from synnefod.resources.schemas import identity as schemas


def proofs_of(body: schemas.Methods) -> list[Proof]:
    """Raises Malformed for a method without its object, Unauthenticated for an unknown one."""
    result = []
    for method in dict.fromkeys(body.methods):
        if method == "password" and body.password is not None:
            user = body.password.user
            if not user.id and not user.name:
                raise Malformed("The user is named by id or by name.")
            domain = user.domain.either() if user.domain else None
            who = Who(user.id or None, user.name, domain if not user.id else None)
            result.append(Proof(method, who, user.password))
        elif method == "token" and body.token is not None:
            result.append(Proof(method, secret=body.token.id))
        elif method == "application_credential" and body.application_credential is not None:
            result.append(_credential(body.application_credential))
        elif method in ("password", "token", "application_credential"):
            raise Malformed(f"The method '{method}' lacks its object.")
        else:
            raise Unauthenticated("The request you have made requires authentication.")
    return result


def _credential(asked: schemas.CredentialMethod) -> Proof:
    if asked.id:
        return Proof("application_credential", secret=asked.secret, credential=asked.id)
    user = asked.user
    if not asked.name or user is None or not (user.id or user.name):
        raise Malformed("An application credential is named by id, or by name and user.")
    who = Who(user.id or None, user.name, user.domain.either() if user.domain else None)
    return Proof("application_credential", who, asked.secret, asked.name)


def scope_of(body: schemas.ScopeBody | str | None) -> Scope:
    """Raises Malformed for two kinds at once, for trusts and for anything unknown."""
    if body is None:
        return Scope()
    if isinstance(body, str):
        if body == "unscoped":
            return Scope("unscoped")
        raise Malformed("The scope is an object, or 'unscoped'.")
    given = [
        kind
        for kind in ("project", "domain", "system", "unscoped", "trust")
        if getattr(body, kind) is not None
    ]
    if len(given) != 1 or given == ["trust"]:
        raise Malformed("The scope names one of project, domain, system and unscoped.")
    if body.project is not None:
        if not body.project.id and not body.project.name:
            raise Malformed("The project is named by id or by name.")
        domain = body.project.domain.either() if body.project.domain else None
        name = body.project.name if not body.project.id else None
        return Scope("project", body.project.id or None, name, domain)
    if body.domain is not None:
        return Scope("domain", domain=body.domain.either())
    if body.system is not None and not body.system.get("all"):
        raise Malformed("The system scope is {'all': true}.")
    return Scope(given[0])


class Tokens:
    def __init__(self, identity: Rooms, projects: Projects, rights: Rights) -> None:
        self.identity = identity
        self.projects = projects
        self.rights = rights
        self.printed = Printed(identity.catalogue)

    @route("POST", "/auth/tokens", auth=False, body=schemas.AuthRequest, always=True)
    async def issue(self, call: Call) -> Reply:
        auth: schemas.Auth = call.body.auth
        proofs = proofs_of(auth.identity)
        issued = await self.identity.signin.sign_in(proofs, scope_of(auth.scope), call.peer)
        return await self._reply(call, issued, 201)

    @route("GET", "/auth/tokens")
    async def show(self, call: Call) -> Reply:
        return await self._reply(call, await self._subject(call, reads=True), 200)

    @route("DELETE", "/auth/tokens", status=204, always=True)
    async def revoke(self, call: Call) -> None:
        issued = await self._subject(call)
        await self.identity.tokens.revoke(issued.token)

    @route("GET", "/auth/catalog")
    async def catalogue(self, call: Call) -> dict[str, Any]:
        issued = await self.identity.tokens.inspect(call.token)
        if not views.scoped(issued):
            raise Forbidden("An unscoped token has no catalogue.")
        catalogue = await self._catalogue(call, issued)
        return {"catalog": catalogue, "links": {"self": call.url + call.path}}

    @route("GET", "/auth/projects")
    async def auth_projects(self, call: Call) -> dict[str, Any]:
        found = await self.projects.listing(
            member=call.principal.user, states=[ProjectState.ACTIVE]
        )
        items = [views.project(each, call.url) for each in found]
        return views.listed("projects", items, call.url + call.path)

    @route("GET", "/auth/domains")
    async def auth_domains(self, call: Call) -> dict[str, Any]:
        items = [views.domain(call.url)] if call.principal.is_admin else []
        return views.listed("domains", items, call.url + call.path)

    @route("GET", "/auth/system")
    async def auth_system(self, call: Call) -> dict[str, Any]:
        roles = await self.rights.system_roles(call.principal.user)
        return {
            "system": [{"all": True}] if roles else [],
            "links": {"self": call.url + call.path},
        }

    async def _subject(self, call: Call, *, reads: bool = False) -> Issued:
        """The token that is asked about: the asker's own, or anybody's for an administrator, and,
        where it is only read, for a reader of the whole system."""
        subject = call.headers.get("X-Subject-Token")
        if not subject:
            raise Malformed("The header X-Subject-Token is missing.")
        issued = await self.identity.tokens.inspect(subject)
        may = call.principal.is_admin or (reads and call.principal.reads_all)
        if issued.user.id != call.principal.user and not may:
            raise Forbidden("The token belongs to somebody else.")
        return issued

    async def _catalogue(self, call: Call, issued: Issued) -> Raw:
        await self.identity.refresh_catalogue()
        project = issued.project.id if issued.project else None
        return self.printed.v3(call.base, issued.user.id, project)

    async def _reply(self, call: Call, issued: Issued, status: int) -> Reply:
        catalogue = None if "nocatalog" in call.query else await self._catalogue(call, issued)
        headers = {"X-Subject-Token": issued.token, "Vary": "X-Auth-Token"}
        return Reply(views.token(issued, catalogue), status=status, headers=headers)
