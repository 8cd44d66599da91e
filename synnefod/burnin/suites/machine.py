"""Making servers and waiting for them: what several suites need."""

from __future__ import annotations

from typing import Any

from synnefod.burnin.cloud import Failed, expect
from synnefod.burnin.suite import Suite
from synnefod.burnin.suites.choosing import flavors, images


class WithServers(Suite):
    """Base of suites that make servers."""

    def make(self, what: str, **more: Any) -> Any:
        """A server that is being built; removed at the suite's end."""
        image = more.pop("image", None) or images(self.cloud, self.options.images)[0]
        body = {
            "name": self.name(what),
            "flavorRef": flavors(self.cloud, self.options.flavors)[0]["id"],
            "imageRef": image["id"],
            "metadata": {},
            **more,
        }
        made = self.cloud.ask("compute", "POST", "/servers", {"server": body}, status=202).json()
        server = made["server"]
        self.undo(f"server {server['id']}", lambda: self.remove(server["id"]))
        return server

    def remove(self, number: int) -> None:
        path = f"/servers/{number}"
        status = self.cloud.get("compute", path)["server"]["status"]
        if status != "DELETED":
            self.cloud.ask("compute", "DELETE", path, status=204)
            self.become(number, "DELETED")
        self.done(f"server {number}")

    def server(self, number: int) -> Any:
        return self.cloud.get("compute", f"/servers/{number}")["server"]

    def become(self, number: int, status: str) -> Any:
        """Waits for the state with nothing pending. Raises Failed at once for ERROR."""

        def probe() -> Any:
            found = self.server(number)
            if found["status"] == "ERROR" and status != "ERROR":
                told = [each["message"] for each in found.get("diagnostics", ())]
                raise Failed(f"server {number} is in ERROR: {'; '.join(told) or 'no reason told'}")
            return found if found["status"] == status and not found["SNF:task_state"] else None

        return self.cloud.until(f"server {number} is {status}", probe)

    def act(self, number: int, action: str, arguments: Any = None, *, status: int = 202) -> Any:
        body = {action: arguments if arguments is not None else {}}
        return self.cloud.ask("compute", "POST", f"/servers/{number}/action", body, status=status)

    def floating_ip(self) -> Any:
        """A new address; released at the suite's end, when its server has let it go."""
        body: dict[str, Any] = {"floatingip": {}}
        made = self.cloud.ask("network", "POST", "/floatingips", body, status=200).json()
        found = made["floatingip"]
        self.notes.take(found)
        self.undo(f"floating IP {found['id']}", lambda: self.release(found["id"]))
        return found

    def release(self, number: str) -> None:
        """Waits until its server has let it go."""

        def probe() -> bool:
            path = f"{self.cloud.services['network']}/floatingips/{number}"
            return self.cloud.send("DELETE", path).status in (204, 404)

        self.cloud.until(f"floating IP {number} is released", probe)
        self.notes.drop(number)

    def ports_of(self, number: int, network: object, address: str = "") -> list[Any]:
        """Of a server on a network, and with an address if one is named."""
        return [
            port
            for port in self.cloud.get("network", "/ports")["ports"]
            if (str(port["device_id"]), str(port["network_id"])) == (str(number), str(network))
            and (not address or address in {ip["ip_address"] for ip in port["fixed_ips"]})
        ]

    def gone(self, number: int) -> None:
        """Removes the server and looks whether it is gone."""
        self.remove(number)
        expect(self.server(number)["status"], "DELETED", "its state")
        listed = self.cloud.get("compute", "/servers")["servers"]
        expect([each for each in listed if each["id"] == number], [], "servers of its number")
