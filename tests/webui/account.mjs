// Oneself: profile, secrets for programs, words to the staff.
import assert from "node:assert/strict";
import { project } from "./furnish.mjs";
import { agree, dialog, go, press, saved, see, test, until } from "./site.mjs";

const ACCOUNT = "/astakos/account/v1.0";

test("opening one's profile changes nothing; names are changed on purpose (UI-239)", async (site) => {
  await site.window("bob");
  await site.me("bob");
  const before = await site.me("bob");
  const page = await site.open("bob", "/account/profile");
  await page.getByLabel("First name").waitFor();
  assert.deepEqual(await site.me("bob"), before);
  await page.getByLabel("First name").fill("Robert");
  await page.locator("form", { has: page.getByLabel("First name") }).getByRole("button", { name: "Save" }).click();
  await see(page, "Saved");
  assert.equal((await site.me("bob")).first_name, "Robert");
  await page.getByLabel("First name").fill("Bob");
  await page.locator("form", { has: page.getByLabel("First name") }).getByRole("button", { name: "Save" }).click();
  await until("the name is back", async () => (await site.me("bob")).first_name === "Bob");
});

test("a new password needs the old one and the same text twice, and this window goes on", async (site) => {
  const context = await site.stranger();
  await site.signIn(context, "eve");
  const page = await context.newPage();
  await go(page, "/account/profile");
  const change = page.locator("form", { has: page.getByLabel("Password of now") }).getByRole("button", { name: "Change" });
  await page.getByLabel("Password of now").fill("wrong");
  await page.getByLabel("New password", { exact: true }).fill("a much better secret");
  await page.getByLabel("New password again").fill("a much better");
  await see(page, "The two differ.");
  assert.ok(await change.isDisabled());
  await page.getByLabel("New password again").fill("a much better secret");
  site.provoke(/status of 403/);
  await change.click();
  await see(page, "This is not permitted");
  await page.getByLabel("Password of now").fill(site.people.eve.password);
  await change.click();
  await see(page, "The password is changed.");
  site.people.eve.password = "a much better secret";
  site.tokens.delete("eve");
  assert.equal((await site.me("eve")).email, site.people.eve.name);
  await context.close();
});

test("tokens have a label and a life, are shown once, listed with last use and address, and revoked singly (UI-242)", async (site) => {
  const page = await site.open("bob", "/account/access");
  await press(page, "New token");
  await dialog(page).getByLabel("Label").fill("backup at home");
  await dialog(page).getByLabel("Lives for").selectOption({ label: "a day" });
  await press(dialog(page), "Create");
  const token = await dialog(page).getByRole("textbox", { name: "Token" }).inputValue();
  const me = await (await fetch(`${site.url}${ACCOUNT}/me`, { headers: { "X-Auth-Token": token } })).json();
  assert.equal(me.email, site.people.bob.name);
  await press(dialog(page), "Done");
  const line = page.locator("tr", { hasText: "backup at home" });
  await line.waitFor();
  assert.ok(!(await page.content()).includes(token));
  await page.reload();
  await see(line, /now|never/);
  await page.route("**/me/tokens", async (route) => {
    const answer = await route.fetch();
    const { tokens } = await answer.json();
    const used = { last_used: new Date(Date.now() - 7_200_000).toISOString(), address: "192.0.2.77" };
    await route.fulfill({ response: answer, json: { tokens: tokens.map((one) => (one.label === "backup at home" ? { ...one, ...used } : one)) } });
  });
  await page.reload();
  for (const text of ["2 hours ago", "192.0.2.77"]) await see(line, text);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await line.getByRole("button", { name: "Revoke" }).click();
  await agree(page);
  await line.waitFor({ state: "detached" });
  assert.equal((await fetch(`${site.url}${ACCOUNT}/me`, { headers: { "X-Auth-Token": token } })).status, 401);
});

test("all tokens are renewed at once after a question, and the page goes on with its session (UI-241, UI-242)", async (site) => {
  const context = await site.stranger();
  await site.signIn(context, "kim");
  const old = await site.token("kim");
  const page = await context.newPage();
  await go(page, "/account/access");
  for (const name of ["Client: kamaki", "Client: OpenStackClient", "Guide"]) await page.getByRole("link", { name }).waitFor();
  await see(page, "The token of this page ends");
  await see(page, "a token as password");
  const { id } = await site.me("kim");
  await press(page, "Renew all");
  site.provoke(/status of 401/);
  await agree(page);
  const token = await dialog(page).getByRole("textbox", { name: "Token" }).inputValue();
  const status = async (given) => (await fetch(`${site.url}${ACCOUNT}/me`, { headers: { "X-Auth-Token": given } })).status;
  assert.deepEqual([await status(old), await status(token)], [401, 200]);
  const basic = await fetch(`${site.url}/astakos/identity/v2.0/tokens`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ auth: { passwordCredentials: { username: id, password: token } } }),
  });
  assert.equal(basic.status, 200);
  await press(dialog(page), "Done");
  await page.locator("tr", { hasText: "renewed" }).waitFor();
  site.tokens.delete("kim");
  await context.close();
});

