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
  await see(row(page, site.people.bob.name), "Bob Babbage");
  await page.getByRole("textbox", { name: "Filter" }).fill("babb");
  await row(page, site.people.ada.name).waitFor({ state: "detached" });
  await row(page, site.people.bob.name).getByRole("link").click();
  await page.waitForURL(/\/staff\/users\/[0-9a-f-]{36}/);
  await see(page, "Projects (");
  await see(page, "Quota (");
  assert.ok(paths.has("/admin/v1/user-show"));
  for (const [kind, text] of [["servers", "Servers"], ["networks", "public"], ["backends", "alpha"], ["audit", "Time"], ["flavors", "C1R512D1"], ["images", "hello"]]) {
    await go(page, `/staff/${kind}`);
    await see(page.getByRole("main"), text);
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
  assert.deepEqual(offered, ["Shut down", "Reboot", "Suspend"]);
  await page.keyboard.press("Escape");
  await go(page, "/staff/users");
  await row(page, site.people.bob.name).waitFor();
  assert.equal(await row(page, site.people.bob.name).getByRole("button").count(), 0);
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
