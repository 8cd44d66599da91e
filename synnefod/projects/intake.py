"""Takes over a Synnefo 0.21 identity database: people, projects, holdings, components (AST-208).

All or nothing, in one transaction. What is here already (by UUID, components by name) is left
alone, so that a second run takes only what is new. Numbers are given anew; UUIDs stay.
"""

from __future__ import annotations

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Conflict
from synnefod.common.text import micros
from synnefod.common.threads import IThreads
from synnefod.identity.interface.intake import PeopleIntake
from synnefod.projects.interface.verifying import LimitVerification
from synnefod.projects.records import intake as records
from synnefod.quota.interface import QuotaIntake
from synnefod.store.foreign import Tables, read_tables
from synnefod.store.interface import Store, Tx


@frozen
class IntakeDesk:
    """Implements `Intake`."""

    store: Store
    threads: IThreads
    clock: IClock
    limits: LimitVerification
    people: PeopleIntake
    counted: QuotaIntake

    async def take(self, url: str) -> dict[str, int]:
        """What was taken from the database at `url`, counted. Raises Unavailable, Malformed (it
        is none of Synnefo's), Conflict (names in use here, pending commissions there)."""
        wanted = {**self.people.tables, **self.counted.tables, **records.TABLES}
        tables = await self.threads.disk(read_tables, url, wanted)
        taken = await self.store.transact("take over a database", lambda tx: self._take(tx, tables))
        # Counters of what is counted here and was not there.
        await self.limits.verify(fix=True)
        return taken

    async def _take(self, tx: Tx, tables: Tables) -> dict[str, int]:
        now = micros(self.clock.seconds())
        resources = await self.counted.take_resources(tx, tables)
        bases = {each["id"]: each["uuid"] for each in tables["im_project"]}
        people = await self.people.take_people(tx, tables, bases, now)
        there, names = await records.known(tx), await records.names(tx)
        fresh = [each for each in tables["im_project"] if each["uuid"] not in there]
        for each in fresh:
            if each["name"] is not None and each["name"] in names:
                raise Conflict(f"There is another project {each['name']} here.")
        projects = {each["id"]: each["uuid"] for each in fresh}
        await records.add_projects(tx, fresh, people.by_number)
        await records.add_capacities(tx, tables, projects, resources)
        await records.complete_capacities(tx, fresh, await self.counted.known_resources(tx))
        applications = await records.add_applications(
            tx, tables, projects, people.by_number, resources
        )
        for each in fresh:
            if each["last_application_id"] in applications:
                await records.set_last(tx, each["uuid"], applications[each["last_application_id"]])
        memberships = await records.add_memberships(tx, tables, projects, people.by_number)
        await records.add_logs(tx, tables, projects, memberships, people.by_number)
        holdings = await self.counted.take_holdings(tx, tables, set(projects.values()))
        return {
            "users": len(people.new),
            "projects": len(projects),
            "memberships": len(memberships),
            "applications": len(applications),
            "holdings": holdings,
            "components": await self.people.take_components(tx, tables, now),
        }