test("addresses are shown to copy, and files for kamaki, OpenStack's clients and rclone hold working secrets (UI-241)", async (site) => {
  const page = await site.open("bob", "/account/access");
  await see(page, `${site.url}/astakos/identity/v2.0`);
  const kamaki = await saved(page, () => press(page, ".kamakirc"));
  assert.match(kamaki.name, /kamakirc$/);
  const text = kamaki.content.toString();
  assert.match(text, /\[global\]\ndefault_cloud = synnefo\n\n\[cloud "synnefo"\]\nurl = http.*\/identity\/v2.0\ntoken = \S+\n/);
  const token = text.match(/token = (\S+)/)[1];
  assert.equal((await fetch(`${site.url}${ACCOUNT}/me`, { headers: { "X-Auth-Token": token } })).status, 200);
  const secrets = [];
  for (const [button, pattern] of [
    ["clouds.yaml", /application_credential_id: (\S+)\n\s+application_credential_secret: (\S+)/],
    ["openrc", /CREDENTIAL_ID=(\S+)\nexport OS_APPLICATION_CREDENTIAL_SECRET=(\S+)/],
    ["rclone.conf", /application_credential_id = (\S+)\napplication_credential_secret = (\S+)/],
  ]) {
    const file = await saved(page, () => press(page, button));
    secrets.push(file.content.toString().match(pattern).slice(1));
  }
  for (const [id, secret] of secrets) {
    const answer = await fetch(`${site.url}/astakos/identity/v3/auth/tokens`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ auth: { identity: { methods: ["application_credential"], application_credential: { id, secret } } } }),
    });
    assert.equal(answer.status, 201);
  }
});

test("an application credential is made with roles, an end and access rules that hold, its secret shown once, and revoked (UI-244)", async (site) => {
  const page = await site.open("bob", "/account/access");
  await press(page, "New credential");
  await dialog(page).getByLabel("Name").fill("night job");
  await dialog(page).getByLabel("Expires").fill("2090-01-01");
  await dialog(page).getByRole("checkbox", { name: "reader", exact: true }).check();
  for (const path of ["/v2.1/os-keypairs", "/v2.1/flavors"]) {
    await press(dialog(page), "Add rule");
    await dialog(page).getByLabel("Path").last().fill(path);
  }
  await dialog(page).getByRole("button", { name: "Remove rule" }).last().click();
  await press(dialog(page), "Create");
  const secret = await dialog(page).getByRole("textbox", { name: "Secret" }).inputValue();
  assert.ok(secret.length > 10);
  await press(dialog(page), "Done");
  const line = page.locator("li", { hasText: "night job" });
  for (const text of ["Jan 1, 2090", "reader", "GET compute /v2.1/os-keypairs"]) await see(line, text);
  const { id: me } = await site.me("bob");
  const kept = await site.call("bob", "GET", `/astakos/identity/v3/users/${me}/application_credentials`);
  const night = kept.application_credentials.find((one) => one.name === "night job");
  assert.deepEqual(night.roles.map((one) => one.name), ["reader"]);
  const got = await fetch(`${site.url}/astakos/identity/v3/auth/tokens`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ auth: { identity: { methods: ["application_credential"], application_credential: { id: night.id, secret } } } }),
  });
  const headers = { "X-Auth-Token": got.headers.get("X-Subject-Token") };
  const status = async (path) => (await fetch(`${site.url}/cyclades/compute/v2.1/${path}`, { headers })).status;
  assert.deepEqual([await status("os-keypairs"), await status("flavors")], [200, 403]);
  await line.getByRole("button", { name: "Revoke" }).click();
  await agree(page);
  await line.waitFor({ state: "detached" });
});

