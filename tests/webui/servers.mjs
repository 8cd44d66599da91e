// One server and many: cards, table, single view, and what is done with them.
import assert from "node:assert/strict";
import { project, server, settled } from "./furnish.mjs";
import { act, agree, dialog, go, press, row, saved, see, test, told, until } from "./site.mjs";

const COMPUTE = "/cyclades/compute/v2.0";
const NETWORK = "/cyclades/network/v2.0";
const shownServer = (site, who, id) => site.call(who, "GET", `${COMPUTE}/servers/${id}`).then((body) => body.server);
const remove = (site, who, ...ids) =>
  Promise.all(ids.map((id) => site.call(who, "DELETE", `${COMPUTE}/servers/${id}`, undefined, { allow: [404] })));
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

test("a card tells system, project, name, state and tags, opens what the server is, its disks and addresses, and is worked by keyboard and by touch (UI-046, UI-047, UI-049, UI-050, UI-051, UI-052)", async (site) => {
  const id = await server(site, "bob", "carded", { metadata: { OS: "ubuntu" } });
  await site.call("bob", "PUT", `${COMPUTE}/servers/${id}/tags/blue`);
  const { network } = await site.call("bob", "POST", `${NETWORK}/networks`, { network: { name: "side", type: "MAC_FILTERED" } });
  await site.call("bob", "POST", `${NETWORK}/subnets`, { subnet: { network_id: network.id, cidr: "192.168.31.0/24", ip_version: 4 } });
  await site.call("bob", "POST", `${NETWORK}/ports`, { port: { network_id: network.id, device_id: String(id) } });
  await settled(site, "bob", id);
  const context = await site.stranger({ hasTouch: true });
  await site.signIn(context, "bob");
  const page = await context.newPage();
  await page.route("**/stats/v1.0/**", (route) => route.fulfill({ contentType: "image/png", body: PICTURE }));
  await go(page, "/servers?view=cards");
  const card = page.locator(".pf-v6-c-card", { hasText: "carded" });
  const { "SNF:fqdn": host } = await shownServer(site, "bob", id);
  for (const text of ["My own project", "Running", "blue", host]) await see(card, text);
  assert.equal(await card.locator(".selectable").evaluate((one) => getComputedStyle(one).userSelect), "all");
  const sign = card.locator("[data-os=ubuntu]");
  assert.match(await sign.getAttribute("class"), /\bon\b/);
  await card.getByRole("button", { name: "Info", exact: true }).click();
  for (const text of ["Processors", "Memory", "1 GiB", "hello", "1 MiB"]) await see(card, text);
  await card.getByRole("img", { name: "Processor" }).waitFor();
  await card.getByRole("img", { name: "Network" }).waitFor();
  await card.getByRole("link", { name: "Full report" }).waitFor();
  await card.getByRole("button", { name: /^Resize: Memory/ }).click();
  await see(dialog(page), "Resize carded");
  await press(dialog(page), "Cancel");
  await card.getByRole("button", { name: /^Resize: Processors/ }).click();
  await press(dialog(page), "Cancel");
  await card.getByRole("button", { name: "Disks (1)" }).click();
  const disk = card.locator("li", { hasText: "Boot disk" }).or(card.locator("li", { hasText: "GiB" })).first();
  for (const text of ["0", "1 GiB"]) await see(disk, text);
  await disk.getByRole("link", { name: "Snapshot" }).waitFor();
  await card.getByRole("button", { name: "Addresses (2)" }).click();
  await see(card, "IPv4");
  const port = card.locator("li", { hasText: "192.168.31." });
  await see(port, "side");
  await port.getByRole("button", { name: "Disconnect" }).click();
  await see(dialog(page), "Disconnect carded from side?");
  await agree(page);
  await card.getByRole("button", { name: "Addresses (1)" }).waitFor();
  await settled(site, "bob", id);
  const shut = card.getByRole("button", { name: "Shut down", exact: true });
  await shut.tap();
  await see(dialog(page), "Shut down: carded?");
  await page.keyboard.press("Escape");
  await shut.focus();
  await page.keyboard.press("Enter");
  await agree(page);
  await see(page, "Not running (1)");
  assert.doesNotMatch(await sign.getAttribute("class"), /\bon\b/);
  await page.route("**/servers/detail*", async (route) => {
    const response = await route.fetch();
    if (response.status() !== 200) return route.fulfill({ response });
    const body = await response.json();
    await route.fulfill({ response, json: { servers: body.servers.map((one) => ({ ...one, status: "ERROR", volumes: [] })) } });
  });
  await go(page, "/servers?view=cards");
  for (const name of ["Info", "Disks (0)", "Addresses (1)"]) {
    assert.ok(await card.getByRole("button", { name, exact: true }).isDisabled(), name);
  }
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await context.close();
  await remove(site, "bob", id);
});

