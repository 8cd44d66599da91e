// Projects: asked for, judged, joined, left; what their members may use.
import assert from "node:assert/strict";
import { project } from "./furnish.mjs";
import { act, agree, dialog, go, press, row, saved, see, test, until } from "./site.mjs";

const ACCOUNT = "/astakos/account/v1.0";

test("a project is asked for with a form that checks, summed up before it is sent, changed back and forth, and cancelled by its applicant (UI-258, UI-259, UI-262)", async (site) => {
  const page = await site.open("ada", "/projects/new");
  await press(page, "Next");
  await see(page, "The name is not like a domain.");
  await see(page, "Choose at least one resource.");
  await page.getByLabel("Name").fill("lab.example.org");
  await page.getByLabel("Home page").fill("https://lab.example.org/");
  await page.getByLabel("Description").fill("Our laboratory");
  await page.getByLabel("Ends").fill("2001-01-01");
  await see(page, "This day is over.");
  await page.getByLabel("Ends").fill("2090-01-01");
  await page.getByLabel("Starts").fill("2091-01-01");
  await see(page, "The end is before the start.");
  await page.getByLabel("Starts").fill("");
  await page.getByLabel("Any number of members").uncheck();
  await page.getByLabel("Most members").fill("12");
  await press(page, "+ Servers");
  await page.getByLabel("Servers: Per member", { exact: true }).fill("4");
  await page.getByLabel("Servers: In total", { exact: true }).fill("3");
  await see(page, "The total is less than one member's part.");
  await page.getByLabel("Servers: In total", { exact: true }).fill("30");
  await press(page, "+ File storage");
  await page.getByLabel("File storage: Per member").fill("20 GiB");
  await page.getByLabel("File storage: In total").fill("1T");
  await page.getByLabel("Comments for the reviewers").fill("For our experiments");
  await press(page, "Next");
  await see(page, "20 GiB per member, 1 TiB in total");
  await press(page, "Back to the form");
  assert.equal(await page.getByLabel("Most members").inputValue(), "12");
  await press(page, "Next");
  await press(page, "Send application");
  await see(page, "Waits for a decision");
  await see(page, "For our experiments");
  await go(page, "/projects");
  await see(row(page, "lab.example.org"), "Waits for approval");
  await row(page, "lab.example.org").getByRole("link").first().click();
  await page.getByRole("tab", { name: "Application" }).click();
  await press(page, "Cancel application");
  await dialog(page).getByRole("button", { name: "Cancel application" }).click();
  await see(page, "Cancelled");
});

test("an administrator sees what is asked for, denies with a reason and approves; the applicant dismisses (UI-262)", async (site) => {
  const wish = {
    end_date: "2090-01-01T00:00:00+00:00",
    join_policy: "auto",
    leave_policy: "auto",
    resources: { "cyclades.vm": { member_capacity: 2, project_capacity: 8 } },
  };
  const bad = await site.call("ada", "POST", `${ACCOUNT}/projects`, { ...wish, name: "bad.example.org" });
  const good = await site.call("ada", "POST", `${ACCOUNT}/projects`, { ...wish, name: "good.example.org" });
  const staff = await site.open("admin", `/projects/${bad.id}/applications`);
  await press(staff, "Deny");
  await dialog(staff).getByLabel("Reason").fill("Too vague");
  await dialog(staff).getByRole("button", { name: "Deny" }).click();
  await see(staff, "Denied");
  await go(staff, `/projects/${good.id}/applications`);
  await press(staff, "Approve");
  await dialog(staff).getByRole("button", { name: "Approve" }).click();
  await see(staff, "Approved");
  const page = await site.open("ada", `/projects/${bad.id}/applications`);
  await press(page, "Dismiss");
  await dialog(page).getByRole("button", { name: "Dismiss" }).click();
  await see(page, "Dismissed");
  await go(page, "/projects");
  await see(row(page, "good.example.org"), "Active");
});