test("a message reaches the staff; a blank one is not sent, and what goes with it is shown (UI-036, UI-037, UI-250)", async (site) => {
  const page = await site.open("bob", "/contact?from=/servers");
  const send = page.getByRole("button", { name: "Send", exact: true });
  assert.ok(await send.isDisabled());
  await page.getByLabel("Your message").fill("   ");
  assert.ok(await send.isDisabled());
  await page.getByLabel("Your message").fill("All is well.");
  const shown = await page.locator("#contact-data").innerText();
  const [request] = await Promise.all([page.waitForRequest(/\/feedback$/), send.click()]);
  await see(page, "Thank you.");
  const form = new URLSearchParams(request.postData());
  assert.equal(form.get("feedback_msg"), "All is well.");
  assert.deepEqual(JSON.parse(form.get("feedback_data")), JSON.parse(shown));
  assert.ok(!request.postData().includes(request.headers()["x-auth-token"]));
});

test("the project that new things belong to is chosen among one's own (UI-252)", async (site) => {
  const id = await project(site, "bob", "chosen.example.org", { join_policy: "auto" });
  await site.call("bob", "POST", `${ACCOUNT}/projects/memberships`, { join: { project: id } }, { allow: [409] });
  const { default_project: before } = await site.me("bob");
  const page = await site.open("bob", "/account/profile");
  const choice = page.locator("#default-project");
  await choice.selectOption(id);
  await page.locator("form", { has: choice }).getByRole("button", { name: "Save" }).click();
  await until("it is kept", async () => (await site.me("bob")).default_project === id);
  await choice.selectOption(before);
  await page.locator("form", { has: choice }).getByRole("button", { name: "Save" }).click();
  await until("it is back", async () => (await site.me("bob")).default_project === before);
});

test("people are invited as long as one may, and whoever came is marked (UI-251)", async (site) => {
  await site.call("admin", "POST", "/admin/v1/user-modify", { user: site.people.bob.name, invitations: 2 });
  const page = await site.open("bob", "/account/profile");
  await page.getByRole("link", { name: "You have 2 left." }).click();
  await page.getByRole("heading", { level: 1, name: "Invitations" }).waitFor();
  const send = page.getByRole("button", { name: "Invite", exact: true });
  assert.ok(await send.isDisabled());
  await page.getByLabel("Name").fill("Grace Hopper");
  await page.getByLabel("E-mail").fill("grace@example.org");
  await send.click();
  await see(page, "You have one left.");
  const line = page.locator("li", { hasText: "grace@example.org" });
  await see(line, "Not yet accepted");
  await page.route("**/me/invitations", async (route) => {
    const answer = await route.fetch();
    const told = await answer.json();
    await route.fulfill({ response: answer, json: { left: 0, invitations: told.invitations.map((one) => ({ ...one, consumed: "2030-01-01T00:00:00+00:00" })) } });
  });
  await page.reload();
  await see(page.locator("li", { hasText: "grace@example.org" }), "Accepted");
  await page.getByLabel("Name").fill("Another");
  await page.getByLabel("E-mail").fill("another@example.org");
  assert.ok(await page.getByRole("button", { name: "Invite", exact: true }).isDisabled());
});

test("the overview has a block for each service, as the settings present and order them (UI-223)", async (site) => {
  const page = await site.open("bob", "/");
  const blocks = page.locator("[data-service]");
  await blocks.first().waitFor();
  const told = await (await fetch(`${site.url}/astakos/ui/get_services`)).json();
  const wanted = told.filter((one) => one.dashboard.show).sort((a, b) => a.dashboard.order - b.dashboard.order).map((one) => one.name);
  assert.deepEqual(await blocks.evaluateAll((all) => all.map((one) => one.dataset.service)), wanted);
  const picture = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";
  await page.route("**/get_services", (route) =>
    route.fulfill({
      json: [
        { name: "b", url: "/ui/files", verbose_name: "Second", cloudbar: { show: true, title: "Second" }, order: 2, dashboard: { show: true, order: 2, description: "Words about it", icon: picture } },
        { name: "a", url: "/ui/keys", verbose_name: "First", cloudbar: { show: false }, order: 1, dashboard: { show: true, order: 1, description: "" } },
        { name: "c", url: "/x", verbose_name: "Hidden", cloudbar: { show: false }, order: 3, dashboard: { show: false, order: 0, description: "" } },
      ],
    }),
  );
  await page.reload();
  await see(page, "Words about it");
  assert.deepEqual(await blocks.evaluateAll((all) => all.map((one) => one.dataset.service)), ["a", "b"]);
  assert.ok((await page.locator("[data-service=b] img").getAttribute("src")).startsWith("data:"));
  assert.equal(await page.locator("[data-service=b]").getByRole("link", { name: "Second" }).getAttribute("href"), "/ui/files");
});
