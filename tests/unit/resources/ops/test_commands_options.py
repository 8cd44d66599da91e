"""Options that a day's work seldom needs: each changes what it names, and nothing else."""

from __future__ import annotations

from synnefod.admin.transport import NOT_FOUND, REFUSED
from synnefod.projects.interface import Asker, Capacity, Definition, Policy
from tests.unit.resources.ops import test_commands_identity as identity

VM = identity.VM


class Options(identity.Commands):
    def a_project(self) -> str:
        """The number of a project that is active."""
        demo = self.user()
        wish = Definition(
            name="lab.example.org",
            owner=demo,
            ends=4_000_000_000_000_000,
            join_policy=Policy.AUTO,
            leave_policy=Policy.AUTO,
            max_members=5,
            capacities={VM: Capacity(10, 2)},
        )
        desk = self.cloud.house.projects
        asked = self.cloud.now(desk.applications.apply(Asker(demo, is_admin=False), wish))
        self.manage("project-control", "--approve", str(asked.number))
        return str(asked.project)

    def status(self, project: str) -> str:
        return str(self.manage("project-show", project)["status"])

    def test_a_project_is_stopped_and_goes_on(self) -> None:
        """Suspended and released, ended and taken up again; each only where it fits (OPS-040)."""
        lab = self.a_project()
        self.manage("project-control", "--unsuspend", lab, code=REFUSED)
        self.manage("project-control", "--reinstate", lab, code=REFUSED)
        seen = []
        for verb in ("--suspend", "--unsuspend", "--terminate", "--reinstate"):
            self.manage("project-control", verb, lab, "-m", "because")
            seen.append(self.status(lab))
        self.assertEqual(seen, ["Suspended", "Active", "Terminated", "Active"])

    def test_a_project_s_words_and_rules(self) -> None:
        """OPS-039"""
        lab = self.a_project()
        before = self.manage("project-show", lab)
        self.manage("project-modify", lab, "--description", "Mice.", "--leave-policy", "closed")
        after = self.manage("project-show", lab)
        changed = {key for key in after if after[key] != before[key]}
        self.assertEqual(changed, {"description", "leave policy"})
        self.assertEqual((after["description"], after["leave policy"]), ("Mice.", "closed"))

    def test_a_user_s_usual_project(self) -> None:
        """Of one who is a member of it, and of nobody else (OPS-028)."""
        lab = self.a_project()
        self.manage("user-modify", identity.DEMO, "--set-default-project", lab, code=NOT_FOUND)
        asker = Asker(self.user(), is_admin=False)
        self.cloud.now(self.cloud.house.projects.memberships.join(asker, lab))
        self.manage("user-modify", identity.DEMO, "--set-default-project", lab)
        self.assertEqual(self.manage("user-show", identity.DEMO)["default_project"], lab)

    def test_a_resource_s_share_of_a_project(self) -> None:
        """OPS-042"""
        self.manage("resource-modify", VM, "--project-default", "3")
        (row,) = self.manage("resource-list", "--filter-by", f"name={VM}")
        self.assertEqual(row["project_default"], 3)

    def test_a_component_takes_a_token_that_is_given(self) -> None:
        """OPS-047"""
        self.manage("component-add", "weather", "--ui-url", "/weather")
        token = "a-token-that-somebody-chose-0123456789"
        self.manage("component-modify", "weather", "--auth-token", token)
        desk = self.cloud.house.identity.components
        self.assertEqual(self.cloud.now(desk.authenticate(token)).name, "weather")
        (row,) = self.manage("component-list", "-o", "name,ui_url", "--filter-by", "name=weather")
        self.assertEqual(row["ui_url"], "/weather")