test("public projects are found by text; joining is asked for, taken back, asked for again, accepted, and ended by leaving, each confirmed (UI-255, UI-256, UI-263)", async (site) => {
  const id = await project(site, "ada", "choir.example.org");
  await project(site, "ada", "other.example.org");
  const page = await site.open("bob", "/projects/browse");
  await row(page, "other.example.org").waitFor();
  await page.getByRole("textbox", { name: "Filter" }).fill("choir");
  await row(page, "other.example.org").waitFor({ state: "detached" });
  await see(page, "Anybody may ask to join");
  const choir = row(page, "choir.example.org");
  await choir.getByRole("button", { name: "Join" }).click();
  await see(dialog(page), "The owner of the project decides about it.");
  await agree(page);
  await see(choir, "Asked to join");
  await choir.getByRole("button", { name: "Cancel request" }).click();
  await agree(page);
  await see(choir, "Not a member");
  await choir.getByRole("button", { name: "Join" }).click();
  await agree(page);
  await see(choir, "Asked to join");

  const owner = await site.open("ada", "/projects");
  await row(owner, "choir.example.org").getByRole("link", { name: "+1 waiting" }).click();
  await owner.getByLabel("Which members").selectOption("pending");
  await act(owner, site.people.bob.name, "Accept");
  await agree(owner);
  await owner.getByLabel("Which members").selectOption("approved");
  await see(row(owner, site.people.bob.name), "Member");

  await go(page, `/projects/${id}/overview`);
  await press(page, "Leave");
  await agree(page);
  await page.getByRole("button", { name: "Join", exact: true }).waitFor();
});

test("the owner adds people by their addresses, unknown ones are named, and removes a selection (UI-263, UI-264)", async (site) => {
  const id = await project(site, "ada", "club.example.org");
  const page = await site.open("ada", `/projects/${id}/members`);
  await press(page, "Add members");
  await dialog(page).getByLabel("E-mails of people").fill(`${site.people.bob.name} stranger@example.org`);
  await press(dialog(page), "Add");
  await see(dialog(page), "Unknown: stranger@example.org");
  await dialog(page).getByLabel("E-mails of people").fill(`${site.people.bob.name}, ${site.people.demo.name}`);
  await press(dialog(page), "Add");
  for (const who of ["bob", "demo"]) {
    await row(page, site.people[who].name).getByRole("checkbox").check();
  }
  await press(page, "Remove");
  await see(dialog(page), site.people.demo.name);
  await agree(page);
  await row(page, site.people.bob.name).waitFor({ state: "detached" });
  await row(page, site.people.demo.name).waitFor({ state: "detached" });
});

test("a change of a project starts from what stands, and reviewers see the difference; a system project offers resources alone (UI-261)", async (site) => {
  const id = await project(site, "ada", "growing.example.org");
  const page = await site.open("ada", `/projects/${id}/overview`);
  await page.getByRole("link", { name: "Ask for a change" }).click();
  await until("the form is filled", async () => (await page.getByLabel("Name").inputValue()) === "growing.example.org");
  assert.equal(await page.getByLabel("Servers: In total", { exact: true }).inputValue(), "8");
  await page.getByLabel("Servers: In total", { exact: true }).fill("80");
  await press(page, "Next");
  await press(page, "Send application");
  await see(page, "Waits for a decision");
  await go(page, "/projects");
  await see(row(page, "growing.example.org"), "change asked for");
  const staff = await site.open("admin", `/projects/${id}/applications`);
  await staff.locator("strong", { hasText: "2 / 80" }).waitFor();
  await see(staff, "2 / 8");
  const { id: own } = await site.me("ada");
  await go(staff, `/projects/${own}/modify`);
  await staff.getByLabel("Servers: In total", { exact: true }).waitFor();
  assert.equal(await staff.getByLabel("Name").count(), 0);
  assert.equal(await staff.getByLabel("Joining").count(), 0);
});

test("administrators list every project with its owner, and system projects when they ask for them (UI-254)", async (site) => {
  await project(site, "ada", "seen.example.org");
  const page = await site.open("admin", "/projects");
  await see(row(page, "seen.example.org"), site.people.ada.name);
  assert.equal(await row(page, "system:").count(), 0);
  await page.getByText("Show system projects").click();
  await row(page, "system:").first().waitFor();
});

