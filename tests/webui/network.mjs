// Networks, ports, addresses.
import assert from "node:assert/strict";
import { project, server } from "./furnish.mjs";
import { act, agree, dialog, go, press, row, see, test, told, unpushed, until } from "./site.mjs";

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

test("an address of one's own is had, attached to a server, detached and given back, and its history is told (UI-141, UI-142, UI-145)", async (site) => {
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
  await press(page, "History");
  for (const text of ["came to homeless", "left homeless"]) {
    await see(dialog(page).locator("li", { hasText: address }).filter({ hasText: text }), text);
  }
  await press(dialog(page), "Cancel");
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

test("where nothing can be plugged in while a server runs, its connections wait until it is shut down (UI-138)", async (site) => {
  const id = await server(site, "bob", "wired");
  const { network } = await site.call("bob", "POST", `${NETWORK}/networks`, { network: { name: "later", type: "MAC_FILTERED" } });
  await site.call("bob", "POST", `${NETWORK}/subnets`, { subnet: { network_id: network.id, cidr: "192.168.61.0/24", ip_version: 4 } });
  const page = await (await site.window("bob")).newPage();
  await told(page, { hotplug: false });
  await go(page, `/servers/${id}/network`);
  await see(page, "Shut the server down first");
  const connect = page.getByRole("button", { name: "Connect to network" });
  assert.ok(await connect.isDisabled());
  assert.ok(await page.getByRole("button", { name: "Disconnect" }).first().isDisabled());
  await site.call("bob", "POST", `${COMPUTE}/servers/${id}/action`, { shutdown: {} });
  await until("it may be connected", () => connect.isEnabled());
  await page.getByText("Shut the server down first").waitFor({ state: "detached" });
  await told(page, { hotplug: true });
  await site.call("bob", "POST", `${COMPUTE}/servers/${id}/action`, { start: {} });
  await go(page, `/servers/${id}/network`);
  await see(page, "Running");
  await until("it runs and may be connected", () => connect.isEnabled());
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await until("it rests", async () => !(await site.call("bob", "GET", `${COMPUTE}/servers/${id}`)).server["SNF:task_state"]);
  await site.call("bob", "DELETE", `${COMPUTE}/servers/${id}`);
  await site.call("bob", "DELETE", `${NETWORK}/networks/${network.id}`);
});

test("the picture of networks has servers, their ports, subnets and the Internet; a click opens each, and a server dragged onto a network is connected after a question (UI-144)", async (site) => {
  const id = await server(site, "bob", "drawn");
  const { network } = await site.call("bob", "POST", `${NETWORK}/networks`, { network: { name: "canvas", type: "MAC_FILTERED" } });
  await site.call("bob", "POST", `${NETWORK}/subnets`, { subnet: { network_id: network.id, cidr: "192.168.71.0/24", ip_version: 4 } });
  const page = await site.open("bob", "/networks/topology");
  const net = page.locator(".topology-net", { hasText: "canvas" });
  const box = page.locator(".topology-server", { hasText: "drawn" });
  await see(net, "192.168.71.0/24");
  await page.locator(".topology-net", { hasText: "Internet" }).waitFor();
  await until("its port is drawn", async () => (await page.locator(".plug").count()) === 1);
  await see(page.locator(".topology-ip"), "198.18.");
  await box.dragTo(net);
  await see(dialog(page), "Connect drawn to canvas?");
  await agree(page);
  await until("the second port is drawn", async () => (await page.locator(".plug").count()) === 2);
  await see(page.locator(".topology"), "192.168.71.");
  await net.getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: "canvas" }).waitFor();
  await page.goBack();
  await box.getByRole("link", { name: "drawn" }).click();
  await page.waitForURL(new RegExp(`/servers/${id}/network`));
  await until("it rests", async () => !(await site.call("bob", "GET", `${COMPUTE}/servers/${id}`)).server["SNF:task_state"]);
  await site.call("bob", "DELETE", `${COMPUTE}/servers/${id}`);
  await until("its port is gone", async () => !(await site.call("bob", "GET", `${NETWORK}/ports`)).ports.some((one) => String(one.network_id) === String(network.id)));
  await site.call("bob", "DELETE", `${NETWORK}/networks/${network.id}`);
});

test("an address on a port without a server says to detach it first; what belongs to a project that is not mine has its name looked up once (UI-143, UI-157)", async (site) => {
  const other = await project(site, "eve", "foreign.example.org");
  const address = (n, more) => ({
    id: `${900 + n}`, floating_ip_address: `198.18.9.${n}`, floating_network_id: "1", port_id: null, instance_id: null,
    tenant_id: other, user_id: "x", shared_to_project: false, deleted: false, ...more,
  });
  const page = await (await site.window("bob")).newPage();
  let asked = 0;
  site.provoke(/status of 40[34]/);
  await page.route(`**/projects/${other}`, (route) => {
    asked += 1;
    return route.fulfill({ json: { id: other, name: "foreign.example.org" } });
  });
  await page.route("**/projects/00000000-0000-4000-8000-000000000000", (route) => {
    asked += 1;
    return route.fulfill({ status: 404, json: { itemNotFound: { code: 404, message: "No." } } });
  });
  await page.route("**/floatingips", (route) =>
    route.fulfill({ json: { floatingips: [address(1, { port_id: "5" }), address(2), address(3, { tenant_id: "00000000-0000-4000-8000-000000000000" })] } }),
  );
  await go(page, "/addresses");
  await see(row(page, "198.18.9.1"), "On a port without server; detach first");
  for (const ip of ["198.18.9.1", "198.18.9.2"]) await see(row(page, ip), "foreign.example.org");
  await see(row(page, "198.18.9.3"), "unknown project 00000000");
  await press(page, "Columns");
  await page.keyboard.press("Escape");
  assert.equal(asked, 2, "each was looked up once");
  await row(page, "198.18.9.1").locator("td button").last().click();
  await page.getByRole("menuitem", { name: "Detach" }).waitFor();
  assert.equal(await page.getByRole("menuitem", { name: "Destroy" }).count(), 0);
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("the list of addresses asks only for what changed, and what another window gave back leaves it (UI-023, UI-024)", async (site) => {
  const { floatingip: one } = await site.call("bob", "POST", `${NETWORK}/floatingips`, { floatingip: {} });
  const page = await (await site.window("bob")).newPage();
  await unpushed(site, page);
  const asked = [];
  page.on("request", (request) => {
    if (/\/floatingips(\?|$)/.test(request.url())) asked.push(new URL(request.url()).search);
  });
  await go(page, "/addresses");
  await row(page, one.floating_ip_address).waitFor();
  await site.call("bob", "DELETE", `${NETWORK}/floatingips/${one.id}`);
  await row(page, one.floating_ip_address).waitFor({ state: "detached" });
  assert.equal(asked[0], "");
  assert.ok(asked.length > 1 && asked.slice(1).every((each) => each.startsWith("?changes-since=")), asked.join());
});
