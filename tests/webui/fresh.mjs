// How the application starts, keeps itself fresh, and says what went wrong.
import assert from "node:assert/strict";
import { project, server } from "./furnish.mjs";
import { act, agree, dialog, go, press, row, see, test, told, unpushed, until } from "./site.mjs";

const COMPUTE = "/cyclades/compute/v2.0";
const NETWORK = "/cyclades/network/v2.0";

test("all lists are asked for at once, what is still loading is told, and the first view is there before any answer (UI-009, UI-010)", async (site) => {
  const context = await site.stranger();
  await site.signIn(context, "ada");
  const page = await context.newPage();
  const held = [];
  const asked = new Set();
  await page.route(/\/(cyclades|astakos\/account)\//, (route) => {
    asked.add(new URL(route.request().url()).pathname);
    return new Promise((go_) => held.push(() => go_(route.continue())));
  });
  await page.goto("/ui/servers/new");
  await page.getByRole("heading", { level: 1, name: "Create server" }).waitFor();
  const wanted = ["/flavors/detail", "/servers/detail", "/images/detail", "/networks/detail", "/floatingips", "/os-keypairs", "/quotas", "/projects"];
  await until("all are asked for", () => wanted.every((one) => [...asked].some((path) => path.endsWith(one))));
  const loads = page.locator("[data-test=loads]");
  for (const word of ["Loading", "sizes", "Servers", "Images", "Networks", "quota", "Projects"]) await see(loads, word);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  for (const free of held) await free();
  await until("nothing is loading", async () => (await loads.innerText()) === "");
  await page.getByRole("radio").first().waitFor();
  await context.close();
});

test("the bar has the logo, the components that the cloud tells, in their order, and the account; it is the application's own; five panes have their titles (UI-001, UI-003, UI-011)", async (site) => {
  const page = await site.open("ada", "/");
  const bar = page.getByRole("navigation", { name: "Services" });
  await bar.getByRole("link").first().waitFor();
  assert.deepEqual(await bar.getByRole("link").allInnerTexts(), ["Dashboard", "Machines", "Files"]);
  await bar.getByRole("link", { name: "Machines" }).click();
  await page.waitForURL(/\/ui\/servers/);
  await page.locator(".logo img").waitFor();
  await page.getByRole("button", { name: /^Account of/ }).waitFor();
  const foreign = await page.evaluate(() =>
    [...document.querySelectorAll("script[src], iframe, link[href]")]
      .map((one) => new URL(one.src || one.href).origin)
      .filter((one) => one !== location.origin),
  );
  assert.deepEqual(foreign, []);
  for (const [name, path] of [["Servers", "servers"], ["Disks", "volumes"], ["Networks", "networks"], ["IP addresses", "addresses"], ["SSH keys", "keys"]]) {
    const pane = page.getByRole("navigation", { name: "Navigation" }).getByRole("link", { name, exact: true });
    assert.equal(await pane.getAttribute("title"), name);
    await pane.click();
    await page.waitForURL(new RegExp(`/ui/${path}`));
  }
  await page.route("**/get_services", (route) =>
    route.fulfill({
      json: [
        { name: "b", url: `${site.url}/ui/keys`, order: 1, cloudbar: { show: true, title: "Second", icon: "/ui/mark.svg" } },
        { name: "hidden", url: "/x", order: 2, cloudbar: { show: false, title: "Hidden" } },
        { name: "wiki", url: "https://wiki.example.org/", order: 3, cloudbar: { show: true, title: "Wiki" } },
      ],
    }),
  );
  await go(page, "/keys");
  await bar.getByRole("link", { name: "Wiki" }).waitFor();
  assert.deepEqual(await bar.getByRole("link").allInnerTexts(), ["Second", "Wiki"]);
  assert.equal(await bar.locator("img").getAttribute("src"), "/ui/mark.svg");
});

test("old addresses lead to where the thing is now (UI-013)", async (site) => {
  const page = await (await site.window("ada")).newPage();
  for (const [old, now] of [
    ["/ui/#machines/icon/", /\/ui\/servers\?view=cards/],
    ["/ui/#disks/", /\/ui\/volumes$/],
    ["/ui/#public-keys/", /\/ui\/keys$/],
    ["/ui/containers/pithos", /\/ui\/files\/pithos$/],
    ["/ui/api_access", /\/ui\/account\/access$/],
    ["/cyclades/ui/#networks/", /\/ui\/networks$/],
    ["/pithos/ui/containers/pithos", /\/ui\/files\/pithos$/],
    ["/helpdesk/vm-7", /\/ui\/staff\/search\?q=vm-7$/],
    ["/admin/ip_log", /\/ui\/staff\/history$/],
  ]) {
    await page.goto("about:blank");
    await page.goto(old);
    await page.waitForURL(now);
  }
});