test("usage shows each project's resources with used, limit, left and percent, in the configured order, kept fresh, and tells when the project has less left (UI-030, UI-248, UI-218, UI-245, UI-246)", async (site) => {
  const id = await project(site, "ada", "tight.example.org", {
    join_policy: "auto",
    resources: { "cyclades.vm": { member_capacity: 4, project_capacity: 5 }, "pithos.diskspace": { member_capacity: 1000, project_capacity: 1900 } },
  });
  for (const who of ["ada", "bob"]) {
    await site.call(who, "POST", `${ACCOUNT}/projects/memberships`, { join: { project: id } }, { allow: [409] });
  }
  const { id: bob } = await site.me("bob");
  const at = `/pithos/object-store/v1/${bob}/tight`;
  await site.call("bob", "PUT", at, undefined, { headers: { "X-Container-Policy-Project": id }, allow: [202] });
  await site.call("bob", "PUT", `${at}/file`, undefined, { body: "x".repeat(850) });
  const { id: ada } = await site.me("ada");
  const hers = `/pithos/object-store/v1/${ada}/tight`;
  await site.call("ada", "PUT", hers, undefined, { headers: { "X-Container-Policy-Project": id }, allow: [202] });
  await site.call("ada", "PUT", `${hers}/file`, undefined, { body: "x".repeat(950) });
  const page = await site.open("bob", `/usage/${id}`);
  await page.getByRole("meter", { name: "File storage" }).waitFor();
  const meters = await page.getByRole("meter").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
  const configured = await site.call("bob", "GET", `${ACCOUNT}/resources`);
  assert.equal(meters.length, Object.keys(configured).length);
  assert.deepEqual([meters[0], meters.at(-1)], ["Servers", "File storage"]);
  await see(page, "850 B of 1,000 B");
  await see(page, /85% · 150 B left · nearly full/);
  const fill = await page.locator(".quota-fill.warn").count();
  assert.equal(fill, 1);
  const mark = page.locator(".quota-mark");
  assert.match(await mark.first().getAttribute("title"), /The project has only 100 B left/);
  await site.call("bob", "PUT", `${at}/more`, undefined, { body: "x".repeat(50) });
  await see(page, "900 B of 1,000 B");
  await go(page, `/projects/${id}/resources`);
  await see(page.locator("tr", { hasText: "File storage" }), "1.8 KiB");
  await go(page, "/usage");
  await page.getByRole("link", { name: "tight.example.org" }).click();
  await page.getByRole("heading", { level: 1, name: "tight.example.org" }).waitFor();
});

test("one's projects are listed with dates, members and who waits, owner and one's own standing; one of them shows all of itself (UI-253, UI-257)", async (site) => {
  const id = await project(site, "ada", "whole.example.org", {
    homepage: "https://whole.example.org/",
    description: "All of it",
    max_members: 3,
  });
  for (const who of ["bob", "demo"]) {
    await site.call(who, "POST", `${ACCOUNT}/projects/memberships`, { join: { project: id } });
  }
  const waiting = await site.call("ada", "GET", `${ACCOUNT}/projects/memberships?project=${id}`);
  const { id: demo } = await site.me("demo");
  const his = waiting.find((one) => one.user === demo);
  await site.call("ada", "POST", `${ACCOUNT}/projects/memberships/${his.id}/action`, { accept: "" });
  const page = await site.open("ada", "/projects");
  await row(page, "whole.example.org").waitFor();
  const heads = await page.locator("thead th").allInnerTexts();
  for (const head of ["Name", "Asked for", "Ends", "Members", "Owner", "My membership"]) {
    assert.ok(heads.some((one) => one.trim() === head), head);
  }
  const line = row(page, "whole.example.org");
  for (const text of ["Jan 1, 2090", "+1 waiting", "me", "Not a member"]) await see(line, text);
  await line.getByRole("link", { name: "whole.example.org" }).click();
  for (const text of ["https://whole.example.org/", "All of it", "After the owner agrees", "At once", "Memberships left"]) await see(page, text);
  await see(page.locator("dl > div", { hasText: "Memberships left" }), "2");
  await page.getByRole("tab", { name: "Resources" }).click();
  for (const text of ["2", "8"]) await see(page.locator("tr", { hasText: /^Servers/ }), text, { exact: true });
});

