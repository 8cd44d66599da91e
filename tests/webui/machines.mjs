// Servers: made with the wizard, watched, acted upon, connected to.
import assert from "node:assert/strict";
import { server, settled } from "./furnish.mjs";
import { act, agree, dialog, go, press, row, see, test, until } from "./site.mjs";

const COMPUTE = "/cyclades/compute/v2.0";
const shownServer = (site, who, id) => site.call(who, "GET", `${COMPUTE}/servers/${id}`).then((body) => body.server);

async function remove(site, who, ...ids) {
  for (const id of ids) await site.call(who, "DELETE", `${COMPUTE}/servers/${id}`, undefined, { allow: [404] });
}

test("who has no servers is welcomed and pointed to the button that makes one (UI-015)", async (site) => {
  const page = await site.open("eve", "/servers");
  await see(page, "No servers yet");
  await see(page, "A server is a virtual machine of your own");
  await page.getByRole("main").getByRole("link", { name: "Create server" }).last().click();
  await page.waitForURL(/servers\/new/);
});

test("a server is made in five steps that keep what was chosen; it is built before one's eyes and its password is told (UI-083, UI-101, UI-104)", async (site) => {
  await site.call("eve", "POST", `${COMPUTE}/os-keypairs`, {
    keypair: { name: "laptop", public_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFb0mQO0mYcmMWmMDMy0RKZkqQ0mQO0mYcmMWmMDMy0R eve" },
  });
  const page = await site.open("eve", "/servers/new");
  const next = () => page.getByRole("button", { name: "Next", exact: true }).click();
  assert.ok(await page.getByRole("button", { name: "Next", exact: true }).isDisabled());
  await page.getByRole("radio").first().check({ force: true });
  await next();
  await page.waitForURL(/step=flavor/);
  await see(page, "Left: 4 servers");
  await next();
  await page.getByRole("checkbox", { name: "Internet" }).waitFor();
  await next();
  const name = page.locator("#server-name");
  assert.match(await name.inputValue(), /^My hello server/);
  await name.fill("");
  await see(page, "This is needed.");
  assert.ok(await page.getByRole("button", { name: "Next", exact: true }).isDisabled());
  await name.fill("first born");
  await page.getByRole("checkbox", { name: "laptop" }).check();
  await next();
  const facts = page.locator("dl");
  for (const text of ["first born", "hello", "My own project", "1 CPU", "laptop", "Internet"]) await see(facts, text);
  await press(page, "Back");
  assert.equal(await name.inputValue(), "first born");
  await page.getByRole("button", { name: /Size/ }).first().click();
  await see(page, "Left: 4 servers");
  await page.getByRole("button", { name: /Confirm/ }).first().click();
  const asked = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && /\/servers$/.test(request.url())) asked.push(request.postDataJSON());
  });
  await page.getByRole("button", { name: "Create server", exact: true }).dblclick();
  await see(page, "Your server is being built");
  assert.equal(asked.length, 1);
  const wish = asked[0].server;
  assert.equal(wish.name, "first born");
  assert.deepEqual(wish["SNF:key_names"], ["laptop"]);
  for (const key of ["imageRef", "flavorRef", "metadata", "project"]) assert.ok(key in wish, key);
  await see(page, "Password of the administrator");
  const id = await until("it is listed", async () => {
    const { servers } = await site.call("eve", "GET", `${COMPUTE}/servers`);
    return servers.find((one) => one.name === "first born")?.id;
  });
  await press(page, "Go on");
  await see(page, "Running");
  // Kept until it is written down.
  await page.getByRole("tab", { name: "Connect" }).click();
  await press(page, "I have written it down");
  await see(page, "The password is deleted here.");
  await page.getByRole("button", { name: "I have written it down" }).waitFor({ state: "detached" });
  await page.reload();
  await page.getByRole("tab", { name: "Connect" }).waitFor();
  await see(page, /ssh \S+@/);
  assert.equal(await page.getByRole("button", { name: "I have written it down" }).count(), 0);
  await remove(site, "eve", id);
});

test("servers stand as a table or as cards in two groups, the view is remembered, and what happens elsewhere shows without a reload (UI-024, UI-028, UI-045)", async (site) => {
  const id = await server(site, "ada", "lively");
  const page = await site.open("ada", "/servers?view=table");
  await see(row(page, "lively"), "Running");
  await page.getByRole("button", { name: "Cards" }).click();
  await see(page, "Running (1)");
  await site.call("ada", "POST", `${COMPUTE}/servers/${id}/action`, { shutdown: {} });
  await see(page, "Not running (1)");
  await go(page, "/keys");
  await go(page, "/servers");
  await see(page, "Not running (1)");
  await page.getByRole("button", { name: "Table" }).click();
  await remove(site, "ada", id);
  await row(page, "lively").waitFor({ state: "detached" });
});

