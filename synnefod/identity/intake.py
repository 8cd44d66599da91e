"""Takes over the people and components of a Synnefo 0.21 database (AST-208).

Tokens that are good stay good: the other database holds them in the clear, we keep their digests.
"""

from __future__ import annotations

from collections.abc import Mapping

from synnefod.common.errors import Conflict
from synnefod.identity.interface.intake import People
from synnefod.identity.records import intake as records
from synnefod.identity.records import users as user_records
from synnefod.identity.tokens import digest, well_formed
from synnefod.store.foreign import Tables
from synnefod.store.interface import Tx


class PeopleFromSynnefo:
    """Implements `PeopleIntake`."""

    tables = records.TABLES

    async def take_people(
        self, tx: Tx, tables: Tables, bases: Mapping[int, str], now: int
    ) -> People:
        uuids, names = await records.known(tx)
        accounts = {each["id"]: each for each in tables["auth_user"]}
        people: dict[int, str] = {}
        new: set[str] = set()
        for more in tables["im_astakosuser"]:
            account = accounts.get(more["user_ptr_id"])
            if account is None or not more["uuid"]:
                continue
            uuid = more["uuid"]
            people[more["user_ptr_id"]] = uuid
            if uuid in uuids:
                continue
            if account["username"].lower() in names:
                raise Conflict(f"There is another user {account['username']} here.")
            await records.add_user(tx, account, more, bases.get(more["base_project_id"]), now)
            new.add(uuid)
            token, expires = more["auth_token"], more["auth_token_expires"]
            if token and well_formed(token) and expires is not None and expires > now:
                issued = more["auth_token_created"] or now
                await records.add_token(tx, uuid, digest(token), issued, expires)
        fresh = {number: uuid for number, uuid in people.items() if uuid in new}
        await records.add_providers(tx, tables, fresh, now)
        groups = {each["id"]: each["name"] for each in tables["auth_group"]}
        for each in tables["auth_user_groups"]:
            if each["user_id"] in fresh and each["group_id"] in groups:
                name = groups[each["group_id"]]
                await user_records.set_group(tx, fresh[each["user_id"]], name, member=True)
        return People(people, frozenset(new))

    async def take_components(self, tx: Tx, tables: Tables, now: int) -> int:
        data: dict[int, dict[str, str]] = {}
        for each in tables["im_endpointdata"]:
            data.setdefault(each["endpoint_id"], {})[each["key"]] = each["value"]
        endpoints: dict[int, list[dict[str, str]]] = {}
        for each in tables["im_endpoint"]:
            endpoints.setdefault(each["service_id"], []).append(data.get(each["id"], {}))
        made = 0
        for component in tables["im_component"]:
            token = component["auth_token"]
            key = digest(token) if token and well_formed(token) else None
            number = await records.add_component(tx, component, key, now)
            if number is None:
                continue
            made += 1
            for service in tables["im_service"]:
                if service["component_id"] == component["id"]:
                    found = endpoints.get(service["id"], [])
                    await records.add_service(tx, number, service, found)
        return made
