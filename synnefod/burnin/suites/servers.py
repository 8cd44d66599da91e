"""The life of a server, once for each image: built, seen, used, stopped, rescued, removed."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Sequence
from functools import partial
from typing import Any

from attrs import evolve

from synnefod.burnin.cloud import Failed, expect, require
from synnefod.burnin.suite import Skip, Suite, step
from synnefod.burnin.suites.choosing import images
from synnefod.burnin.suites.machine import WithServers
from synnefod.protocols.vncauth import response


class Servers(WithServers):
    title = "ServerTestSuite"

    def variants(self) -> Sequence[Suite]:
        """One for each image that the options name; else one with the first image."""
        found: list[Suite] = []
        for image in images(self.cloud, self.options.images)[: None if self.options.images else 1]:
            suite = evolve(self)
            suite.state["image"] = image
            found.append(suite)
        return found

    @step("create")
    def create(self) -> None:
        address = self.floating_ip()
        self.state["address"] = address
        wish = {"uuid": address["floating_network_id"], "fixed_ip": address["floating_ip_address"]}
        server = self.make(
            "server",
            image=self.state["image"],
            networks=[wish],
            tags=["snf-test"],
            personality=[{"path": "/root/snf-test", "contents": "aGVsbG8="}],
        )
        self.state["id"] = server["id"]
        require(server.get("adminPass"), "no password was told")

    @step("it is being built")
    def building(self) -> None:
        number = self.state["id"]
        for path in ("/servers", "/servers/detail"):
            listed = {each["id"] for each in self.cloud.get("compute", path)["servers"]}
            require(number in listed, f"it is not in {path}")
        require(self.server(number)["status"] in ("BUILD", "ACTIVE"), "it is not in BUILD")

    @step("metadata")
    def metadata(self) -> None:
        path = f"/servers/{self.state['id']}/metadata"
        body = {"metadata": {"snf-test": "yes"}}
        self.cloud.ask("compute", "POST", path, body, status=201)
        expect(self.cloud.get("compute", path)["metadata"].get("snf-test"), "yes", "the value")
        self.cloud.ask("compute", "DELETE", f"{path}/snf-test", status=204)

    @step("it becomes active")
    def active(self) -> None:
        found = self.become(self.state["id"], "ACTIVE")
        require(found["attachments"], "it has no network interface")

    @step("tags")
    def tags(self) -> None:
        path = f"/servers/{self.state['id']}/tags"

        def confirmed() -> bool:
            told = self.cloud.get("compute", path)
            pairs = dict(zip(told["tags"], told["statuses"], strict=True))
            return pairs.get("snf-test") == "ACTIVE"

        self.cloud.until("the tag of its creation is active", confirmed)
        self.cloud.ask("compute", "PUT", f"{path}/another", status=201)
        self.cloud.until(
            "another tag is active",
            lambda: "another" in self.server(self.state["id"])["tags"],
        )
        self.cloud.ask("compute", "DELETE", f"{path}/another", status=204)
        told = self.cloud.get("compute", path)["tags"]
        require("another" not in told, "it is still there")

    @step("console")
    def console(self) -> None:
        told = self.act(self.state["id"], "console", {"type": "vnc"}, status=200).json()["console"]
        with socket.create_connection((told["host"], told["port"]), 30) as viewer:
            viewer.settimeout(60)
            expect(_read(viewer, 12), b"RFB 003.008\n", "the greeting")
            viewer.sendall(b"RFB 003.008\n")
            expect(_read(viewer, 2), b"\x01\x02", "the security types")
            viewer.sendall(b"\x02")
            viewer.sendall(response(told["password"], _read(viewer, 16)))
            expect(_read(viewer, 4), b"\0\0\0\0", "the result")

    @step("its address is the floating one")
    def addresses(self) -> None:
        wanted = self.state["address"]["floating_ip_address"]
        found = [
            a["addr"] for each in self.server(self.state["id"])["addresses"].values() for a in each
        ]
        require(wanted in found, f"{wanted} is not among {found}")

    @step("it answers on its address", alone=True)
    def answers(self) -> None:
        if self.options.short:
            raise Skip("a short run")
        address = self.state["address"]["floating_ip_address"]
        self.cloud.until(f"{address} answers a ping", lambda: _ping(address))
        family = str(self.state["image"].get("properties", {}).get("osfamily", "")).lower()
        port, greeting = (3389, b"") if family == "windows" else (22, b"SSH-")
        self.cloud.until(f"{address}:{port} answers", lambda: _greets(address, port, greeting))

    @step("detach the address, and attach it")
    def reattach(self) -> None:
        number, address = self.state["id"], self.state["address"]["floating_ip_address"]
        self.act(number, "removeFloatingIp", {"address": address})
        there = partial(
            self.ports_of, number, self.state["address"]["floating_network_id"], address
        )
        self.cloud.until("its port is gone", lambda: not there())
        self.cloud.until("nothing is pending", lambda: not self.server(number)["SNF:task_state"])
        self.act(number, "addFloatingIp", {"address": address})

        self.cloud.until(
            "its port is active", lambda: [p for p in there() if p["status"] == "ACTIVE"]
        )
        self.become(number, "ACTIVE")

    @step("reboot")
    def reboot(self) -> None:
        self.act(self.state["id"], "reboot", {"type": "HARD"})
        self.become(self.state["id"], "ACTIVE")

    @step("stop")
    def stop(self) -> None:
        self.act(self.state["id"], "shutdown")
        self.become(self.state["id"], "STOPPED")

    @step("rescue, and unrescue", alone=True)
    def rescue(self) -> None:
        if not self.options.rescue:
            raise Skip("--no-rescue")
        number = self.state["id"]
        url = f"{self.cloud.services['compute']}/servers/{number}/action"
        answer = self.cloud.send("POST", url, {"rescue": {}})
        if answer.status in (404, 501):
            raise Skip("this cloud has no rescue mode")
        expect(answer.status, 202, "the answer")
        self.cloud.until("it is rescued", lambda: self.server(number)["SNF:rescue"])
        self.become(number, "STOPPED")
        self.act(number, "unrescue")
        self.cloud.until("it is not rescued", lambda: not self.server(number)["SNF:rescue"])
        self.become(number, "STOPPED")

    @step("start")
    def start(self) -> None:
        self.act(self.state["id"], "start")
        self.become(self.state["id"], "ACTIVE")

    @step("remove")
    def delete(self) -> None:
        self.gone(self.state["id"])

    @step("its address is free, and released")
    def released(self) -> None:
        path = f"/floatingips/{self.state['address']['id']}"

        def free() -> bool:
            found = self.cloud.get("network", path)["floatingip"]
            return not found["instance_id"] and not found["port_id"]

        self.cloud.until("the address is on no server", free)
        self.cloud.ask("network", "DELETE", path, status=204)
        self.notes.drop(self.state["address"]["id"])
        self.done(f"floating IP {self.state['address']['id']}")


def _read(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise Failed(f"the console closed after {data!r}")
        data += more
    return data


def _ping(address: str) -> bool:
    command = ["ping", "-c", "1", "-W", "5", address]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _greets(address: str, port: int, greeting: bytes) -> bool:
    try:
        with socket.create_connection((address, port), 10) as connection:
            connection.settimeout(10)
            said: Any = connection.recv(len(greeting)) if greeting else b""
            return bool(said == greeting)
    except OSError:
        return False