test("a server that is built or failed leads to its log, where each message has time, source and details; a double click on its state does so at any time (UI-054)", async (site) => {
  const id = await server(site, "bob", "logged");
  const page = await site.open("bob", "/servers?view=table");
  await row(page, "logged").locator(".status .pf-v6-c-label").dblclick();
  await page.waitForURL(new RegExp(`/servers/${id}/log`));
  const messages = [
    { level: "ERROR", source: "image-error", message: "No space left.", details: "line 9", created: "2026-01-01T00:00:00+00:00" },
    { level: "INFO", source: "image-info", message: "Copying.", details: null, created: "2026-01-01T00:00:00+00:00" },
  ];
  await page.route("**/diagnostics", (route) => route.fulfill({ json: messages }));
  const bad = page.locator(".log-error");
  for (const text of ["image-error", "No space left.", "2026"]) await see(bad, text);
  await bad.getByText("Details").click();
  await see(bad, "line 9");
  await see(page.locator(".log-info"), "Copying.");
  assert.equal(await bad.locator(".pf-m-red").count(), 1);
  assert.equal(await page.locator(".log-info .pf-m-red").count(), 0);
  messages.unshift({ ...messages[1], message: "And more." });
  await see(page, "And more.");
  await page.route("**/servers/detail*", async (route) => {
    const response = await route.fetch();
    if (response.status() !== 200) return route.fulfill({ response });
    const body = await response.json();
    await route.fulfill({ response, json: { servers: body.servers.map((one) => ({ ...one, status: "BUILD", progress: 50, diagnostics: [] })) } });
  });
  await go(page, "/servers?view=cards");
  const card = page.locator(".pf-v6-c-card", { hasText: "logged" });
  await see(card, "Copying: 512 KiB of 1 MiB (50%)");
  await card.getByRole("link", { name: "Build log" }).click();
  await page.waitForURL(/\/log$/);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await remove(site, "bob", id);
});

