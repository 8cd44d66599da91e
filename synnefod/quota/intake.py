"""Takes over what a Synnefo 0.21 database counts (AST-208)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from synnefod.common.errors import Conflict
from synnefod.quota import records
from synnefod.quota.interface import Resource
from synnefod.store import foreign
from synnefod.store.foreign import Tables
from synnefod.store.interface import Tx

TABLES: Mapping[str, tuple[str, ...]] = {
    "im_resource": (
        "id",
        "name",
        "desc?",
        "unit?",
        "service_type",
        "service_origin",
        "uplimit",
        "project_default",
        "ui_visible",
        "api_visible",
    ),
    "quotaholder_app_holding": (
        "holder",
        "source",
        "resource",
        "limit",
        "usage_min",
        "usage_max",
    ),
    "quotaholder_app_commission": ("serial",),
}


class QuotaFromSynnefo:
    """Implements `QuotaIntake`."""

    tables = TABLES

    async def take_resources(self, tx: Tx, tables: Tables) -> dict[int, str]:
        """Names by the other database's numbers. What is known here takes over the defaults and
        visibility there; the rest is registered. Raises Conflict while commissions are pending."""
        pending = len(tables["quotaholder_app_commission"])
        if pending:
            raise Conflict(f"{pending} commissions are pending there: resolve them first.")
        for each in tables["im_resource"]:
            resource = Resource(
                name=each["name"],
                description=each["desc"],
                unit=each["unit"],
                service_type=each["service_type"],
                service_origin=each["service_origin"],
                system_default=each["uplimit"],
                project_default=each["project_default"],
                ui_visible=bool(each["ui_visible"]),
                api_visible=bool(each["api_visible"]),
            )
            if not await records.add_resource(tx, resource):
                changes = {
                    "system_default": resource.system_default,
                    "project_default": resource.project_default,
                    "ui_visible": int(resource.ui_visible),
                    "api_visible": int(resource.api_visible),
                }
                await records.change_resource(tx, resource.name, changes)
        return {each["id"]: each["name"] for each in tables["im_resource"]}

    async def known_resources(self, tx: Tx) -> list[Resource]:
        """All that is counted here."""
        return await records.resources(tx)

    async def take_holdings(self, tx: Tx, tables: Tables, projects: Collection[str]) -> int:
        """The holdings of these projects and of their members; how many."""
        rows = []
        for each in tables["quotaholder_app_holding"]:
            place = each["source"] or each["holder"]
            if place.removeprefix("project:") not in projects:
                continue
            rows.append(
                {
                    "holder": each["holder"],
                    "source": each["source"] or "",
                    "resource": each["resource"],
                    "quota_limit": each["limit"],
                    "usage_min": each["usage_min"],
                    "usage_max": each["usage_max"],
                }
            )
        await foreign.insert(tx, "holdings", rows)
        return len(rows)