test("without the channel that pushes changes the screen is kept fresh by asking (UI-024, UI-028)", async (site) => {
  const id = await server(site, "ada", "polled");
  const context = await site.stranger();
  await site.signIn(context, "ada");
  const page = await context.newPage();
  site.provoke(/ERR_FAILED/);
  await page.route("**/cloud/v1/events", (route) => route.abort());
  await go(page, "/servers?view=table");
  await see(row(page, "polled"), "Running");
  await site.call("ada", "POST", `${COMPUTE}/servers/${id}/action`, { shutdown: {} });
  await see(row(page, "polled"), "Stopped");
  await remove(site, "ada", id);
  await row(page, "polled").waitFor({ state: "detached" });
  await context.close();
});

test("actions for many at once are those that all of the selection offer; each is confirmed once (UI-057)", async (site) => {
  const ids = [await server(site, "ada", "twin one"), await server(site, "ada", "twin two")];
  const page = await site.open("ada", "/servers?view=table");
  await row(page, "twin two").waitFor();
  await page.getByRole("textbox", { name: "Filter" }).fill("twin");
  for (const name of ["twin one", "twin two"]) await row(page, name).getByRole("checkbox").check();
  assert.ok(await page.getByRole("button", { name: "Start", exact: true }).isDisabled());
  await press(page, "Shut down");
  await see(dialog(page), "Shut down: 2 servers?");
  await agree(page);
  await see(row(page, "twin one"), "Stopped");
  await see(row(page, "twin two"), "Stopped");
  await row(page, "twin one").getByRole("checkbox").check();
  await row(page, "twin two").getByRole("checkbox").uncheck();
  await press(page, "Start");
  await see(row(page, "twin one"), "Running");
  await row(page, "twin two").getByRole("checkbox").check();
  for (const action of ["Start", "Shut down", "Reboot"]) {
    assert.ok(await page.getByRole("button", { name: action, exact: true }).isDisabled(), action);
  }
  await page.getByRole("button", { name: "Name", exact: true }).click();
  await page.waitForURL(/sort=-name/);
  assert.match(await page.locator("tbody tr").first().innerText(), /twin two/);
  await press(page, "Destroy");
  await agree(page);
  await row(page, "twin one").waitFor({ state: "detached" });
  await row(page, "twin two").waitFor({ state: "detached" });
  await until("both are gone", async () => (await site.call("ada", "GET", `${COMPUTE}/servers`)).servers.every((one) => !ids.includes(one.id)));
});

test("one server has its facts, its disks, its ports, its log and its history, each by address, and is renamed in place (UI-031, UI-048, UI-055)", async (site) => {
  const id = await server(site, "ada", "single");
  const page = await site.open("ada", `/servers/${id}/overview`);
  await see(page, "ext_archipelago");
  await press(page, "Rename");
  await page.getByRole("textbox", { name: "Name" }).fill("mistake");
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { level: 1, name: "single" }).waitFor();
  await press(page, "Rename");
  await page.getByRole("textbox", { name: "Name" }).fill("solitary");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "solitary" }).waitFor();
  await page.getByRole("tab", { name: "History" }).click();
  await page.waitForURL(/\/history$/);
  await page.locator("li", { hasText: "create" }).first().waitFor();
  let asked = 0;
  page.on("request", (request) => {
    if (request.url().includes("diagnostics")) asked += 1;
  });
  await page.getByRole("tab", { name: "Build log" }).click();
  await until("the log is asked for again and again", () => asked >= 3);
  await page.getByRole("tab", { name: "Disks" }).click();
  await see(page, "Boot disk");
  await remove(site, "ada", id);
});

test("destroying a server with disks lists them and asks for its name (UI-043)", async (site) => {
  const id = await server(site, "ada", "doomed");
  const page = await site.open("ada", "/servers?view=table");
  await act(page, "doomed", "Destroy");
  await see(dialog(page), "These disks are destroyed with it:");
  await see(dialog(page), "1 GiB");
  const yes = dialog(page).locator("[data-test=confirm]");
  assert.ok(await yes.isDisabled());
  await dialog(page).locator("#confirm-typed").fill("doom");
  assert.ok(await yes.isDisabled());
  await agree(page, "doomed");
  await row(page, "doomed").waitFor({ state: "detached" });
  assert.ok(id);
});

