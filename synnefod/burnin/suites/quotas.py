"""What is made is charged to the chosen project, and moves with a reassignment."""

from __future__ import annotations

from typing import Any

from synnefod.burnin.cloud import expect
from synnefod.burnin.suite import Skip, step
from synnefod.burnin.suites.machine import WithServers


class Quotas(WithServers):
    title = "QuotasTestSuite"

    def _used(self, project: str, resource: str) -> int:
        figures: Any = self.cloud.get("account", "/quotas")[project][resource]
        return int(figures["usage"])

    @step("in the own project")
    def own(self) -> None:
        mine = self.cloud.user
        before = self._used(mine, "cyclades.vm")
        server = self.make("quota", networks=[], project=mine)
        self.state["id"] = server["id"]
        self.become(server["id"], "ACTIVE")
        expect(self._used(mine, "cyclades.vm"), before + 1, "servers of the own project")
        self.state["before"] = before

    @step("beyond the limit nothing is made", alone=True)
    def beyond(self) -> None:
        figures = self.cloud.get("account", "/quotas")[self.cloud.user]["cyclades.floating_ip"]
        limit = min(figures["limit"], figures["project_limit"])
        if limit - figures["usage"] > 20:
            raise Skip(f"{limit} addresses are allowed")
        while self._used(self.cloud.user, "cyclades.floating_ip") < limit:
            self.floating_ip()
        body: dict[str, Any] = {"floatingip": {"project": self.cloud.user}}
        self.cloud.ask("network", "POST", "/floatingips", body, status=413)

    @step("reassign to another project", alone=True)
    def reassign(self) -> None:
        mine, number = self.cloud.user, self.state["id"]
        other = self._other()
        before = self._used(other, "cyclades.vm")
        for project, wanted in ((other, before + 1), (mine, before)):
            self.act(number, "reassign", {"project": project}, status=200)
            expect(self.server(number)["tenant_id"], project, "the server's project")
            expect(self._used(other, "cyclades.vm"), wanted, "servers of the other project")

    def _other(self) -> str:
        for project, quota in self.cloud.get("account", "/quotas").items():
            enough = all(
                min(figures["limit"], figures["project_limit"]) > figures["usage"]
                for name, figures in quota.items()
                if name.startswith("cyclades.")
                and name.split(".")[1] in ("vm", "cpu", "ram", "disk")
            )
            if project != self.cloud.user and enough:
                return str(project)
        raise Skip("the user has no other project with room")

    @step("what is removed is given back")
    def given_back(self) -> None:
        self.gone(self.state["id"])
        used = self._used(self.cloud.user, "cyclades.vm")
        expect(used, self.state["before"], "servers of the own project")