test("a project's end is told in time with the way to more of it; its owner writes to the members and saves them and what is used as a table (UI-266)", async (site) => {
  const soon = new Date(Date.now() + 10 * 86_400_000).toISOString().replace("Z", "+00:00");
  const id = await project(site, "ada", "brief.example.org", { join_policy: "auto", end_date: soon });
  for (const who of ["bob", "demo"]) await site.call(who, "POST", `${ACCOUNT}/projects/memberships`, { join: { project: id } });
  const page = await site.open("ada", `/projects/${id}/members`);
  await see(page, "This project ends in 10 days");
  await until("the letter is to both", async () => {
    const letter = await page.getByRole("link", { name: "Write to them" }).getAttribute("href");
    assert.match(letter, /^mailto:\?bcc=/);
    return ["bob", "demo"].every((who) => decodeURIComponent(letter).includes(site.people[who].name));
  });
  const save = async () => {
    await page.getByRole("button", { name: "Save the list" }).click();
    await page.getByRole("menuitem", { name: "CSV", exact: true }).click();
  };
  const members = (await saved(page, save)).content.toString();
  for (const who of ["bob", "demo"]) assert.ok(members.includes(site.people[who].name), members);
  await go(page, `/projects/${id}/resources`);
  const used = (await saved(page, () => press(page, "CSV"))).content.toString();
  assert.match(used, /Servers,2,8,/);
  await page.getByRole("link", { name: "Ask for more time" }).click();
  await page.waitForURL(/\/modify$/);
});

test("who has as many pending applications as allowed is refused with the limit, a project administrator is not (UI-260)", async (site) => {
  const wish = (name) => ({ name, end_date: "2090-01-01T00:00:00+00:00", join_policy: "auto", leave_policy: "auto", resources: { "cyclades.vm": { member_capacity: 1, project_capacity: 1 } } });
  const made = { kim: [], admin: [] };
  for (;;) {
    const one = await site.call("kim", "POST", `${ACCOUNT}/projects`, wish(`kim${made.kim.length}.example.org`), { allow: [409] });
    if (!one.id) break;
    made.kim.push(one);
  }
  const limit = made.kim.length;
  assert.ok(limit > 0);
  for (let count = 0; count < limit; count += 1) {
    made.admin.push(await site.call("admin", "POST", `${ACCOUNT}/projects`, wish(`admin${count}.example.org`)));
  }
  const send = async (who) => {
    const page = await site.open(who, "/projects/new");
    await page.getByLabel("Name").fill(`${who}.more.example.org`);
    await page.getByLabel("Ends").fill("2090-01-01");
    await press(page, "+ Servers");
    await page.getByLabel("Servers: Per member", { exact: true }).fill("1");
    await page.getByLabel("Servers: In total", { exact: true }).fill("1");
    await press(page, "Next");
    await press(page, "Send application");
    return page;
  };
  site.provoke(/status of 409/);
  await see(await send("kim"), `You have as many pending applications as you may: ${limit}.`);
  const page = await send("admin");
  await see(page, "Waits for a decision");
  const id = new URL(page.url()).pathname.split("/")[3];
  const { last_application: last } = await site.call("admin", "GET", `${ACCOUNT}/projects/${id}`);
  made.admin.push({ id, application: last.id });
  for (const who of ["kim", "admin"]) {
    for (const one of made[who]) await site.call(who, "POST", `${ACCOUNT}/projects/${one.id}/action`, { cancel: { app_id: one.application } });
  }
});

test("members see who owns a project by name; addresses are for its owner and administrators (UI-265)", async (site) => {
  const id = await project(site, "ada", "names.example.org", { join_policy: "auto" });
  await site.call("bob", "POST", `${ACCOUNT}/projects/memberships`, { join: { project: id } });
  const page = await (await site.window("bob")).newPage();
  const answers = [];
  page.on("response", async (response) => {
    if (/\/account\/v1\.0\/(projects|user_catalogs)/.test(response.url())) answers.push(await response.text().catch(() => ""));
  });
  await go(page, "/projects");
  await see(row(page, "names.example.org"), "Ada Lovelace");
  await go(page, `/projects/${id}/overview`);
  await see(page, "Ada Lovelace");
  assert.equal(await page.getByRole("tab", { name: "Members" }).count(), 0);
  assert.ok(answers.length && !answers.join().includes(site.people.ada.name));
  const members = await site.call("bob", "GET", `${ACCOUNT}/projects/memberships?project=${id}`);
  const { id: bob } = await site.me("bob");
  assert.ok(members.every((one) => one.user === bob), "others' memberships are not told");
  for (const [who, path] of [["ada", `/projects/${id}/members`], ["admin", `/projects/${id}/members`]]) {
    await see(row(await site.open(who, path), site.people.bob.name), "Member");
  }
  await see(await site.open("admin", `/projects/${id}/overview`), site.people.ada.name);
});
