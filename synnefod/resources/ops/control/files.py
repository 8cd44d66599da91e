"""Files, accounts and blocks of the object store (operations.md 1.6; object-storage.md 6)."""

from __future__ import annotations

from attrs import asdict, frozen

from synnefod.common.errors import Conflict, Malformed
from synnefod.common.outside import end_rehearsal
from synnefod.objects.interface import Place, Sharing
from synnefod.objects.interface.keeping import AccountFigures
from synnefod.quota.interface import Difference
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Number, Office, Row, when
from synnefod.resources.ops.control.usage import Fix, Usage, holders

DAY = 86_400.0


class File(Body):
    """Account, container and object, or the UUID of an object alone."""

    what: list[str]
    version: Number | None = None
    domain: str = "pithos"
    hashmap: bool = False


class Listing(Body):
    duplicate: bool = False


class Account(Body):
    account: str


class Merge(Body):
    source: str
    destination: str


class Quota(Body):
    container: str
    quota: Number
    account: str | None = None
    dry: bool = False


class Nothing(Body):
    pass


class Check(Body):
    """A page of a check, from `cursor` on."""

    cursor: tuple[Number, Number] = (0, 0)
    deep: bool = False
    account: str | None = None


class Reclaim(Body):
    """`grace` in days."""

    grace: float = 7.0
    dry: bool = False


class Elsewhere(Body):
    """`damaged`: also accounts with versions whose map cannot be read."""

    url: str
    damaged: bool = False