test("the table is selected, sorted and filtered by any column, its order and columns are one's own and kept; the filter is in the address (UI-056, UI-065, UI-066)", async (site) => {
  const ids = [await server(site, "bob", "alpha"), await server(site, "bob", "beta")];
  await site.call("bob", "PUT", `${COMPUTE}/servers/${ids[1]}/tags/crimson`);
  await until("the tag is there", async () => (await shownServer(site, "bob", ids[1])).tags.length === 1);
  const { attachments } = await shownServer(site, "bob", ids[0]);
  const page = await site.open("bob", "/servers?view=table");
  const heads = () => page.locator("thead th").allInnerTexts().then((all) => all.map((one) => one.trim()).filter(Boolean));
  await row(page, "alpha").getByRole("checkbox").waitFor();
  await row(page, "alpha").locator("[data-os]").waitFor();
  const filter = page.getByRole("textbox", { name: "Filter" });
  for (const [text, name] of [["crimson", "beta"], [attachments.find((one) => one.ipv4).ipv4, "alpha"]]) {
    await filter.fill(text);
    await until("the other is gone", async () => (await page.locator("tbody tr").count()) === 1);
    await row(page, name).waitFor();
    assert.equal(new URL(page.url()).searchParams.get("q"), text);
  }
  await page.reload();
  await row(page, "alpha").waitFor();
  assert.equal(await page.locator("tbody tr").count(), 1);
  await go(page, "/servers?view=table&q=my+own+project");
  await row(page, "beta").waitFor();
  await press(page, "Columns");
  for (const name of ["Show Tags", "Show Age", "Show Project"]) await page.getByRole("menuitem", { name, exact: true }).or(page.getByRole("button", { name, exact: true })).first().click();
  const first = await heads();
  await page.getByRole("button", { name: "Move Tags forward" }).or(page.getByRole("menuitem", { name: "Move Tags forward" })).first().click();
  await until("it moved", async () => (await heads()).indexOf("Tags") === first.indexOf("Tags") - 1);
  const wanted = await heads();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Name", exact: true }).click();
  await page.waitForURL(/sort=-name/);
  await until("it is kept", async () => (await site.call("bob", "GET", "/astakos/account/v1.0/me/preferences")).ui?.orders?.servers === "-name");
  const elsewhere = await site.stranger();
  await site.signIn(elsewhere, "bob");
  const page2 = await elsewhere.newPage();
  await go(page2, "/servers?view=table");
  await row(page2, "beta").waitFor();
  assert.deepEqual((await page2.locator("thead th").allInnerTexts()).map((one) => one.trim()).filter(Boolean), wanted);
  assert.match(await page2.locator("tbody tr").first().innerText(), /beta/);
  for (const text of ["crimson", "My own project", "now"]) await see(row(page2, "beta"), text);
  await elsewhere.close();
  await site.call("bob", "PUT", "/astakos/account/v1.0/me/preferences", {});
  await go(page, "/servers?view=cards&q=crimson");
  await page.locator(".pf-v6-c-card", { hasText: "beta" }).waitFor();
  assert.equal(await page.locator(".pf-v6-c-card", { hasText: "alpha" }).count(), 0);
  await remove(site, "bob", ...ids);
});

test("one server at a time, with those before and after it, a list of all, tags of both kinds, pictures of an hour or a week that are drawn anew in the cloud's time, and who did what with which end; the view is remembered (UI-012, UI-032, UI-058, UI-080, UI-081)", async (site) => {
  const ids = [await server(site, "bob", "one a"), await server(site, "bob", "one b")];
  await site.call("bob", "PUT", `${COMPUTE}/servers/${ids[0]}/tags/blue`);
  const page = await (await site.window("bob")).newPage();
  const pictures = [];
  await page.route("**/stats/v1.0/**", (route) => {
    pictures.push(new URL(route.request().url()).pathname);
    return route.fulfill({ contentType: "image/png", body: PICTURE });
  });
  await page.route("**/servers/*/stats", async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    assert.equal(body.stats.refresh, 60);
    await route.fulfill({ response, json: { stats: { ...body.stats, refresh: 1 } } });
  });
  await go(page, "/servers?view=table");
  await row(page, "one a").waitFor();
  await press(page, "One at a time");
  await page.waitForURL(new RegExp(`/servers/${ids[0]}/overview`));
  await see(page.locator("dl").first(), "blue");
  const others = page.getByRole("navigation", { name: "All servers" });
  assert.deepEqual(await others.getByRole("listitem").allInnerTexts(), ["one a", "one b"]);
  assert.ok(await others.getByRole("button", { name: "Previous server" }).isDisabled());
  await others.getByRole("button", { name: "Next server" }).click();
  await page.getByRole("heading", { level: 1, name: "one b" }).waitFor();
  await page.getByRole("tab", { name: "Statistics" }).click();
  await page.getByRole("img", { name: "Processor" }).waitFor();
  await until("hours are drawn again", () => pictures.filter((one) => one.includes("/cpu-ts/")).length > 2);
  await press(page, "Week");
  await until("weeks are drawn", () => pictures.some((one) => one.includes("/net-ts-w/")));
  await others.getByRole("link", { name: "one a" }).click();
  await page.getByRole("heading", { level: 1, name: "one a" }).waitFor();
  await go(page, "/servers");
  await page.waitForURL(/\/overview/);
  await others.getByRole("button", { name: "Table", exact: true }).click();
  await row(page, "one b").waitFor();
  await go(page, `/servers/${ids[0]}/history`);
  const made = page.locator("li", { hasText: "create" });
  await see(made, site.people.bob.name);
  await see(made, "Done");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await remove(site, "bob", ...ids);
});