test("a defect that nobody caught is told, with a report and a reload, unless the settings say no (UI-016)", async (site) => {
  const page = await site.open("ada", "/keys");
  site.provoke(/boom/);
  const boom = () => page.evaluate(() => void setTimeout(() => { throw new Error("boom"); }));
  await boom();
  const told_ = page.getByRole("alertdialog");
  await see(told_, "Something in the application went wrong");
  await see(told_, '"message": "boom"');
  await told_.getByRole("button", { name: "Reload" }).waitFor();
  const [sent] = await Promise.all([
    page.waitForRequest(/feedback$/),
    told_.getByRole("button", { name: "Send report" }).click(),
  ]);
  assert.equal(new URLSearchParams(sent.postData()).get("feedback_msg"), "boom");
  await told_.waitFor({ state: "detached" });
  await told(page, { report_errors: false });
  await go(page, "/keys");
  await boom();
  await page.evaluate(() => new Promise((done) => setTimeout(done, 300)));
  assert.equal(await told_.count(), 0);
});

test("nine lists refresh by themselves where nothing is pushed (UI-019)", async (site) => {
  const context = await site.stranger();
  await site.signIn(context, "bob");
  const pages = [];
  const counts = new Map();
  const lists = {
    servers: /\/servers\/detail/, volumes: /\/volumes\/detail/, networks: /\/networks\/detail/, subnets: /\/subnets/, ports: /\/ports/,
    addresses: /\/floatingips/, keys: /\/os-keypairs/, quota: /\/quotas/, projects: /\/projects(\?|$)/,
  };
  for (const path of ["/addresses", "/networks", "/keys", "/volumes"]) {
    const page = await context.newPage();
    await unpushed(site, page);
    await told(page, { poll: { every: 1, step: 1, steady: 4, most: 2, fast: 1 } });
    page.on("response", (answer) => {
      for (const [name, pattern] of Object.entries(lists)) {
        const key = `${name} ${path}`;
        if (pattern.test(answer.url())) counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    });
    await go(page, path);
    counts.clear();
    pages.push(page);
  }
  await until("each was asked for again and again", () =>
    Object.keys(lists).every((name) => [...counts].some(([key, count]) => key.startsWith(`${name} `) && count >= 3)),
  );
  await context.close();
});

test("a change of one's own is followed by a look at what it touches at once, and by projects a moment after a move (UI-021)", async (site) => {
  const other = await project(site, "bob", "moves.example.org", {
    join_policy: "auto",
    resources: { "cyclades.floating_ip": { member_capacity: 2, project_capacity: 2 } },
  });
  await site.call("bob", "POST", "/astakos/account/v1.0/projects/memberships", { join: { project: other } }, { allow: [409] });
  const page = await site.open("bob", "/addresses");
  await page.getByRole("button", { name: "New IP address" }).first().waitFor();
  const quota = (when) => page.waitForRequest((one) => one.url().endsWith("/quotas"), { timeout: when });
  await press(page, "New IP address");
  await Promise.all([quota(4000), press(dialog(page), "Create")]);
  const address = (await page.locator("tbody tr").first().innerText()).match(/\d+\.\d+\.\d+\.\d+/)[0];
  await act(page, address, "Move to project");
  await dialog(page).locator("#address-project").selectOption(other);
  let moved = 0;
  await Promise.all([
    page.waitForRequest((one) => one.url().endsWith("/action")).then(() => (moved = Date.now())),
    page.waitForRequest((one) => /\/projects\?/.test(one.url())).then(() => assert.ok(moved && Date.now() - moved > 1500)),
    press(dialog(page), "Move to project"),
  ]);
  await act(page, address, "Destroy");
  await Promise.all([quota(4000), agree(page)]);
  await row(page, address).waitFor({ state: "detached" });
});

test("faults queue in one place with a counter, go to the staff with one's words, and nothing is polled until they are read (UI-026, UI-034, UI-035)", async (site) => {
  for (const name of ["one", "two"]) {
    await site.call("ada", "POST", `${COMPUTE}/os-keypairs`, { keypair: { name } }, { allow: [409] });
  }
  const page = await (await site.window("ada")).newPage();
  await unpushed(site, page);
  await told(page, { poll: { every: 1, step: 0, steady: 4, most: 1, fast: 1 } });
  await go(page, "/keys");
  site.provoke(/status of 500/);
  await page.route("**/os-keypairs/*", (route) =>
    route.fulfill({ status: 500, json: { cloudServersFault: { code: 500, message: `No ${route.request().url().split("/").at(-1)}.` } } }),
  );
  for (const name of ["one", "two"]) {
    await act(page, name, "Delete");
    await agree(page);
  }
  const fault = page.locator("[data-test=fault]");
  await see(fault, "1 of 2:");
  await see(fault, "No one.");
  await fault.getByRole("button", { name: "Next" }).click();
  await see(fault, "2 of 2:");
  await see(fault, "No two.");
  await fault.getByRole("button", { name: "Previous" }).click();
  let looks = 0;
  page.on("request", (request) => {
    if (/os-keypairs$/.test(request.url())) looks += 1;
  });
  await page.evaluate(() => new Promise((done) => setTimeout(done, 2500)));
  assert.equal(looks, 0, "nothing is polled");
  await fault.getByRole("button", { name: "Reload" }).waitFor();
  await fault.getByRole("button", { name: "Send report" }).click();
  await dialog(page).getByLabel("What were you doing?").fill("deleting keys");
  await see(dialog(page), '"message": "No two."');
  const [sent] = await Promise.all([page.waitForRequest(/feedback$/), press(dialog(page), "Send")]);
  const said = new URLSearchParams(sent.postData());
  assert.equal(said.get("feedback_msg"), "deleting keys");
  assert.deepEqual(JSON.parse(said.get("feedback_data")).errors.map((one) => [one.status, one.message]), [[500, "No one."], [500, "No two."]]);
  for (const left of [1, 0]) {
    await fault.getByRole("button", { name: "Close" }).click();
    await until("it is gone", async () => (await fault.count()) === (left ? 1 : 0));
  }
  await until("it is looked again", () => looks > 1);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  for (const name of ["one", "two"]) await site.call("ada", "DELETE", `${COMPUTE}/os-keypairs/${name}`);
});

test("what cannot be undone may wait for others: it is counted by kind in a bar, and confirmed or cancelled there together (UI-038, UI-039)", async (site) => {
  const { network } = await site.call("ada", "POST", `${NETWORK}/networks`, { network: { name: "waiting net", type: "MAC_FILTERED" } });
  for (const name of ["first key", "second key"]) {
    await site.call("ada", "POST", `${COMPUTE}/os-keypairs`, { keypair: { name } }, { allow: [409] });
  }
  const page = await site.open("ada", "/keys");
  const bar = page.getByRole("region", { name: "Waits to be confirmed" });
  for (const name of ["first key", "second key"]) {
    await act(page, name, "Delete");
    await dialog(page).locator("[data-test=wait]").click();
  }
  await see(bar, "2 keys");
  await page.getByRole("link", { name: "Networks", exact: true }).click();
  await act(page, "waiting net", "Destroy");
  await dialog(page).locator("[data-test=wait]").click();
  await see(bar, "1 network");
  await bar.locator("[data-kind=network]").getByRole("button", { name: "Cancel all" }).click();
  await bar.getByText("1 network").waitFor({ state: "detached" });
  await row(page, "waiting net").waitFor();
  await bar.locator("[data-kind=key]").getByRole("button", { name: "Confirm all" }).click();
  await bar.waitFor({ state: "detached" });
  await until("both keys are gone", async () => {
    const { keypairs } = await site.call("ada", "GET", `${COMPUTE}/os-keypairs`);
    return !keypairs.some((one) => /key$/.test(one.keypair.name));
  });
  await site.call("ada", "DELETE", `${NETWORK}/networks/${network.id}`);
});

test("a server's action waits on the spot in its card and in a bar below the list, is forgotten with the view, and when it fails marks its server (UI-038, UI-040, UI-042, UI-044)", async (site) => {
  const ids = [await server(site, "ada", "calm one"), await server(site, "ada", "calm two")];
  const page = await site.open("ada", "/servers?view=cards");
  const bar = page.getByRole("region", { name: "Waits to be confirmed" });
  const card = (name) => page.locator(".pf-v6-c-card", { hasText: name });
  const wait = async (name) => {
    await card(name).getByRole("button", { name: "Shut down", exact: true }).first().click();
    await dialog(page).locator("[data-test=wait]").click();
    await see(card(name), "Waits: Shut down");
  };
  await wait("calm one");
  assert.equal(await bar.count(), 0, "one alone stands in its card");
  await wait("calm two");
  await see(bar, "2 servers");
  await card("calm two").locator(".waiting").getByRole("button", { name: "Cancel" }).click();
  await bar.waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Networks", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Networks" }).waitFor();
  await go(page, "/servers?view=table");
  await row(page, "calm one").waitFor();
  assert.equal(await bar.count(), 0);
  await act(page, "calm one", "Shut down");
  await dialog(page).locator("[data-test=wait]").click();
  await see(bar, "1 server");
  site.provoke(/status of 409/);
  await page.route("**/servers/*/action", (route) =>
    route.fulfill({ status: 409, json: { buildInProgress: { code: 409, message: "Not now.", details: "line 3" } } }),
  );
  await bar.getByRole("button", { name: "Confirm all" }).click();
  const mark = row(page, "calm one").locator(".failure");
  for (const text of ["Shut down", "409", "Not now."]) await see(mark, text);
  await mark.getByRole("button", { name: "Details" }).first().click();
  await mark.getByRole("button", { name: "Dismiss" }).click();
  await mark.waitFor({ state: "detached" });
  await page.unrouteAll({ behavior: "ignoreErrors" });
  for (const id of ids) await site.call("ada", "DELETE", `${COMPUTE}/servers/${id}`);
});
