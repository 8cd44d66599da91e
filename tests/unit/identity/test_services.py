"""Accounts, tokens and projects below the door, on both engines."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from attrs import evolve
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from synnefod.common.errors import AlreadyExists, Conflict, Malformed, NotFound, Unauthenticated
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.threads import InlineThreads
from synnefod.identity.interface import NewUser, Proof, Scope, UserChanges, Who
from synnefod.identity.records import users as records
from synnefod.projects.interface import (
    Capacity,
    MemberState,
    NewProject,
    ProjectChanges,
    ProjectState,
)
from synnefod.quota.interface import INFINITE, VM, Charge, Resource
from tests.harness.cloud import NOW, PASSWORD, assemble
from tests.harness.database import OnPostgres, OnSqlite


class ServicesSuite:
    """What identity and projects promise, whatever the engine."""

    async def setUp(self) -> None:
        self.store = await self.make_store()
        self.clock = Clock()
        self.clock.advance(NOW)
        self.cloud = assemble(self.store, self.clock, InlineThreads())
        self.identity, self.projects = self.cloud.identity, self.cloud.projects
        await self.cloud.first_start.prepare()

    def refused(self, work: Any, kind: type[Exception]) -> Any:
        return self.assertFailure(ensureDeferred(work), kind)

    async def sign_in(self, name: str, password: str = PASSWORD) -> Any:
        proof = Proof("password", Who(name=name), password)
        return await self.identity.signin.sign_in([proof], Scope(), "192.0.2.1")

    async def dump(self) -> str:
        """All rows of the tables that hold secrets, as text."""
        result = []
        for table in ("users", "tokens", "app_credentials", "components"):
            rows = await self.store.read("dump", lambda tx, t=table: tx.all(f"select * from {t}"))
            result += [repr(row) for row in rows]
        return "\n".join(result)

    async def limit(self, user: UserId, project: ProjectId, resource: str = VM) -> tuple[int, int]:
        found = await self.projects.quotas(users=[user], projects=[project])
        if not found:
            return 0, 0
        usage = found[user][project][resource]
        return usage.limit or 0, usage.project_limit

    async def test_the_first_start_happens_once(self) -> None:
        """AST-121: services, resources and people; a second run changes nothing."""
        first = self.cloud.first_start
        admin = await first.person("admin@localhost", PASSWORD, first="Ad", last="Min", admin=True)
        self.assertTrue(admin.is_admin)
        self.assertIsNone(
            await first.person("admin@localhost", "another one", first="", last="", admin=False)
        )
        await self.cloud.registry.set_defaults(VM, system_default=9)
        await first.prepare()
        found = {
            each.name: each for each in await self.store.read("r", self.cloud.registry.resources)
        }
        self.assertEqual(len(found), 10)
        self.assertEqual(found[VM].system_default, 9)
        self.assertEqual((await self.sign_in("admin@localhost")).user.id, admin.id)

    async def test_an_accepted_person_has_a_project_of_their_own(self) -> None:
        """AST-127, AST-124."""
        user = await self.cloud.person("Ada@Example.org")
        self.assertEqual((user.name, user.email), ("ada@example.org", "Ada@Example.org"))
        self.assertTrue(user.is_active)
        project = await self.projects.show(ProjectId(user.id))
        self.assertEqual((project.name, project.owner), (f"system:{user.id}", None))
        self.assertTrue(project.is_base and project.private)
        self.assertEqual(user.default_project, user.id)
        self.assertEqual(await self.limit(user.id, project.id), (4, 4))
        await self.refused(self.cloud.person("ADA@example.org"), AlreadyExists)
        await self.refused(self.projects.terminate(project.id), Conflict)
        await self.refused(self.projects.modify(project.id, ProjectChanges(name="mine")), Conflict)

    async def test_an_account_is_verified_accepted_rejected_and_deactivated(self) -> None:
        """AST-123, AST-128, AST-131: only in the order that its state allows."""
        users = self.identity.users
        new = NewUser("bob@example.org", "Bob", "Bee", PASSWORD)
        bob = await users.create(new)
        self.assertFalse(bob.is_active or bob.email_verified or bob.default_project)
        await self.refused(self.sign_in("bob@example.org"), Unauthenticated)
        await self.refused(users.modify(bob.id, UserChanges(accept=True)), Conflict)
        again = await users.create(new)
        await self.refused(users.show(bob.id), NotFound)
        bob = await users.modify(again.id, UserChanges(verify=True))
        await self.refused(users.create(new), AlreadyExists)
        bob = await users.modify(bob.id, UserChanges(reject="spam"))
        self.assertFalse(bob.accepted)
        bob = await users.modify(bob.id, UserChanges(accept=True))
        self.assertTrue(bob.is_active and bob.accepted)
        await self.refused(users.modify(bob.id, UserChanges(reject="no")), Conflict)
        await self.refused(users.remove(bob.id), Conflict)
        token = (await self.sign_in("bob@example.org")).token
        await self.identity.authenticate(token)
        await users.modify(bob.id, UserChanges(active=False, reason="left"))
        await self.refused(self.identity.authenticate(token), Unauthenticated)
        await self.refused(self.sign_in("bob@example.org"), Unauthenticated)
        await users.modify(bob.id, UserChanges(active=True))
        await self.refused(self.identity.authenticate(token), Unauthenticated)
        await self.sign_in("bob@example.org")

    async def test_accounts_are_found_and_changed(self) -> None:
        users = self.identity.users
        ada = await self.cloud.person()
        for text in (str(ada.number), "ADA@example.org", ada.id.upper()):
            self.assertEqual((await users.find(text)).id, ada.id)
        await self.refused(users.find("nobody"), NotFound)
        changes = UserChanges(email="Countess@example.org", first_name="Augusta", is_admin=True)
        changed = await users.modify(ada.id, changes)
        self.assertEqual((changed.name, changed.first_name), ("countess@example.org", "Augusta"))
        self.assertTrue((await self.sign_in("countess@example.org")).principal.is_admin)
        await self.cloud.person("bob@example.org")
        await self.refused(
            users.modify(ada.id, UserChanges(email="bob@example.org")), AlreadyExists
        )
        for bad in ("x", "a b@c", "a@", "a@b.", "@b", "a@b@c"):
            await self.refused(users.create(NewUser(bad)), Malformed)
        await self.refused(users.create(NewUser("a@b.org", "x" * 31)), Malformed)
        self.assertEqual(len(await users.listing(active=True)), 2)
        by_name = await self.identity.users_by_name(["bob@example.org", "x"])
        self.assertEqual(set(by_name), {"bob@example.org"})
        self.assertEqual(set(await self.identity.users_by_id([ada.id, UserId("x")])), {ada.id})

    async def test_the_database_holds_no_usable_secret(self) -> None:
        """AST-222, AST-223, AST-224: digests and argon2id hashes alone."""
        ada = await self.cloud.person()
        issued = await self.sign_in("ada@example.org")
        token, _ = await self.identity.tokens.issue_api(ada.id)
        component = await self.identity.components.renew_token("pithos")
        found = await self.dump()
        for secret in (PASSWORD, issued.token, token, component):
            self.assertNotIn(secret, found)
        self.assertIn("$argon2id$", found)
        self.assertEqual(len(token), 43)

    async def test_an_imported_hash_is_made_anew_at_sign_in(self) -> None:
        """AST-224: Django's PBKDF2."""
        ada = await self.cloud.person()
        raw = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"salt", 1000)
        old = "pbkdf2_sha256$1000$salt$" + base64.b64encode(raw).decode()
        await self.store.transact(
            "import",
            lambda tx: tx.run("update users set password = :p where uuid = :u", p=old, u=ada.id),
        )
        await self.refused(self.sign_in("ada@example.org", "wrong password"), Unauthenticated)
        await self.sign_in("ada@example.org")
        self.assertNotIn("pbkdf2", await self.dump())
        await self.sign_in("ada@example.org")

    async def test_an_unknown_user_costs_as_many_hashes_as_a_known_one(self) -> None:
        """AST-225: a dummy is verified."""
        await self.cloud.person()
        passwords = self.identity.signin.passwords
        checked: list[str] = []
        verify = passwords._verify
        self.patch(type(passwords), "_verify", lambda _, s, p: checked.append(s) or verify(s, p))
        await self.refused(self.sign_in("nobody@example.org"), Unauthenticated)
        await self.refused(self.sign_in("ada@example.org", "wrong password"), Unauthenticated)
        self.assertEqual(len(checked), 2)
        self.assertTrue(all(each.startswith("$argon2id$") for each in checked))

    async def test_beyond_twenty_the_oldest_token_of_a_label_ends(self) -> None:
        ada = await self.cloud.person()
        tokens = []
        for _ in range(21):
            self.clock.advance(1)
            tokens.append((await self.identity.tokens.issue_api(ada.id, label="web"))[0])
        await self.refused(self.identity.authenticate(tokens[0]), Unauthenticated)
        await self.identity.authenticate(tokens[1])
        await self.identity.authenticate(tokens[-1])

    async def test_malformed_tokens_are_nobody_s(self) -> None:
        """AST-011."""
        for bad in ("", "x", "x" * 600, "tök", "a\nb"):
            await self.refused(self.identity.authenticate(bad), Unauthenticated)

    async def test_new_terms_stop_tokens_until_they_are_accepted(self) -> None:
        """AST-132, AST-012."""
        ada = await self.cloud.person()
        token = (await self.sign_in("ada@example.org")).token
        await self.store.transact(
            "terms",
            lambda tx: tx.run("insert into approval_terms (date, location) values (1, 'x')"),
        )
        await self.refused(self.identity.authenticate(token), Unauthenticated)
        await self.store.transact(
            "accept",
            lambda tx: tx.run("update users set has_signed_terms = 1 where uuid = :u", u=ada.id),
        )
        await self.identity.authenticate(token)

    async def test_groups_are_roles_and_the_group_admin_administers(self) -> None:
        ada = await self.cloud.person()
        for group in ("lab-staff", "admin"):
            await self.store.transact(
                "group", lambda tx, g=group: records.set_group(tx, ada.id, g, member=True)
            )
        issued = await self.sign_in("ada@example.org")
        self.assertTrue(issued.principal.is_admin)
        self.assertEqual(issued.groups, ("admin", "lab-staff"))
        self.assertIn("group:lab-staff", issued.principal.roles)
        self.assertEqual(await self.identity.users.groups(ada.id), ("lab-staff", "admin"))

    async def test_a_project_gives_its_members_their_part(self) -> None:
        """AST-096, AST-113: limits follow the states at once; usage stays."""
        ada = await self.cloud.person()
        bob = await self.cloud.person("bob@example.org")
        new = NewProject("lab", ada.id, capacities={VM: Capacity(10, 3)}, max_members=2)
        lab = await self.projects.create(new)
        token = (await self.sign_in("bob@example.org")).token
        self.assertNotIn(lab.id, (await self.identity.authenticate(token)).projects)
        number = await self.projects.enroll(lab.id, bob.id)
        self.assertEqual(await self.projects.enroll(lab.id, bob.id), number)
        self.assertIn(lab.id, (await self.identity.authenticate(token)).projects)
        self.assertEqual(await self.limit(bob.id, lab.id), (3, 10))
        charge = [Charge(bob.id, lab.id, VM, 2)]
        await self.store.transact("use", lambda tx: self.cloud.ledger.charge(tx, charge))
        await self.projects.suspend(lab.id)
        self.assertEqual(await self.limit(bob.id, lab.id), (0, 0))
        self.assertNotIn(lab.id, (await self.identity.authenticate(token)).projects)
        await self.projects.unsuspend(lab.id)
        await self.projects.modify(lab.id, capacities={VM: Capacity(12, 4)})
        self.assertEqual(await self.limit(bob.id, lab.id), (4, 12))
        found = await self.projects.quotas(users=[bob.id], projects=[lab.id])
        self.assertEqual(found[bob.id][lab.id][VM].usage, 2)
        eve = await self.cloud.person("eve@example.org")
        await self.refused(self.projects.enroll(lab.id, eve.id), Conflict)
        await self.projects.remove(lab.id, bob.id)
        await self.refused(self.projects.remove(lab.id, bob.id), NotFound)
        self.assertEqual(await self.limit(bob.id, lab.id), (0, 0))
        members = dict(await self.projects.members(lab.id))
        self.assertEqual(members, {ada.id: MemberState.ACCEPTED, bob.id: MemberState.REMOVED})
        self.assertEqual(await self.projects.enroll(lab.id, bob.id), number)

    async def test_deactivation_suspends_and_activation_resumes_only_that(self) -> None:
        """AST-129: own project, owned projects and memberships; others' suspensions stay."""
        ada = await self.cloud.person()
        bob = await self.cloud.person("bob@example.org")
        lab = await self.projects.create(NewProject("lab", ada.id, capacities={VM: Capacity(9, 3)}))
        shut = await self.projects.create(NewProject("shut", ada.id))
        other = await self.projects.create(NewProject("other", bob.id))
        await self.projects.enroll(other.id, ada.id)
        await self.projects.enroll(lab.id, bob.id)
        await self.projects.suspend(shut.id, "by hand")

        async def states() -> list[str]:
            ids = (ProjectId(ada.id), lab.id, shut.id, other.id)
            return [(await self.projects.show(each)).state.name for each in ids]

        users = self.identity.users
        await users.modify(ada.id, UserChanges(active=False, reason="left"))
        await users.modify(ada.id, UserChanges(active=False, reason="still"))
        self.assertEqual(await states(), ["SUSPENDED", "SUSPENDED", "SUSPENDED", "ACTIVE"])
        self.assertEqual(dict(await self.projects.members(other.id))[ada.id].name, "SUSPENDED")
        self.assertEqual(await self.limit(bob.id, lab.id), (0, 0))
        await users.modify(ada.id, UserChanges(active=True))
        self.assertEqual(await states(), ["ACTIVE", "ACTIVE", "SUSPENDED", "ACTIVE"])
        self.assertEqual(dict(await self.projects.members(other.id))[ada.id].name, "ACCEPTED")
        self.assertEqual(await self.limit(bob.id, lab.id), (3, 9))
        self.assertEqual(await self.limit(ada.id, ProjectId(ada.id)), (4, 4))
        await self.refused(users.modify(ada.id, UserChanges(active=True)), Conflict)

    async def test_the_life_of_a_project(self) -> None:
        """AST-095, AST-096: a name is free again after the end, and taken again on return."""
        ada = await self.cloud.person()
        lab = await self.projects.create(NewProject("lab", ada.id))
        await self.refused(self.projects.create(NewProject("lab")), AlreadyExists)
        await self.refused(self.projects.unsuspend(lab.id), Conflict)
        ended = await self.projects.terminate(lab.id, "enough")
        self.assertEqual((ended.state, ended.name), (ProjectState.TERMINATED, "lab"))
        second = await self.projects.create(NewProject("lab"))
        await self.refused(self.projects.reinstate(lab.id), AlreadyExists)
        await self.projects.terminate(second.id)
        again = await self.projects.reinstate(lab.id)
        self.assertEqual(again.state, ProjectState.ACTIVE)
        for bad in (
            NewProject(""),
            NewProject("x" * 81),
            NewProject("system:x"),
            NewProject("y", capacities={VM: Capacity(1, 2)}),
            NewProject("y", capacities={VM: Capacity(INFINITE + 1, 0)}),
        ):
            await self.refused(self.projects.create(bad), Malformed)
        await self.refused(
            self.projects.create(NewProject("y", capacities={"none": Capacity(1, 1)})), NotFound
        )
        await self.refused(self.projects.create(NewProject("y", UserId("nobody"))), NotFound)
        self.assertEqual(len(await self.projects.listing(base=False)), 2)
        self.assertEqual(len(await self.projects.listing(owner=ada.id)), 1)
        self.assertEqual((await self.projects.capacities(lab.id))[VM], Capacity(0, 0))

    async def test_a_new_resource_reaches_every_project(self) -> None:
        """AST-117, AST-119, AST-120."""
        ada = await self.cloud.person()
        gpu = Resource(
            "cyclades.gpu", "GPUs", None, "compute", "cyclades_compute", 2, 0, True, True
        )

        async def register(tx: Any) -> int:
            new = await self.cloud.registry.register(tx, [gpu])
            await self.projects.extend(tx, new)
            return len(new)

        self.assertEqual(await self.store.transact("register", register), 1)
        self.assertEqual(await self.store.transact("register", register), 0)
        own = ProjectId(ada.id)
        self.assertEqual(await self.limit(ada.id, own, "cyclades.gpu"), (2, 2))
        taken = evolve(gpu, service_origin="pithos_object-store")
        hidden = evolve(gpu, name="x", api_visible=False)
        registry = self.cloud.registry
        await self.refused(
            self.store.transact("register", lambda tx: registry.register(tx, [taken])), Conflict
        )
        await self.refused(
            self.store.transact("register", lambda tx: registry.register(tx, [hidden])), Malformed
        )
        changed = await registry.set_defaults("cyclades.gpu", system_default=7, api_visible=False)
        self.assertEqual((changed.system_default, changed.ui_visible), (7, False))
        self.assertEqual(
            await self.projects.capacities(own),
            await self.projects.capacities(own) | {"cyclades.gpu": Capacity(2, 2)},
        )
        await self.refused(registry.set_defaults("none"), NotFound)


class ServicesOnSqlite(OnSqlite, ServicesSuite, TestCase):
    """In memory."""


class ServicesOnPostgres(OnPostgres, ServicesSuite, TestCase):
    """On the server that SYNNEFOD_TEST_POSTGRES names."""