test("a change of the firewall marks its running server until it is rebooted, and a bar reboots or forgets all that are marked (UI-041, UI-139)", async (site) => {
  const ids = [await server(site, "bob", "walled a"), await server(site, "bob", "walled b")];
  const page = await site.open("bob", `/servers/${ids[0]}/network`);
  await page.getByLabel("Firewall").waitFor();
  assert.deepEqual(await page.getByLabel("Firewall").locator("option").allInnerTexts(), ["Unprotected", "Fully protected", "Basically protected"]);
  assert.equal(await page.getByRole("button", { name: "Apply" }).count(), 0);
  const bar = page.locator("[data-test=reboot-bar]");
  assert.equal(await bar.count(), 0);
  await page.getByLabel("Firewall").selectOption("PROTECTED");
  await press(page, "Apply");
  await bar.getByRole("link", { name: "walled a" }).waitFor();
  const { attachments } = await shownServer(site, "bob", ids[1]);
  await site.call("bob", "POST", `${COMPUTE}/servers/${ids[1]}/action`, { firewallProfile: { profile: "ENABLED", nic: Number(attachments[0].id) } });
  await go(page, "/servers?view=table");
  await bar.getByRole("link", { name: "walled b" }).waitFor();
  await until("they rest", async () => (await Promise.all(ids.map((id) => shownServer(site, "bob", id)))).every((one) => !one["SNF:task_state"]));
  await bar.getByRole("button", { name: "Reboot all" }).click();
  await see(dialog(page), "Reboot: 2 servers?");
  await agree(page);
  await bar.waitFor({ state: "detached" });
  for (const id of ids) await settled(site, "bob", id);
  await site.call("bob", "POST", `${COMPUTE}/servers/${ids[1]}/action`, { firewallProfile: { profile: "DISABLED", nic: Number(attachments[0].id) } });
  await page.reload();
  await bar.getByRole("link", { name: "walled b" }).waitFor();
  await bar.getByRole("button", { name: "Cancel all" }).click();
  await bar.waitFor({ state: "detached" });
  assert.ok((await shownServer(site, "bob", ids[1]))["SNF:reboot_required"]);
  await remove(site, "bob", ...ids);
});

