"""A private network between two servers."""

from __future__ import annotations

from functools import partial

from synnefod.burnin.cloud import expect, require
from synnefod.burnin.suite import step
from synnefod.burnin.suites.machine import WithServers


class Networks(WithServers):
    title = "NetworkTestSuite"

    @step("two servers")
    def servers(self) -> None:
        made = [self.make(f"net{letter}", networks=[])["id"] for letter in "ab"]
        self.state["servers"] = made
        for number in made:
            self.become(number, "ACTIVE")

    @step("a private network with a subnet")
    def network(self) -> None:
        body = {"network": {"type": "MAC_FILTERED", "name": self.name("network")}}
        made = self.cloud.ask("network", "POST", "/networks", body, status=201).json()["network"]
        self.state["network"] = made["id"]
        self.undo("network", self._remove)
        subnet = {"subnet": {"network_id": made["id"], "cidr": "192.168.7.0/24"}}
        self.cloud.ask("network", "POST", "/subnets", subnet, status=201)
        listed = {each["id"] for each in self.cloud.get("network", "/networks")["networks"]}
        require(made["id"] in listed, "it is not in the list")

    def _remove(self) -> None:
        path = f"{self.cloud.services['network']}/networks/{self.state['network']}"
        self.cloud.until(
            "the network lets go", lambda: self.cloud.send("DELETE", path).status == 204
        )

    @step("connect both")
    def connect(self) -> None:
        ports = []
        for number in self.state["servers"]:
            wish = {"port": {"network_id": self.state["network"], "device_id": str(number)}}
            port = self.cloud.ask("network", "POST", "/ports", wish, status=201).json()["port"]
            ports.append(port["id"])
        self.state["ports"] = ports
        for port in ports:
            self.cloud.until(f"port {port} is active", partial(self._active, port))
        places = {
            each["ip_address"]
            for number in self.state["servers"]
            for port in self.ports_of(number, self.state["network"])
            for each in port["fixed_ips"]
        }
        expect(len(places), 2, "different addresses")

    def _active(self, port: str) -> bool:
        found = self.cloud.get("network", f"/ports/{port}")["port"]
        return bool(found["status"] == "ACTIVE")

    def _portless(self, number: int) -> bool:
        return not self.ports_of(number, self.state["network"])

    @step("reboot one")
    def reboot(self) -> None:
        first = self.state["servers"][0]
        self.become(first, "ACTIVE")
        self.act(first, "reboot", {"type": "HARD"})
        self.become(first, "ACTIVE")
        expect(len(self.ports_of(first, self.state["network"])), 1, "ports after the reboot")

    @step("disconnect")
    def disconnect(self) -> None:
        for port, number in zip(self.state["ports"], self.state["servers"], strict=True):
            self.cloud.ask("network", "DELETE", f"/ports/{port}", status=204)
            self.cloud.until("the port is gone", partial(self._portless, number))
            self.become(number, "ACTIVE")

    @step("remove all")
    def remove_all(self) -> None:
        self._remove()
        self.done("network")
        for number in self.state["servers"]:
            self.gone(number)
