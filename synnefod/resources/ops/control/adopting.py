"""Instances that others made, and helper servers (ganeti.md 18)."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.ids import BackendId, FlavorId
from synnefod.common.outside import end_rehearsal
from synnefod.compute.interface.keeping import Adoption, NewHelpers
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Number, Office, Row
from synnefod.resources.ops.control.servers import listed


class Import(Body):
    instance: str
    backend: Number
    user: str
    flavor: Number
    image: str = ""
    new_nics: bool = False
    keep_running: bool = False


class Sync(Body):
    """`backend` None: each one that is online, undrained and has such disks."""

    flavor: Number
    image: str
    user: str
    password: str | None = None
    backend: Number | None = None
    copies: int = 1


class Database(Body):
    """`tables`: names by what the tables hold, where they do not tell by themselves."""

    url: str
    tables: dict[str, str] = {}


@frozen
class AdoptionVerbs:
    """server-import, helper-servers-sync, import-cyclades."""

    office: Office

    @route("POST", "/v1/server-import", body=Import, auth=False)
    async def adopt(self, call: Call) -> Row:
        body: Import = call.body
        house = self.office.house
        wanted = Adoption(
            instance=body.instance,
            backend=BackendId(body.backend),
            flavor=FlavorId(body.flavor),
            image=body.image,
            new_nics=body.new_nics,
            keep_running=body.keep_running,
        )
        owner = await self.office.acting(body.user)
        detail = await house.compute.importing.adopt(owner, wanted)
        names = {int(each.id): each.name for each in await house.backends.all()}
        return {"row": listed(detail, names)}

    @route("POST", "/v1/helper-servers-sync", body=Sync, auth=False)
    async def sync(self, call: Call) -> Row:
        body: Sync = call.body
        wanted = NewHelpers(
            flavor=FlavorId(body.flavor),
            image=body.image,
            password=body.password,
            copies=body.copies,
            backend=None if body.backend is None else BackendId(body.backend),
        )
        owner = await self.office.acting(body.user)
        made = await self.office.house.compute.helpers.sync(owner, wanted)
        return {"rows": [{"server": number} for number in made]}

    @route("POST", "/v1/import-cyclades", body=Database, auth=False)
    async def take_over(self, call: Call) -> Row:
        body: Database = call.body
        end_rehearsal("take over another database's machines and networks")
        return {"row": await self.office.house.machine_intake.take(body.url, body.tables)}