test("a server is rescued, unrescued, resized by processors and memory with what is left, moved with what it takes shown, and not started where there is no room (UI-068, UI-069, UI-073, UI-076, UI-077)", async (site) => {
  const other = await project(site, "bob", "room.example.org", {
    join_policy: "auto",
    resources: {
      "cyclades.vm": { member_capacity: 2, project_capacity: 2 },
      "cyclades.disk": { member_capacity: 2 ** 36, project_capacity: 2 ** 36 },
    },
  });
  await site.call("bob", "POST", "/astakos/account/v1.0/projects/memberships", { join: { project: other } }, { allow: [409] });
  const { flavors } = await site.call("bob", "GET", `${COMPUTE}/flavors/detail`);
  const smallest = flavors.sort((a, b) => a.ram - b.ram)[0];
  await site.call("admin", "POST", "/admin/v1/flavor-create", {
    cpu: 2,
    ram: smallest.ram,
    disk: smallest.disk,
    volume_type: smallest["SNF:volume_type"],
  });
  await site.call("admin", "POST", "/admin/v1/rescue-image-create", { name: "sys", location: "sys.iso", location_type: "file", default: true }, { allow: [409] });
  const id = await server(site, "bob", "worker", { flavorRef: smallest.id });
  const page = await site.open("bob", `/servers/${id}/overview`);
  for (const name of ["Console", "Shut down"]) await page.getByRole("button", { name, exact: true }).waitFor();
  await press(page, "Actions");
  for (const name of ["Reboot", "Resize", "Move to project", "Snapshot", "Destroy"]) await page.getByRole("menuitem", { name, exact: true }).waitFor();
  // Running, it needs what runs, which the other project has not.
  await page.getByRole("menuitem", { name: "Move to project" }).click();
  const target = dialog(page).locator(`#reassign-project option[value="${other}"]`);
  assert.ok(await target.isDisabled());
  await press(dialog(page), "Cancel");
  await press(page, "Shut down");
  await agree(page);
  await settled(site, "bob", id, "STOPPED");
  await page.getByRole("button", { name: "Start", exact: true }).waitFor();
  await press(page, "Actions");
  await page.getByRole("menuitem", { name: "Resize" }).click();
  await dialog(page).getByLabel(/^Processors \(\S+ left\)/).waitFor();
  await dialog(page).getByLabel(/^Memory \(.+ left\)/).waitFor();
  const resize = dialog(page).getByRole("button", { name: "Resize", exact: true });
  assert.ok(await resize.isDisabled(), "it is that size already");
  assert.deepEqual(await dialog(page).locator("#resize-cpu option").allInnerTexts(), ["1 (now)", "2"]);
  await dialog(page).locator("#resize-cpu").selectOption("2");
  await resize.click();
  await dialog(page).waitFor({ state: "detached" });
  await settled(site, "bob", id, "STOPPED");
  assert.notEqual((await shownServer(site, "bob", id)).flavor.id, smallest.id);
  await page.getByRole("button", { name: "Start", exact: true }).waitFor();
  await press(page, "Actions");
  await page.getByRole("menuitem", { name: "Move to project" }).click();
  const now = dialog(page).getByRole("region", { name: /^Now: My own project/ });
  for (const text of ["Servers", "Disk space"]) await see(now, text);
  assert.ok(await target.isEnabled());
  assert.match(await dialog(page).locator("#reassign-project option:checked").innerText(), /now/);
  await dialog(page).getByLabel("Share with the members of the project").check();
  await dialog(page).locator("#reassign-project").selectOption(other);
  assert.ok(!(await dialog(page).getByLabel("Share with the members of the project").isChecked()), "another project clears it");
  const then = dialog(page).getByRole("region", { name: /^Then: room.example.org/ });
  await see(then, "0 of 2");
  await dialog(page).getByLabel("Share with the members of the project").check();
  await press(dialog(page), "Move to project");
  await dialog(page).waitFor({ state: "detached" });
  await until("it moved", async () => (await shownServer(site, "bob", id)).tenant_id === other);
  assert.ok((await shownServer(site, "bob", id)).shared_to_project);
  await until("it rests", async () => !(await shownServer(site, "bob", id))["SNF:task_state"]);
  await see(page.locator("dl").first(), "room.example.org");
  // What runs has no room there.
  await press(page, "Start");
  await see(dialog(page), "The project has no room for what a running server of this size uses.");
  await press(dialog(page), "Cancel");
  assert.equal((await shownServer(site, "bob", id)).status, "STOPPED");
  await press(page, "Actions");
  await page.getByRole("menuitem", { name: "Rescue", exact: true }).click();
  await agree(page);
  await see(page.locator(".status"), "Stopped (Rescue)");
  await settled(site, "bob", id, "STOPPED");
  await press(page, "Actions");
  await page.getByRole("menuitem", { name: "End rescue" }).click();
  await agree(page);
  await page.getByText("(Rescue)").waitFor({ state: "detached" });
  await remove(site, "bob", id);
});