@frozen
class FileVerbs:
    """file-show, pithos-manage-accounts, reconcile-*-pithos, storage-check, storage-gc,
    import-pithos."""

    office: Office

    @route("POST", "/v1/file-show", body=File, auth=False, change=False)
    async def file(self, call: Call) -> Row:
        body: File = call.body
        if len(body.what) not in (1, 3):
            raise Malformed("A file is named by account, container and object, or by its UUID.")
        if len(body.what) == 3:
            owner = await self.office.owner(body.what[0])
            what: Place | str = Place(owner, body.what[1], body.what[2])
        else:
            what = body.what[0]
        shown = await self.office.house.storage.show(
            what, version=body.version, domain=body.domain, hashes=body.hashmap
        )
        found = shown.object
        row = {
            "account": found.account,
            "container": found.container,
            "object": found.name,
            "uuid": found.uuid,
            "version": found.serial,
            "bytes": found.size,
            "content type": found.content_type,
            "hash": found.hash,
            "md5": found.checksum,
            "mapfile": found.map_name,
            "modified": when(found.changed),
            "modified by": found.modified_by,
            "available": int(found.available),
            "is snapshot": found.is_snapshot,
            "read by": ", ".join((found.sharing or Sharing()).read),
            "written by": ", ".join((found.sharing or Sharing()).write),
            "permissions of": shown.sharing_from,
            "public": f"/pithos/public/{found.public}" if found.public else None,
        }
        metadata = [{"key": k, "value": v} for k, v in sorted(shown.metadata.items())]
        tables: dict[str, list[Row]] = {body.domain: metadata}
        if shown.hashes is not None:
            tables["hashmap"] = [{"block": n, "hash": h} for n, h in enumerate(shown.hashes)]
        return {"row": row, "tables": tables}

    # -- accounts

    @route("POST", "/v1/pithos-accounts-list", body=Listing, auth=False, change=False)
    async def accounts(self, call: Call) -> Row:
        found = await self.office.house.storage.accounts(duplicates=call.body.duplicate)
        return {"rows": [_figures(each) for each in found]}

    @route("POST", "/v1/pithos-accounts-show", body=Account, auth=False, change=False)
    async def account(self, call: Call) -> Row:
        """What there is, before somebody deletes or merges it."""
        return {"row": _figures(await self.office.house.storage.figures(call.body.account))}

    @route("POST", "/v1/pithos-accounts-delete", body=Account, auth=False)
    async def delete(self, call: Call) -> Row:
        await self.office.house.storage.delete_account(call.body.account)
        return {"row": {"account": call.body.account, "deleted": True}}

    @route("POST", "/v1/pithos-accounts-merge", body=Merge, auth=False)
    async def merge(self, call: Call) -> Row:
        body: Merge = call.body
        storage = self.office.house.storage
        await storage.merge(body.source, body.destination)
        return {"row": _figures(await storage.figures(body.destination))}

    @route("POST", "/v1/pithos-accounts-quotas", body=Nothing, auth=False, change=False)
    async def quotas(self, call: Call) -> Row:
        found = await self.office.house.storage.quotas()
        return {"rows": [{"uuid": account, "bytes": limit} for account, limit in found]}

    @route("POST", "/v1/pithos-accounts-set-quota", body=Quota, auth=False)
    async def set_quota(self, call: Call) -> Row:
        body: Quota = call.body
        if body.quota < 0:
            raise Malformed("A quota is a number of bytes, 0 for none.")
        account = None if body.account is None else await self.office.owner(body.account)
        found = await self.office.house.storage.set_quota(
            body.container, body.quota, account=account, dry=body.dry
        )
        return {
            "rows": [
                {"account": owner, "container": body.container, "before": old, "after": body.quota}
                for owner, old in found
            ]
        }

    # -- the ledger

    @route("POST", "/v1/reconcile-resources-pithos", body=Usage, auth=False)
    async def resources(self, call: Call) -> Row:
        body: Usage = call.body
        found = await self.office.house.storage.resources(
            fix=body.fix, force=body.force, holders=await holders(self.office, body)
        )
        return {"rows": [_differing(each) for each in found]}

    @route("POST", "/v1/reconcile-commissions-pithos", body=Fix, auth=False)
    async def commissions(self, call: Call) -> Row:
        """The store knows of none: its charges are made with its data. So all are rejected."""
        found = await self.office.house.storage.commissions(fix=call.body.fix)
        result = "rejected" if call.body.fix else "reported"
        return {
            "rows": [
                {
                    "serial": each.serial,
                    "name": each.name,
                    "issue time": when(each.issued),
                    "result": result,
                }
                for each in found
            ]
        }

    # -- blocks

    @route("POST", "/v1/storage-check", body=Check, auth=False)
    async def check(self, call: Call) -> Row:
        """A page; totals are counted again after the last one."""
        body: Check = call.body
        storage = self.office.house.storage
        account = None if body.account is None else await self.office.owner(body.account)
        page = await storage.check(body.cursor, deep=body.deep, account=account)
        rows: list[Row] = [
            {"problem": each.problem, "block": each.block, "path": path, "version": version}
            for each in page.findings
            for path, version in each.hits
        ]
        if page.cursor is None:
            rows += [
                {
                    "problem": f"counted {each.kept}, there are {each.found}",
                    "block": "",
                    "path": each.where,
                    "version": None,
                }
                for each in await storage.miscounts(account=account)
            ]
        return {"rows": rows, "row": {"blocks": page.blocks, "cursor": page.cursor}}

    @route("POST", "/v1/storage-gc", body=Reclaim, auth=False)
    async def reclaim(self, call: Call) -> Row:
        body: Reclaim = call.body
        if not 1 <= body.grace <= 3650:
            raise Malformed("The grace is at least a day.")
        done = await self.office.house.storage.reclaim(grace=body.grace * DAY, dry=body.dry)
        if done is None:
            raise Conflict("Another daemon is collecting blocks.")
        return {
            "row": {
                "set aside": done.aside,
                "bytes set aside": done.aside_bytes,
                "given up": done.gone,
                "bytes given up": done.gone_bytes,
                "taken back": done.back,
                "dry run": body.dry,
            }
        }

    @route("POST", "/v1/import-pithos", body=Elsewhere, auth=False)
    async def take_over(self, call: Call) -> Row:
        body: Elsewhere = call.body
        end_rehearsal("take over another database's files")
        done = await self.office.house.account_intake.take(body.url, damaged=body.damaged)
        left = [{"account": account, "reason": why} for account, why in done.left]
        row = {key: value for key, value in asdict(done).items() if key != "left"}
        return {"row": row, "tables": {"left": left}}


def _figures(each: AccountFigures) -> Row:
    return {
        "account": each.name,
        "containers": each.containers,
        "objects": each.objects,
        "bytes": each.bytes,
        "history": each.history,
        "history bytes": each.history_bytes,
    }


def _differing(each: Difference) -> Row:
    counter = each.holding
    kind, _, holder = each.holder.partition(":")
    return {
        "type": kind,
        "holder": holder,
        "source": each.source,
        "resource": each.resource,
        "database": each.exists,
        "quotaholder": 0 if counter is None else counter.usage_max,
        "pending": counter is not None and bool(counter.pending),
        "fixed": each.fixed,
    }
