// Networks, ports, addresses.
import assert from "node:assert/strict";
import { project, server } from "./furnish.mjs";
import { act, agree, dialog, go, press, row, see, test, until } from "./site.mjs";

const NETWORK = "/cyclades/network/v2.0";
const COMPUTE = "/cyclades/compute/v2.0";

test("a private network is made with a subnet of one's choice, checked before it is sent, renamed and destroyed; the Internet stands first (UI-130, UI-131, UI-132, UI-133, UI-134, UI-135)", async (site) => {
  const page = await site.open("bob", "/networks");
  await see(page.locator("tbody tr").first(), "Internet");
  await press(page, "New network");
  const create = dialog(page).getByRole("button", { name: "Create" });
  assert.ok(await create.isDisabled());
  await dialog(page).getByLabel("Name").fill("lan");
  await see(dialog(page), "Automatic: 192.168.0.0/24");
  await dialog(page).getByLabel("By hand").check();
  for (const wrong of ["x192.168.7.0/24", "192.168.7.0", "300.1.1.0/24"]) {
    await dialog(page).getByLabel("Subnet (CIDR)").fill(wrong);
    await see(dialog(page), "This is no subnet");
    assert.ok(await create.isDisabled());
  }
  await dialog(page).getByLabel("Subnet (CIDR)").fill("192.168.7.0/24");
  await dialog(page).locator("#network-gate").selectOption("manual");
  await dialog(page).locator("#network-gateway").fill("10.0.0.1");
  await see(dialog(page), "The gateway does not lie in the subnet.");
  await dialog(page).locator("#network-gateway").fill("192.168.7.9");
  await create.click();
  await see(row(page, "lan"), "192.168.7.0/24");
  await press(page, "New network");
  await dialog(page).getByLabel("Name").fill("six");
  await dialog(page).getByLabel("By hand").check();
  await dialog(page).getByLabel("Subnet (CIDR)").fill("fd00:7::/64");
  await dialog(page).getByRole("button", { name: "Create" }).click();
  await see(row(page, "six"), "fd00:7::/64");
  await act(page, "lan", "Rename");
  await dialog(page).getByLabel("Name").fill("wires");
  await press(dialog(page), "Save");
  await row(page, "wires").waitFor();
  const { subnets } = await site.call("bob", "GET", `${NETWORK}/subnets`);
  assert.equal(subnets.find((one) => one.cidr === "192.168.7.0/24").gateway_ip, "192.168.7.9");
  for (const name of ["wires", "six"]) {
    await act(page, name, "Destroy");
    await agree(page);
    await row(page, name).waitFor({ state: "detached" });
  }
});

test("servers are connected to a network and disconnected; a network in use is not destroyed (UI-136, UI-137)", async (site) => {
  const id = await server(site, "bob", "plugged");
  const { network } = await site.call("bob", "POST", `${NETWORK}/networks`, { network: { name: "cables", type: "MAC_FILTERED" } });
  await site.call("bob", "POST", `${NETWORK}/subnets`, { subnet: { network_id: network.id, cidr: "192.168.9.0/24", ip_version: 4 } });
  const page = await site.open("bob", `/networks/${network.id}`);
  await see(page, "Nothing is connected.");
  await press(page, "Connect servers");
  await dialog(page).getByLabel("plugged").check();
  await press(dialog(page), "Connect to network");
  const port = page.locator(".rows li", { hasText: "plugged" });
  await see(port, "192.168.9.");
  await until("it rests", async () => !(await site.call("bob", "GET", `${COMPUTE}/servers/${id}`)).server["SNF:task_state"]);
  await press(page, "Connect servers");
  await see(dialog(page), "connected already");
  await press(dialog(page), "Cancel");
  await go(page, "/networks");
  await row(page, "cables").locator("td button").last().click();
  await see(page, "Disconnect its servers first.");
  await page.keyboard.press("Escape");
  await row(page, "cables").getByRole("link").click();
  await port.getByRole("link", { name: "plugged" }).click();
  await page.waitForURL(/\/servers\/\d+\/network/);
  await page.goBack();
  await port.getByRole("button", { name: "Disconnect" }).click();
  await see(dialog(page), "Disconnect plugged from cables?");
  await agree(page);
  await see(page, "Nothing is connected.");
  await site.call("bob", "DELETE", `${COMPUTE}/servers/${id}`);
  await site.call("bob", "DELETE", `${NETWORK}/networks/${network.id}`);
});

test("an address of one's own is had, attached to a server, detached and given back (UI-141, UI-142)", async (site) => {
  const id = await server(site, "bob", "homeless");
  const other = await project(site, "bob", "nets.example.org", {
    join_policy: "auto",
    resources: { "cyclades.floating_ip": { member_capacity: 2, project_capacity: 2 } },
  });
  await site.call("bob", "POST", "/astakos/account/v1.0/projects/memberships", { join: { project: other } }, { allow: [409] });
  const page = await site.open("bob", "/addresses");
  await press(page, "New IP address");
  await press(dialog(page), "Create");
  const line = page.locator("tbody tr").first();
  await see(line, "Available");
  const address = (await line.innerText()).match(/\d+\.\d+\.\d+\.\d+/)[0];
  await act(page, address, "Attach to server");
  await dialog(page).getByLabel("Server").selectOption({ label: "homeless" });
  await press(dialog(page), "Attach to server");
  await see(row(page, address), "In use");
  await see(row(page, address), "homeless");
  await see(row(page, address), /([0-9a-f]{2}:){5}/);
  await until("it rests", async () => !(await site.call("bob", "GET", `${COMPUTE}/servers/${id}`)).server["SNF:task_state"]);
  await row(page, address).locator("td button").last().click();
  assert.equal(await page.getByRole("menuitem", { name: "Destroy" }).count(), 0);
  await page.getByRole("menuitem", { name: "Detach" }).click();
  await agree(page);
  await see(row(page, address), "Available");
  await act(page, address, "Move to project");
  await dialog(page).locator("#address-project").selectOption(other);
  await press(dialog(page), "Move to project");
  await see(row(page, address), "nets.example.org");
  await act(page, address, "Destroy");
  await agree(page);
  await row(page, address).waitFor({ state: "detached" });
  await site.call("bob", "DELETE", `${COMPUTE}/servers/${id}`);
});

test("the firewall of a public port is applied when its choice changes", async (site) => {
  const id = await server(site, "bob", "walled");
  const page = await site.open("bob", `/servers/${id}/network`);
  assert.equal(await page.getByRole("button", { name: "Apply" }).count(), 0);
  await page.getByLabel("Firewall").selectOption("ENABLED");
  await press(page, "Apply");
  await see(page, "The firewall changes with the next reboot.");
  await until("it is kept", async () => {
    const { server: now } = await site.call("bob", "GET", `${COMPUTE}/servers/${id}`);
    return now.attachments.some((one) => one.firewallProfile === "ENABLED");
  });
  await site.call("bob", "DELETE", `${COMPUTE}/servers/${id}`);
});