test("what others share says so, only its owner moves it, and what is known through it alone stands concealed; a boot disk follows its server (UI-061, UI-062, UI-078)", async (site) => {
  const shared = await project(site, "ada", "shared.example.org", {
    join_policy: "auto",
    resources: Object.fromEntries(
      ["vm", "cpu"].map((one) => [`cyclades.${one}`, { member_capacity: 4, project_capacity: 8 }]).concat(
        ["ram", "disk"].map((one) => [`cyclades.${one}`, { member_capacity: 2 ** 36, project_capacity: 2 ** 37 }]),
      ),
    ),
  });
  for (const who of ["ada", "bob"]) {
    await site.call(who, "POST", "/astakos/account/v1.0/projects/memberships", { join: { project: shared } }, { allow: [409] });
  }
  const id = await server(site, "ada", "common", { project: shared, shared_to_project: true });
  const { network } = await site.call("ada", "POST", `${NETWORK}/networks`, { network: { name: "secret", type: "MAC_FILTERED" } });
  await site.call("ada", "POST", `${NETWORK}/subnets`, { subnet: { network_id: network.id, cidr: "192.168.41.0/24", ip_version: 4 } });
  await site.call("ada", "POST", `${NETWORK}/ports`, { port: { network_id: network.id, device_id: String(id) } });
  await settled(site, "ada", id);
  const own = await site.open("ada", "/servers?view=table");
  await see(row(own, "common"), "Shared by me");
  const page = await site.open("bob", "/servers?view=table");
  await see(row(page, "common"), "Shared with me");
  await act(page, "common", "Move to project");
  await see(dialog(page), "Only the owner may move it.");
  assert.ok(await dialog(page).getByRole("button", { name: "Move to project" }).isDisabled());
  await press(dialog(page), "Cancel");
  await go(page, "/networks");
  await see(page.locator(".concealed"), `Network ${network.id} (not shared with you)`);
  assert.equal(await page.locator(".concealed button, .concealed a").count(), 0);
  await go(page, `/servers/${id}/network`);
  await see(page, `Network ${network.id} (not shared with you)`);
  const { volumes } = await shownServer(site, "bob", id);
  // Its disks are not listed to others by this answer.
  await page.route("**/volumes/detail*", (route) => route.fulfill({ json: { volumes: [] } }));
  await go(page, "/volumes");
  await page.getByText("No disks yet").waitFor();
  await see(page.locator(".concealed"), `Disk ${volumes[0]} (not shared with you)`);
  await go(page, `/servers/${id}/volumes`);
  await see(page, `Disk ${volumes[0]} (not shared with you)`);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  // The other way round: a disk of a server that is not seen.
  await page.route("**/servers/detail*", (route) => route.fulfill({ json: { servers: [] } }));
  await page.route("**/volumes/detail*", async (route) => {
    const { volumes: theirs } = await site.call("ada", "GET", "/cyclades/volume/v2.0/volumes/detail");
    await route.fulfill({ json: { volumes: theirs } });
  });
  await go(page, "/volumes");
  await see(page.locator("tbody"), `Server ${id} (not shared with you)`);
  await page.locator("tbody tr", { hasText: "not shared" }).first().locator("td button").last().click();
  const move = page.getByRole("menuitem", { name: "Move to project" });
  assert.equal(await move.getAttribute("aria-disabled"), "true");
  await move.hover();
  await see(page, "A boot disk follows its server.");
  await page.keyboard.press("Escape");
  await go(page, "/servers?view=table");
  await see(page.locator(".concealed"), `Server ${id} (not shared with you)`);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await remove(site, "ada", id);
});
