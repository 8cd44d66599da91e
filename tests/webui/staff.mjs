// The staff's area: who may see it, tables, one thing, actions by right.
import assert from "node:assert/strict";
import { server } from "./furnish.mjs";
import { act, dialog, go, press, row, see, test, until } from "./site.mjs";

const staff = (site, who, verb, body = {}) => site.call(who, "POST", `/admin/v1/${verb}`, body);

test("who is in no permitted group sees no staff area, and by its address only that it is not theirs (UI-267)", async (site) => {
  const page = await site.open("bob", "/");
  await page.getByRole("link", { name: "Servers", exact: true }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Audit log" }).count(), 0);
  site.provoke(/status of 403/);
  await go(page, "/staff/users");
  await see(page, "This is not for you");
});

test("an administrator's tables are read through the published API, with columns to choose, search, and one person's details with what belongs to them (UI-269)", async (site) => {
  const page = await site.open("admin", "/staff/users");
  const paths = new Set();
  page.on("request", (request) => paths.add(new URL(request.url()).pathname));
  await see(row(page, site.people.bob.name), "Babbage");
  await page.getByRole("textbox", { name: "user", exact: true }).fill("babb");
  await row(page, site.people.ada.name).waitFor({ state: "detached" });
  await row(page, site.people.bob.name).getByRole("link").click();
  await page.waitForURL(/\/staff\/users\/[0-9a-f-]{36}/);
  await see(page, "Projects (");
  await see(page, "Quota (");
  assert.ok(paths.has("/admin/v1/user-show"));
  for (const [kind, text] of [["servers", "Servers"], ["networks", "public"], ["backends", "alpha"], ["audit", "Time"], ["flavors", "C1R512D1"], ["images", "hello"]]) {
    await go(page, `/staff/${kind}`);
    await see(page.locator("#main h1, #main table"), text);
  }
});

test("people are accepted, turned off with a reason and on again; a window lists whom it touches (UI-275)", async (site) => {
  const name = `fay${Date.now()}@example.org`;
  await staff(site, "admin", "user-add", { email: name, first: "Fay", last: "Wray", password: "correct horse battery staple" });
  const page = await site.open("admin", "/staff/users");
  await act(page, name, "Mark as verified");
  await dialog(page).getByRole("button", { name: "Mark as verified" }).click();
  await act(page, name, "Accept");
  await see(dialog(page), name);
  await dialog(page).getByRole("button", { name: "Accept" }).click();
  await until("active", async () => (await staff(site, "admin", "user-show", { user: name })).row.active);
  await act(page, name, "Deactivate");
  await see(dialog(page), "This touches what other people use.");
  assert.ok(await dialog(page).getByRole("button", { name: "Deactivate" }).isDisabled());
  await dialog(page).getByLabel("Reason").fill("on leave");
  await dialog(page).getByRole("button", { name: "Deactivate" }).click();
  await act(page, name, "Activate");
  await dialog(page).getByRole("button", { name: "Activate" }).click();
  await until("active again", async () => (await staff(site, "admin", "user-show", { user: name })).row.active);
});

test("servers of others are suspended, released and stopped, many at once, and the log tells who did it (UI-275)", async (site) => {
  const id = await server(site, "bob", "watched");
  const page = await site.open("admin", "/staff/servers");
  await see(row(page, "watched"), site.people.bob.name);
  await row(page, "watched").getByRole("checkbox").check();
  await press(page, "Suspend");
  await see(dialog(page), site.people.bob.name);
  await dialog(page).getByRole("button", { name: "Suspend" }).click();
  await until("suspended", async () => (await site.call("bob", "GET", `/cyclades/compute/v2.0/servers/${id}`)).server.suspended);
  const owner = await site.open("bob", "/servers?view=table");
  await row(owner, "watched").getByRole("checkbox").check();
  for (const action of ["Start", "Shut down", "Destroy"]) {
    assert.ok(await owner.getByRole("button", { name: action, exact: true }).isDisabled(), action);
  }
  await act(page, "watched", "Release");
  await dialog(page).getByRole("button", { name: "Release" }).click();
  await until("released", async () => !(await site.call("bob", "GET", `/cyclades/compute/v2.0/servers/${id}`)).server.suspended);
  await go(page, "/staff/audit");
  await row(page, "admin.ServerVerbs.modify").first().waitFor();
  await site.call("bob", "DELETE", `/cyclades/compute/v2.0/servers/${id}`);
});

test("the helpdesk has the same pages with fewer actions, readers have none (UI-277, UI-292)", async (site) => {
  await staff(site, "admin", "group-add", { name: "helpdesk" });
  await staff(site, "admin", "user-modify", { user: site.people.eve.name, add_groups: ["helpdesk"] });
  const id = await server(site, "bob", "assisted");
  const context = await site.stranger();
  await site.signIn(context, "eve");
  const page = await context.newPage();
  await go(page, "/staff/servers");
  await row(page, "assisted").locator("td button").last().click();
  const offered = await page.getByRole("menuitem").allInnerTexts();
  assert.deepEqual(offered, ["Shut down", "Reboot", "Suspend", "Contact"]);
  await page.keyboard.press("Escape");
  await go(page, "/staff/users");
  await row(page, site.people.bob.name).locator("td button").last().click();
  assert.deepEqual(await page.getByRole("menuitem").allInnerTexts(), ["Contact"]);
  await page.keyboard.press("Escape");
  await context.close();
  await site.call("bob", "DELETE", `/cyclades/compute/v2.0/servers/${id}`);
});

test("pending applications stand in one list that leads to the decision", async (site) => {
  const made = await site.call("ada", "POST", "/astakos/account/v1.0/projects", {
    name: "inbox.example.org",
    end_date: "2090-01-01T00:00:00+00:00",
    resources: { "cyclades.vm": { member_capacity: 1, project_capacity: 1 } },
  });
  const page = await site.open("admin", "/staff/applications");
  await row(page, "inbox.example.org").getByRole("link").click();
  await page.waitForURL(new RegExp(`/projects/${made.id}/applications`));
  await press(page, "Approve");
  await dialog(page).getByRole("button", { name: "Approve" }).click();
  await see(page, "Approved");
});

test("sections stand in the configured order; a table is ordered by several columns, opened for a summary, chosen by range, page and as a whole, and what is chosen survives turning pages (UI-268, UI-270, UI-271)", async (site) => {
  for (let at = 0; at < 25; at++) {
    await staff(site, "admin", "user-add", { email: `row${String(at).padStart(2, "0")}@example.net`, first: at % 2 ? "Odd" : "Even", last: `L${at}`, password: "correct horse battery staple" });
  }
  const page = await site.open("admin", "/staff");
  const order = await page.locator("#main ul.rows a").allInnerTexts();
  assert.deepEqual(order.slice(0, 8), ["Users", "Servers", "Disks", "Networks", "IP addresses", "IP history", "Projects", "Groups"]);
  await go(page, "/staff/users");
  await page.getByRole("textbox", { name: "user", exact: true }).fill("example.net");
  await see(row(page, "row00@example.net"), "Even");
  await until("twenty rows", async () => (await page.locator("tbody tr").count()) === 20);
  const heads = (await page.locator("thead th").allInnerTexts()).map((one) => one.trim()).filter(Boolean);
  for (const head of ["Id", "Email", "First name", "Last name", "Active", "Rejected", "Moderated", "Verified"]) assert.ok(heads.includes(head), `${head} in ${heads}`);
  const sort = (name, modifiers = []) => page.locator("thead").getByRole("button", { name: new RegExp(`^${name}`) }).click({ modifiers });
  await sort("First name");
  await sort("Email", ["Shift"]);
  await sort("Email", ["Shift"]);
  await page.waitForURL(/sort=first_name%2C-email|sort=first_name,-email/);
  await until("ordered by both", async () => /row24/.test(await page.locator("tbody tr").first().innerText()));
  await page.locator("tbody tr").first().getByRole("button").first().click();
  await see(page.locator("tbody"), "Providers");
  await page.locator("tbody tr").first().getByRole("button").first().click();
  const box = (at) => page.locator("tbody input[type=checkbox]").nth(at);
  await box(1).check();
  await box(4).click({ modifiers: ["Shift"] });
  await see(page, "Show the 4 selected");
  await page.getByRole("button", { name: "Go to next page" }).click();
  await until("the second page", async () => (await page.locator("tbody tr").count()) === 5);
  await page.locator("thead input[type=checkbox]").check();
  await press(page, "Show the 9 selected");
  await until("nine", async () => (await page.locator("tbody tr").count()) === 9);
  await press(page, "Clear selection");
  await press(page, "Select all 25");
  await see(page, "Show the 25 selected");
});

test("filters are fields of one's choice, remembered, or one line with errors marked; they reach across kinds (UI-272)", async (site) => {
  const id = await server(site, "bob", "filtered");
  const page = await site.open("admin", "/staff/users");
  await row(page, site.people.bob.name).waitFor();
  await page.getByRole("textbox", { name: "vm", exact: true }).fill("filtered");
  await row(page, site.people.ada.name).waitFor({ state: "detached" });
  await row(page, site.people.bob.name).waitFor();
  await page.waitForURL(/q=vm/);
  await press(page, "One line");
  const line = page.getByRole("textbox", { name: "Filters in one line" });
  assert.equal(await line.inputValue(), "vm:filtered");
  await line.fill("user:bob status:active colour:red");
  await see(page, /No filters: colour:red/);
  await row(page, site.people.bob.name).waitFor();
  await line.fill("user:bob vm:operstate=nothing");
  await see(page, "Nothing here");
  await line.fill("");
  await press(page, "One line");
  await page.getByLabel("Filters", { exact: true }).selectOption("proj");
  await page.getByRole("textbox", { name: "proj", exact: true }).waitFor();
  await page.reload();
  await page.getByRole("textbox", { name: "proj", exact: true }).waitFor();
  await go(page, "/staff/servers?q=user:bob");
  await row(page, "filtered").waitFor();
  await page.getByLabel("Filters", { exact: true }).selectOption("operstate");
  await page.getByLabel("operstate").selectOption("STOPPED");
  await see(page, "Nothing here");
  await site.call("bob", "DELETE", `/cyclades/compute/v2.0/servers/${id}`);
});

test("an action runs beside the view with its progress and each error by name, the list follows, `i` hides and shows it, Escape closes windows; it is a POST and none of the actions is a placeholder (UI-276, UI-278, UI-279)", async (site) => {
  const stamp = Date.now();
  const fine = `deed${stamp}@example.org`;
  const gone = `gone${stamp}@example.org`;
  for (const email of [fine, gone]) await staff(site, "admin", "user-add", { email, first: "Do", last: "It", password: "correct horse battery staple" });
  const page = await site.open("admin", "/staff/users?q=user:DoX");
  const methods = new Set();
  page.on("request", (request) => {
    if (request.url().includes("/admin/v1/user-modify")) methods.add(request.method());
  });
  await go(page, `/staff/users?q=user:${stamp}`);
  await row(page, gone).waitFor();
  await page.getByRole("checkbox", { name: "Select all rows" }).check();
  await press(page, "Mark as verified");
  await see(dialog(page), gone);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.route("**/admin/v1/user-modify", async (route) => {
    if (route.request().postData().includes((await staff(site, "admin", "user-show", { user: gone })).row.uuid)) {
      await route.fulfill({ status: 409, json: { conflict: { code: 409, message: "Somebody was faster.", details: "" } } });
    } else await route.continue();
  });
  site.provoke(/status of 409/);
  await press(page, "Mark as verified");
  await dialog(page).getByRole("button", { name: "Mark as verified" }).click();
  const tasks = page.getByRole("region", { name: "Tasks" });
  await see(tasks, "1 of 2 done");
  await see(tasks, `${gone}: Somebody was faster.`);
  await until("the list follows", async () => /Yes/.test(await row(page, fine).innerText()));
  await page.locator("h1").click();
  await page.keyboard.press("i");
  await tasks.waitFor({ state: "hidden" });
  await page.keyboard.press("i");
  await tasks.waitFor();
  assert.deepEqual([...methods], ["POST"]);
  const { verbs } = await site.call("admin", "GET", "/admin/v1");
  const offered = new Set();
  for (const kind of ["servers", "networks", "addresses"]) {
    await go(page, `/staff/${kind}`);
    await page.locator(".table-tools button").first().waitFor();
    for (const name of await page.locator(".table-tools button").allInnerTexts()) offered.add(name.trim());
  }
  for (const never of ["Resize", "Connect", "Disconnect", "Attach", "Detach", "Change owner"]) assert.ok(!offered.has(never), never);
  assert.ok(verbs.includes("user-modify") && verbs.includes("server-modify"));
});

test("one thing shows what belongs to it by kind with counts, newest first, each with its own actions (UI-280, UI-283)", async (site) => {
  const id = await server(site, "bob", "belonging");
  const { id: bob } = await site.me("bob");
  const page = await site.open("admin", `/staff/users/${bob}`);
  for (const fact of ["Status", "Groups", "Email verified", "Moderated"]) await see(page.locator("dl").first(), fact);
  const block = page.getByRole("region", { name: "Servers" });
  await block.getByText("belonging").waitFor();
  await see(page, /Servers \(\d+\)/);
  await block.locator("tr", { hasText: "belonging" }).getByRole("button", { name: "Suspend" }).click();
  await dialog(page).getByRole("button", { name: "Suspend" }).click();
  await until("suspended", async () => (await site.call("bob", "GET", `/cyclades/compute/v2.0/servers/${id}`)).server.suspended);
  await staff(site, "admin", "server-modify", { server: id, suspended: false });
  await block.getByRole("link", { name: "belonging" }).click();
  await page.waitForURL(new RegExp(`/staff/servers/${id}`));
  await page.getByRole("region", { name: "Disks" }).waitFor();
  await site.call("bob", "DELETE", `/cyclades/compute/v2.0/servers/${id}`);
});

test("people are written to, one or many, with four names put in for each; the letters are queued and told of one by one (UI-281)", async (site) => {
  const page = await site.open("admin", "/staff/users?q=user:example.org");
  for (const who of ["ada", "bob"]) await row(page, site.people[who].name).getByRole("checkbox").check();
  await press(page, "Contact");
  for (const who of ["ada", "bob"]) await see(dialog(page), site.people[who].name);
  assert.match(await dialog(page).getByLabel(/^Text/).inputValue(), /\{first_name\}/);
  for (const name of ["{full_name}", "{first_name}", "{last_name}", "{email}"]) await see(dialog(page), name);
  await dialog(page).getByLabel(/^Subject/).fill("The cloud moves, {first_name}");
  await dialog(page).getByRole("button", { name: "Contact" }).click();
  await see(page.getByRole("region", { name: "Tasks" }), "2 of 2 done");
});

test("charts draw the infrastructure, resources, people, servers, addresses, disk templates and images, with counts by logarithms; the figures are there as they come (UI-284, UI-285)", async (site) => {
  const page = await site.open("admin", "/staff/charts");
  for (const title of ["Virtual against physical", "Servers by state", "Addresses in use by pool", "Disk templates", "Images", "Resources used and allocated", "Resources of people with local alone", "People by way to sign in", "People with this way alone", "People by status"]) {
    await page.getByRole("heading", { name: title, exact: true }).waitFor();
  }
  const bar = page.getByRole("table", { name: "People by way to sign in" }).locator(".quota-fill").first();
  await bar.waitFor();
  const rows = async (name) => page.getByRole("table", { name, exact: true }).getByRole("row").allInnerTexts();
  const mine = (await rows("Resources used and allocated")).find((row) => /virtual machines|servers/i.test(row));
  if (!/\d+ \/ (\d+|no limit)/.test(mine ?? "")) throw new Error(`no part of a whole: ${mine}`);
  const ways = (await rows("People by way to sign in")).join("\n");
  for (const what of ["local: all", "local: verified", "local: active"]) if (!ways.includes(what)) throw new Error(ways);
  const states = page.getByRole("table", { name: "Servers by state" }).locator(".quota-fill");
  const widths = () => states.evaluateAll((all) => all.map((each) => parseFloat(each.style.inlineSize)));
  const before = await widths();
  await page.getByLabel("Counts by logarithms").check();
  const after = await widths();
  if (after.some((each, n) => each < before[n])) throw new Error(`a bar became shorter: ${before} ${after}`);
  await go(page, "/staff/stats");
  await see(page, "Total");
  for (const part of ["public", "detailed"]) await see(page.getByRole("region", { name: `Compute, ${part}` }), '"servers"');
  await see(page.getByRole("region", { name: "Compute, detailed" }), "alpha");
});

test("the history of addresses is that of public networks (UI-286)", async (site) => {
  const id = await server(site, "bob", "historic");
  const { network } = await site.call("bob", "POST", "/cyclades/network/v2.0/networks", { network: { name: "secret", type: "MAC_FILTERED" } });
  await site.call("bob", "POST", "/cyclades/network/v2.0/subnets", { subnet: { network_id: network.id, cidr: "10.9.9.0/24", ip_version: 4 } });
  await site.call("bob", "POST", "/cyclades/network/v2.0/ports", { port: { network_id: network.id, device_id: String(id) } });
  const page = await site.open("admin", `/staff/history`);
  await page.locator("tbody tr").first().waitFor();
  const { rows } = await staff(site, "admin", "ip-list");
  assert.ok(rows.length > 0);
  assert.ok(!rows.some((one) => one.address.startsWith("10.9.9.")), "no private address");
  await site.call("bob", "DELETE", `/cyclades/compute/v2.0/servers/${id}`);
});

test("clusters with their room, the audit log, quotas over their limit and pending applications have their lists; a cluster is drained", async (site) => {
  const page = await site.open("admin", "/staff/backends");
  await see(row(page, "alpha"), "No");
  await act(page, "alpha", "Drain");
  await dialog(page).getByRole("button", { name: "Drain" }).click();
  await see(page.getByRole("region", { name: "Tasks" }), "1 of 1 done");
  const [backend] = (await staff(site, "admin", "backend-list")).rows;
  assert.equal(backend.drained, true);
  await staff(site, "admin", "backend-modify", { backend: backend.id, drained: false });
  for (const kind of ["audit", "quotas", "applications"]) {
    await go(page, `/staff/${kind}`);
    await page.locator("#main table, #main .pf-v6-c-empty-state").first().waitFor();
  }
});

test("whose is this: by e-mail, UUID, machine and address, with what the person has and the address's history (UI-289, UI-290, UI-291)", async (site) => {
  const id = await server(site, "bob", "whose");
  const { id: bob } = await site.me("bob");
  const { server: made } = await site.call("bob", "GET", `/cyclades/compute/v2.0/servers/${id}`);
  const ip = made.attachments.map((one) => one.ipv4 || one.ipv6).find(Boolean);
  const page = await site.open("admin", "/staff/search");
  const ask = async (words) => {
    await page.getByRole("textbox", { name: "Whose is this?" }).fill(words);
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Users" }).getByText(site.people.bob.name).waitFor();
    await page.getByRole("region", { name: "Servers" }).getByText("whose").waitFor();
  };
  for (const words of [site.people.bob.name, bob, `vm-${id}`]) {
    await ask(words);
    await page.getByRole("textbox", { name: "Whose is this?" }).fill("nobody@example.net");
    await page.keyboard.press("Enter");
    await see(page, "Nothing found");
  }
  await ask(ip);
  await page.getByRole("region", { name: "IP history" }).getByText(ip).first().waitFor();
  await page.getByRole("region", { name: "Servers" }).getByRole("link", { name: "whose" }).click();
  await page.waitForURL(new RegExp(`/staff/servers/${id}`));
  for (const [word, state] of [["Suspend", (one) => one.suspended], ["Release", (one) => !one.suspended], ["Shut down", (one) => one.status === "STOPPED"], ["Start", (one) => one.status === "ACTIVE"]]) {
    await press(page, word);
    await dialog(page).getByRole("button", { name: word, exact: true }).click();
    await until(word, async () => state((await site.call("bob", "GET", `/cyclades/compute/v2.0/servers/${id}`)).server));
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  const { audit } = await site.call("admin", "GET", "/cloud/v1/audit?action=admin.ServerVerbs.modify&limit=4");
  assert.equal(audit.length, 4);
  await site.call("bob", "DELETE", `/cyclades/compute/v2.0/servers/${id}`);
  await until("it is gone", async () => (await site.call("bob", "GET", `/cyclades/compute/v2.0/servers/${id}`, undefined, { allow: [404] }))?.server?.status !== "ACTIVE");
  await go(page, `/staff/search?q=${site.people.bob.name}&deleted=1`);
  await page.getByRole("region", { name: "Servers" }).getByText("whose").first().waitFor();
});

test("clusters with what they can hold are drained and taken offline; their jobs, the queues, the daemon's health and its tasks are seen, a task is run; limits exceeded and applications that wait are listed; the log tells what was done (UI-287)", async (site) => {
  const page = await site.open("admin", "/staff/backends");
  const alpha = row(page, "alpha");
  for (const capacity of ["Vms", "Mem", "Disk"]) await see(page.locator("thead"), new RegExp(capacity, "i"));
  await see(alpha, /\d+\/\d+/);
  const state = async (key) => (await staff(site, "admin", "backend-list")).rows.find((one) => one.clustername.startsWith("alpha"))[key];
  for (const [deed, key, value] of [["Drain", "drained", true], ["Undrain", "drained", false], ["Take offline", "offline", true], ["Bring online", "offline", false]]) {
    await act(page, "alpha", deed);
    await dialog(page).getByRole("button", { name: deed }).click();
    await until(deed, async () => (await state(key)) === value);
  }
  const id = await server(site, "bob", "at work");
  await until("a job is seen while it runs", async () => {
    await site.call("bob", "POST", `/cyclades/compute/v2.0/servers/${id}/action`, { reboot: { type: "HARD" } }, { allow: [409] });
    await go(page, "/staff/jobs");
    await page.getByRole("heading", { name: "Jobs of the clusters" }).waitFor();
    await page.locator("#main table, #main .quiet").first().waitFor();
    return page.getByText(/OP_INSTANCE_REBOOT/).count();
  });
  await go(page, "/staff/queues");
  await see(page.locator("#main table"), /Waiting/);
  await go(page, "/staff/health");
  for (const check of ["store", "blocks", "reactor", "queue"]) await see(row(page, check), "Yes");
  await go(page, "/staff/tasks");
  const last = async () => (await staff(site, "admin", "task-list")).rows.find((one) => one.name === "counting-figures");
  const before = (await last())["last run"];
  await act(page, "counting-figures", "Run now");
  await dialog(page).getByRole("button", { name: "Run now" }).click();
  await until("it was run", async () => (await last())["last run"] !== before && (await last())["last result"] === "well");
  const { id: bob } = await site.me("bob");
  await staff(site, "admin", "project-modify", { project: bob, limits: [{ resource: "cyclades.vm", member: 0, project: 0 }] });
  await go(page, "/staff/quotas");
  await see(row(page, bob), "cyclades.vm");
  await staff(site, "admin", "project-modify", { project: bob, limits: [{ resource: "cyclades.vm", member: 50, project: 50 }] });
  const name = `wait${Date.now()}.example.org`;
  await site.call("bob", "POST", "/astakos/account/v1.0/projects", { name, end_date: "2040-01-01T00:00:00+00:00", resources: {}, comments: "please" });
  await go(page, "/staff/applications");
  await row(page, name).waitFor();
  await go(page, "/staff/audit");
  await see(page.locator("#main table"), /backend-modify|Backend/);
  await site.call("bob", "DELETE", `/cyclades/compute/v2.0/servers/${id}`);
});
