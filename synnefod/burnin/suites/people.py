"""Identity: tokens, names, the catalogue, the default project; applying for a project."""

from __future__ import annotations

from typing import Any

from synnefod.burnin.cloud import TYPES, expect, require
from synnefod.burnin.suite import Suite, step


class People(Suite):
    title = "AstakosTestSuite"

    @step("a bad token is refused", alone=True)
    def bad_token(self) -> None:
        body = {"auth": {"token": {"id": "no-such-token-anywhere"}}}
        self.cloud.ask("identity", "POST", "/tokens", body, status=401, token="")
        for kind, path in (("compute", "/servers"), ("account", "/quotas")):
            self.cloud.ask(kind, "GET", path, status=401, token="no-such-token-anywhere")

    @step("a token names its user", alone=True)
    def authenticated(self) -> None:
        body = {"auth": {"token": {"id": self.cloud.token}}}
        told = self.cloud.ask("identity", "POST", "/tokens", body, status=200).json()["access"]
        expect(told["user"]["id"], self.cloud.user, "the user of the token")
        expect(told["token"]["id"], self.cloud.token, "the token")

    @step("names and UUIDs lead to each other", alone=True)
    def names(self) -> None:
        user = self.cloud.user
        names = self._catalogue(uuids=[user])["uuid_catalog"]
        require(list(names) == [user], f"the UUID {user} has no name")
        told = self._catalogue(displaynames=[names[user]])["displayname_catalog"]
        expect(told, {names[user]: user}, "the UUID of the name")

    def _catalogue(self, **asked: list[str]) -> Any:
        return self.cloud.ask("account", "POST", "/user_catalogs", asked, status=200).json()

    @step("the catalogue names all services", alone=True)
    def endpoints(self) -> None:
        types = {service["type"] for service in self.cloud.catalogue}
        require(set(TYPES) <= types, f"of {', '.join(TYPES)} there are {', '.join(sorted(types))}")
        for service in self.cloud.catalogue:
            require(service["endpoints"], f"{service['name']} has no endpoint")

    @step("quotas name the own project", alone=True)
    def default_project(self) -> None:
        told = self.cloud.get("account", "/quotas")
        require(self.cloud.user in told, "the user's own project has no quotas")
        for resource in ("cyclades.vm", "pithos.diskspace"):
            figures = told[self.cloud.user].get(resource, {})
            require({"limit", "usage", "pending"} <= set(figures), f"no figures of {resource}")

    @step("an unknown project is refused", alone=True)
    def unknown_project(self) -> None:
        self.cloud.ask(
            "account", "GET", f"/projects/{'0' * 8}-0000-4000-8000-{'0' * 12}", status=404
        )


class Projects(Suite):
    title = "ProjectsTestSuite"

    @step("apply")
    def apply(self) -> None:
        name = self.name("project").lower() + ".example.org"
        wanted = {
            "name": name,
            "end_date": "2099-01-01T00:00:00Z",
            "description": "made by a test, to be cancelled by it",
            "resources": {"cyclades.vm": {"project_capacity": 2, "member_capacity": 1}},
        }
        told = self.cloud.ask("account", "POST", "/projects", wanted, status=201).json()
        self.state.update(project=told["id"], application=told["application"], name=name)
        self.undo("application", self._cancel)

    @step("the application is shown")
    def shown(self) -> None:
        told = self.cloud.get("account", f"/projects/{self.state['project']}")
        expect(told["name"], self.state["name"], "the project's name")
        expect(told["last_application"]["id"], self.state["application"], "the application")
        require(told["last_application"]["state"] in ("pending", "approved"), "its state")
        self.state["pending"] = told["last_application"]["state"] == "pending"
        listed = self.cloud.get("account", "/projects")
        require(self.state["project"] in {each["id"] for each in listed}, "it is not in the list")

    @step("cancel it")
    def cancel(self) -> None:
        self._cancel()
        self.done("application")
        told = self.cloud.get("account", f"/projects/{self.state['project']}")
        require(told["state"] in ("deleted", "terminated"), f"it is {told['state']}")

    def _cancel(self) -> None:
        action = {"cancel": {"reason": "", "app_id": self.state["application"]}}
        path = f"/projects/{self.state['project']}/action"
        self.cloud.ask("account", "POST", path, action, status=200)
