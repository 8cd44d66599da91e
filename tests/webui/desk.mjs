// What stands beside every view: search, tasks, news, calls shown, warnings, preferences, the guide.
import assert from "node:assert/strict";
import { file, project, server } from "./furnish.mjs";
import { act, dialog, go, press, row, see, test, until } from "./site.mjs";

const COMPUTE = "/cyclades/compute/v2.0";

test("Ctrl+K finds servers, disks, networks, addresses, images, keys, files and projects by name, id, address, MAC and tag, for the staff people too, and runs an action, all by keyboard (UI-301, UI-302)", async (site) => {
  const id = await server(site, "kim", "palette machine", { metadata: { role: "jukebox" } });
  const { server: made } = await site.call("kim", "GET", `${COMPUTE}/servers/${id}`);
  await site.call("kim", "POST", "/cyclades/network/v2.0/networks", { network: { name: "palette net", type: "MAC_FILTERED" } });
  await file(site, "kim", "pithos", "deep/palette notes.txt", "x");
  await project(site, "kim", "palette.example.org", { join_policy: "auto" });
  const page = await site.open("kim", "/keys");
  const find = async (words) => {
    await page.keyboard.press("Control+k");
    await dialog(page).getByRole("combobox").fill(words);
  };
  const option = (text) => dialog(page).getByRole("option").filter({ hasText: text });
  await find("palette");
  for (const text of ["palette machine", "palette net", "palette notes.txt"]) await option(text).first().waitFor();
  const [first] = made.attachments;
  for (const words of [String(id), first.mac_address, first.ipv4 || first.ipv6, "role: jukebox"]) {
    await dialog(page).getByRole("combobox").fill(words);
    await option("palette machine").first().waitFor();
  }
  await dialog(page).getByRole("combobox").fill("palette net");
  await option("palette net").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/networks\//);
  await find("shut down palette");
  await option("palette machine").waitFor();
  await page.keyboard.press("Enter");
  await dialog(page).locator("[data-test=confirm]").click();
  await until("it stops", async () => (await site.call("kim", "GET", `${COMPUTE}/servers/${id}`)).server.status === "STOPPED");
  await find("hello");
  await option("Image").first().waitFor();
  await page.keyboard.press("Escape");
  const staff = await site.open("admin", "/");
  await staff.getByRole("button", { name: "Search and commands" }).click();
  await dialog(staff).getByRole("combobox").fill("kim ovshinsky");
  await dialog(staff).getByRole("option").filter({ hasText: site.people.kim.name }).waitFor();
  await staff.keyboard.press("Enter");
  await staff.waitForURL(/\/staff\/users\//);
  await site.call("kim", "DELETE", `${COMPUTE}/servers/${id}`);
});

test("everything that runs is in one list wherever one goes; the end of a build is news (UI-304, UI-314)", async (site) => {
  const page = await site.open("kim", "/networks");
  await page.getByRole("button", { name: "Notifications, 0 new" }).waitFor();
  await file(site, "kim", "busy", "there.txt", "there");
  await go(page, "/files/busy");
  await row(page, "there.txt").waitFor();
  site.provoke(/ERR_/);
  await page.route("**/busy/slow.bin?hashmap*", () => undefined);
  await page.locator("[data-test=upload]").setInputFiles([{ name: "slow.bin", mimeType: "text/plain", buffer: Buffer.from("slow") }]);
  await page.getByRole("button", { name: "Tasks, 1 running" }).waitFor();
  await page.getByRole("link", { name: "Usage", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Usage" }).waitFor();
  await page.getByRole("button", { name: "Tasks, 1 running" }).click();
  await see(page.getByRole("dialog"), "slow.bin");
  await page.keyboard.press("Escape");
  const { images } = await site.call("kim", "GET", `${COMPUTE}/images/detail`);
  const { flavors } = await site.call("kim", "GET", `${COMPUTE}/flavors/detail`);
  const made = await site.call("kim", "POST", `${COMPUTE}/servers`, {
    server: { name: "newcomer", imageRef: images[0].id, flavorRef: flavors.sort((a, b) => a.ram - b.ram)[0].id, metadata: {} },
  });
  await page.getByRole("button", { name: /Notifications, [1-9] new/ }).click();
  await see(page.getByRole("dialog"), "newcomer is ready");
  await page.getByRole("dialog").getByRole("link", { name: "newcomer is ready" }).click();
  await page.waitForURL(new RegExp(`/servers/${made.server.id}`));
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.close({ runBeforeUnload: false });
  await site.call("kim", "DELETE", `${COMPUTE}/servers/${made.server.id}`);
});

test("a form shows what it does as a call and as a line for a shell, without doing it; it is sent once however often it is pressed, and what fails goes back (UI-310, UI-311)", async (site) => {
  const page = await site.open("ada", "/files");
  await press(page, "New container");
  await dialog(page).getByLabel("Name").fill("shown once");
  await press(dialog(page), "Show as API call");
  await see(dialog(page), /PUT \/pithos\/object-store\/v1\/[0-9a-f-]+\/shown%20once/);
  await see(dialog(page), /X-Container-Policy-Versioning: auto/);
  const line = await dialog(page).locator("[data-test=curl]").innerText();
  assert.match(line, /^curl -X PUT 'http.*' -H "X-Auth-Token: \$OS_TOKEN"/);
  const { id } = await site.me("ada");
  const names = async () => (await site.call("ada", "GET", `/pithos/object-store/v1/${id}?format=json`)).map((one) => one.name);
  assert.ok(!(await names()).includes("shown once"));
  let puts = 0;
  page.on("request", (request) => {
    if (request.method() === "PUT" && request.url().includes("shown%20once")) puts += 1;
  });
  const create = dialog(page).getByRole("button", { name: "Create" });
  await create.evaluate((one) => {
    one.click();
    one.click();
    one.click();
  });
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(puts, 1);
  assert.ok((await names()).includes("shown once"));
  await file(site, "ada", "shown once", "leaf.txt", "x");
  await go(page, "/files/shown%20once?open=leaf.txt&tab=share");
  const box = dialog(page).getByLabel("Anybody on the Internet");
  await box.waitFor();
  site.provoke(/status of 503/);
  let answer;
  const answered = new Promise((resolve) => (answer = resolve));
  await page.route("**/leaf.txt?update*", async (route) => {
    await answered;
    await route.fulfill({ status: 503, json: { serviceUnavailable: { code: 503, message: "Not now." } } });
  });
  await box.click();
  assert.ok(await box.isChecked());
  answer();
  await see(dialog(page), "Not now.");
  assert.ok(!(await box.isChecked()));
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("filter, order, page, tab and what is open are in the address; back and forward lead through the views, and the address may be given on (UI-305)", async (site) => {
  for (const name of ["apple.txt", "pear.txt"]) await file(site, "ada", "fruit", name, name);
  await file(site, "ada", "fruit", "apple.txt", "another");
  const page = await site.open("ada", "/files");
  await press(page, "List");
  await page.getByRole("link", { name: "fruit" }).click();
  await row(page, "pear.txt").waitFor();
  await page.getByRole("button", { name: "Size", exact: true }).click();
  await page.getByRole("textbox", { name: "Filter" }).fill("apple");
  await act(page, "apple.txt", "Versions");
  await page.getByRole("tab", { name: "Sharing" }).click();
  await page.waitForURL(/tab=share/);
  const address = page.url();
  for (const part of ["q=apple", "sort=size", "open=apple.txt", "tab=share"]) assert.ok(address.includes(part), `${part} in ${address}`);
  const other = await (await site.window("ada")).newPage();
  await other.goto(address);
  await see(dialog(other), "Nobody else sees this.");
  await dialog(other).getByRole("button", { name: "Close" }).click();
  await row(other, "apple.txt").waitFor();
  assert.equal(await row(other, "pear.txt").count(), 0);
  await other.getByRole("link", { name: "Usage", exact: true }).click();
  await other.getByRole("heading", { level: 1, name: "Usage" }).waitFor();
  await other.goBack();
  await row(other, "apple.txt").waitFor();
  assert.equal(await other.getByRole("textbox", { name: "Filter" }).inputValue(), "apple");
  await other.goForward();
  await other.getByRole("heading", { level: 1, name: "Usage" }).waitFor();
});

test("without a network a banner says so, what was seen stays readable, and nothing can be changed (UI-312)", async (site) => {
  await file(site, "ada", "fruit", "plum.txt", "plum");
  const page = await site.open("ada", "/files/fruit");
  await row(page, "plum.txt").waitFor();
  site.provoke(/ERR_INTERNET_DISCONNECTED/);
  await press(page, "New folder");
  await dialog(page).getByLabel("Name").fill("basket");
  await page.context().setOffline(true);
  await until("the form waits", () => dialog(page).getByRole("button", { name: "Create" }).isDisabled());
  await press(dialog(page), "Cancel");
  await see(page, "There is no network");
  await row(page, "plum.txt").getByRole("checkbox").check();
  assert.ok(await page.locator(".table-tools").getByRole("button", { name: "Move to trash" }).isDisabled());
  await page.context().setOffline(false);
  await page.getByText("There is no network").waitFor({ state: "detached" });
  assert.ok(await page.locator(".table-tools").getByRole("button", { name: "Move to trash" }).isEnabled());
});

test("two minutes before the session ends a notice offers to stay, and the password is asked for in place (UI-313)", async (site) => {
  const context = await site.stranger();
  await site.signIn(context, "ada");
  const page = await context.newPage();
  const soon = async (route) => {
    const answer = await route.fetch();
    const told = await answer.json();
    assert.ok(Date.parse(told.session_ends) > Date.now() + 3_600_000, "the service tells the end");
    await route.fulfill({ response: answer, json: { ...told, session_ends: new Date(Date.now() + 100_000).toISOString() } });
  };
  await page.route("**/ui/session_token", soon);
  await go(page, "/keys");
  await see(page, "Your session ends in 2 minutes");
  await page.unroute("**/ui/session_token", soon);
  await press(page, "Stay signed in");
  await page.locator("#signin-name").fill(site.people.ada.name);
  await page.locator("#signin-password").fill(site.people.ada.password);
  await press(page, "Sign in");
  await page.getByText(/Your session ends/).waitFor({ state: "detached" });
  await see(page, "SSH keys");
  await context.close();
});

test("theme, language, density, columns and the first page follow a person into another browser (UI-318)", async (site) => {
  const one = await site.open("eve", "/account/preferences");
  await one.getByLabel("Theme").last().selectOption("dark");
  await one.getByLabel("Tables").selectOption("comfortable");
  await one.getByLabel("Page to begin with").selectOption("/files");
  await go(one, "/files");
  await press(one, "List");
  await one.getByRole("button", { name: "Columns" }).click();
  await one.getByRole("menuitem", { name: "Hide Project" }).click();
  await one.keyboard.press("Escape");
  await go(one, "/account/preferences");
  await one.locator("#language").selectOption("el");
  await one.getByRole("heading", { level: 1, name: "Προτιμήσεις" }).waitFor();
  const context = await site.stranger();
  await site.signIn(context, "eve");
  const page = await context.newPage();
  await page.goto("/ui/");
  await page.waitForURL(/\/ui\/files$/);
  await page.getByRole("heading", { level: 1, name: "Τα αρχεία μου" }).waitFor();
  assert.match(await page.evaluate(() => document.documentElement.className), /theme-dark/);
  await page.locator("thead th").first().waitFor();
  const heads = await page.locator("thead th").allInnerTexts();
  assert.ok(heads.length > 3 && !heads.some((text) => text.trim() === "Έργο"), heads.join());
  assert.equal(await page.locator("table.pf-m-compact").count(), 0);
  await context.close();
  await one.locator("#language").selectOption("en");
  await one.locator("#start").selectOption("/");
  await one.locator("#theme").selectOption("system");
});

test("while the cloud is read-only every page says so and why (UI-319)", async (site) => {
  const made = await site.call("admin", "POST", "/cloud/v1/notices", { level: "warning", texts: { en: "We move house.", el: "Μετακομίζουμε." }, read_only: true });
  const page = await site.open("ada", "/keys");
  await see(page, "We move house.");
  await see(page, /only be read|read-only|Nothing can be changed/i);
  const refused = await fetch(`${site.url}/pithos/object-store/v1/${(await site.me("ada")).id}/x`, { method: "PUT", headers: { "X-Auth-Token": await site.token("ada") } });
  assert.equal(refused.status, 503);
  const { notices } = await site.call("admin", "GET", "/cloud/v1/notices");
  await site.call("admin", "DELETE", `/cloud/v1/notices/${(made?.id ?? notices[0].id)}`);
  await go(page, "/keys");
  assert.equal(await page.getByText("We move house.").count(), 0);
});

test("the guide opens at what the view is about, and is searched in the application's own words (UI-320)", async (site) => {
  const page = await site.open("ada", "/files");
  await page.locator(".pf-v6-c-masthead").getByRole("link", { name: "Help" }).click();
  await page.waitForURL(/\/help\?about=files/);
  await page.locator("section[aria-current] h2", { hasText: "Files" }).waitFor();
  const hosts = new Set();
  page.on("request", (request) => hosts.add(new URL(request.url()).origin));
  await page.getByRole("textbox", { name: "Search the guide" }).fill("snapshot moment");
  await until("one topic", async () => (await page.locator("#main section[id^=help-]").count()) === 1);
  await see(page, "Disks and snapshots");
  for (const host of hosts) assert.equal(host, site.url);
});

test("on paper there is the content and nothing of the frame (UI-321)", async (site) => {
  const page = await site.open("ada", "/usage");
  await page.getByRole("meter").first().waitFor();
  await page.emulateMedia({ media: "print" });
  for (const hidden of [".pf-v6-c-masthead", ".pf-v6-c-page__sidebar"]) assert.ok(!(await page.locator(hidden).first().isVisible()), hidden);
  assert.ok(await page.getByRole("heading", { level: 1, name: "Usage" }).isVisible());
  const [inner, outer] = await page.evaluate(() => {
    const main = document.querySelector("#main");
    return [main.scrollHeight, main.clientHeight];
  });
  assert.ok(inner <= outer + 1, "all of it is on paper, not a part that scrolls");
  const paper = await page.pdf();
  assert.ok(paper.length > 1000);
  await page.emulateMedia({ media: "screen" });
});