test("a running server is shut down first, then resized; a hard reboot is offered beside the soft one (UI-072, UI-074)", async (site) => {
  const id = await server(site, "ada", "growing");
  const page = await site.open("ada", `/servers/${id}/overview`);
  await press(page, "Actions");
  const [request] = await Promise.all([
    page.waitForRequest((one) => one.url().endsWith("/action")),
    (async () => {
      await page.getByRole("menuitem", { name: "Reboot hard" }).click();
      await agree(page);
    })(),
  ]);
  assert.deepEqual(request.postDataJSON(), { reboot: { type: "HARD" } });
  await settled(site, "ada", id);
  await see(page, "Running");
  await press(page, "Actions");
  await page.getByRole("menuitem", { name: "Resize" }).click();
  await see(dialog(page), "The server has to be shut down first.");
  await see(dialog(page), /Left in the project: \d+ processors/);
  await dialog(page).getByRole("button", { name: "Shut down" }).click();
  await agree(page);
  await settled(site, "ada", id, "STOPPED");
  await dialog(page).getByText("The server has to be shut down first.").waitFor({ state: "detached" });
  assert.ok((await dialog(page).locator("option").count()) >= 1);
  await remove(site, "ada", id);
});

test("tags of both kinds are added, changed and taken away (UI-079)", async (site) => {
  const id = await server(site, "ada", "tagged");
  const page = await site.open("ada", `/servers/${id}/tags`);
  const suggested = await page.locator("#suggested-keys option").evaluateAll((all) => all.map((one) => one.value));
  assert.ok(["Owner", "Role", "users", "hostname"].every((one) => suggested.includes(one)));
  const key = page.getByRole("combobox", { name: "Key" }).or(page.getByRole("textbox", { name: "Key" }));
  assert.ok(await page.getByRole("button", { name: "Add", exact: true }).first().isDisabled());
  await key.fill("Role");
  await page.getByRole("textbox", { name: "Value", exact: true }).fill("web");
  await page.keyboard.press("Enter");
  const pair = page.locator("tr", { hasText: "Role" });
  await see(pair, "web");
  await pair.getByRole("button", { name: "Edit" }).click();
  await page.getByRole("textbox", { name: "Value of Role" }).fill("lost");
  await page.keyboard.press("Escape");
  await see(pair, "web");
  await pair.getByRole("button", { name: "Edit" }).click();
  await page.getByRole("textbox", { name: "Value of Role" }).fill("mail");
  await page.keyboard.press("Enter");
  await see(pair, "mail");
  assert.equal((await shownServer(site, "ada", id)).metadata.Role, "mail");
  await pair.getByRole("button", { name: "Remove" }).click();
  await pair.waitFor({ state: "detached" });
  await page.getByRole("textbox", { name: "New tag" }).fill("blue");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Remove tag blue" }).click(); // once the cluster has it
  await page.getByRole("button", { name: "Remove tag blue" }).waitFor({ state: "detached" });
  await remove(site, "ada", id);
});

test("the way into a server is told: the password that is kept, and a line for SSH to copy (UI-106, UI-108)", async (site) => {
  const id = await server(site, "ada", "reached");
  const page = await site.open("ada", `/servers/${id}/connect`);
  await see(page, "Password of the administrator");
  await see(page, /^ssh \w+@\d+\.\d+\.\d+\.\d+$/);
  await page.getByRole("button", { name: /^Copy ssh / }).waitFor();
  await remove(site, "ada", id);
});

test("the console opens in a window of its own, draws the machine's screen, and its secret is in no address of a page (UI-114, UI-116)", async (site) => {
  const id = await server(site, "ada", "seen");
  const page = await site.open("ada", `/servers/${id}/overview`);
  const [console_] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("button", { name: "Console", exact: true }).click(),
  ]);
  await see(console_, "seen");
  await see(console_, "The console is for trouble.");
  const { "SNF:fqdn": host } = await shownServer(site, "ada", id);
  await see(console_, host);
  await console_.locator("[data-state=connected] canvas").waitFor();
  await until("something is drawn", () =>
    console_.locator("canvas").evaluate((canvas) => canvas.width > 0 && canvas.height > 0),
  );
  assert.equal(new URL(console_.url()).search, "");
  for (const key of ["Ctrl-Alt-Del", "Ctrl", "Alt", "Enter", "Full screen"]) {
    await console_.getByRole("button", { name: key, exact: true }).waitFor();
  }
  await press(console_, "Connect again");
  await console_.locator("[data-state=connected] canvas").waitFor();
  await remove(site, "ada", id);
});
