// Servers: made with the wizard, watched, acted upon, connected to.
import assert from "node:assert/strict";
import { file, image, server, settled } from "./furnish.mjs";
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
  await image(site, "eve", "hello", { OS: "debian", USERS: "root" });
  const page = await site.open("eve", "/servers/new");
  await press(page, "Mine");
  const next = () => page.getByRole("button", { name: "Next", exact: true }).click();
  assert.ok(await page.getByRole("button", { name: "Next", exact: true }).isDisabled());
  await page.getByRole("radio").first().check({ force: true });
  await next();
  await page.waitForURL(/step=flavor/);
  await see(page, /^Left: 4 servers/);
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
  await see(page, /^Left: 4 servers/);
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

test("the way into a server is told: the password that is kept, and a line for SSH; ids, addresses and commands are copied (UI-106, UI-108, UI-316)", async (site) => {
  const id = await server(site, "ada", "reached");
  const page = await site.open("ada", `/servers/${id}/connect`);
  await see(page, "Password of the administrator");
  await see(page, /^ssh \w+@\d+\.\d+\.\d+\.\d+$/);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: site.url });
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await page.bringToFront();
  await page.getByRole("button", { name: /^Copy ssh / }).click();
  await until("the line is copied", async () => /^ssh \w+@/.test(await copied()));
  await go(page, `/servers/${id}/overview`);
  await page.getByRole("button", { name: `Copy ${id}`, exact: true }).click();
  await until("the id is copied", async () => (await copied()) === String(id));
  const { attachments } = await shownServer(site, "ada", id);
  const { ipv4 } = attachments.find((one) => one.ipv4);
  await page.getByRole("button", { name: `Copy ${ipv4}`, exact: true }).first().click();
  await until("the address is copied", async () => (await copied()) === ipv4);
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

test("the address that an OpenStack client shows of a console opens the machine's screen in a browser, once, and stays in no history (CMP-414)", async (site) => {
  const id = await server(site, "ada", "by address");
  const ask = () =>
    site.call("ada", "POST", `/cyclades/compute/v2.1/servers/${id}/remote-consoles`, {
      remote_console: { protocol: "vnc", type: "novnc" },
    }, { headers: { "OpenStack-API-Version": "compute 2.6" } });
  const { url } = (await ask()).remote_console;
  const stranger = await site.stranger();
  const page = await stranger.newPage();
  const answer = await page.goto(url);
  assert.match(answer.headers()["content-security-policy"], /script-src 'self'/);
  await page.locator("[data-state=connected] canvas").waitFor();
  await see(page, "Connected");
  assert.equal(new URL(page.url()).search, "");
  for (const key of ["Ctrl-Alt-Del", "Full screen"]) await page.getByRole("button", { name: key, exact: true }).waitFor();
  site.provoke(/WebSocket|404/, /Failed when connecting|disconnect/i);
  await page.goto(url);
  await see(page, "The console has ended.");
  await stranger.close();
  await remove(site, "ada", id);
});

test("a suspended server says so, offers nothing that is refused, and leads to the contact form with what the staff must know (UI-060)", async (site) => {
  const id = await server(site, "ada", "paused");
  await site.call("admin", "POST", "/admin/v1/server-modify", { server: id, suspended: true });
  const page = await site.open("ada", "/servers?view=table");
  await row(page, "paused").getByRole("button", { name: "Suspended" }).click();
  await see(page, "The staff has suspended this server.");
  await press(dialog(page), "Ask the staff about it");
  const text = await page.getByLabel("Your message").inputValue();
  const { attachments } = await shownServer(site, "ada", id);
  for (const part of [String(id), "paused", attachments.find((one) => one.ipv4).ipv4]) {
    assert.ok(text.includes(part), text);
  }
  await site.call("admin", "POST", "/admin/v1/server-modify", { server: id, suspended: false });
  await remove(site, "ada", id);
});

test("somebody else's image needs trust before it is used, an image for windows takes no keys, and one that is gone is shown so (UI-063, UI-087, UI-098)", async (site) => {
  const { id: ada } = await site.me("ada");
  await file(site, "ada", "pithos", "strange.diskdump", "a disk");
  const made = await site.call("ada", "POST", "/cyclades/image/v1.0/images/", undefined, {
    headers: {
      "X-Image-Meta-Name": "strange",
      "X-Image-Meta-Location": `pithos://${ada}/pithos/strange.diskdump`,
      "X-Image-Meta-Is-Public": "True",
      "X-Image-Meta-Property-OSFAMILY": "windows",
      "X-Image-Meta-Property-OS": "windows",
    },
  });
  const { images } = await site.call("demo", "GET", "/cyclades/compute/v2.0/images/detail");
  const image = images.find((one) => one.name === "strange");
  assert.ok(image, JSON.stringify(made));
  const page = await site.open("demo", "/servers/new");
  const next = page.getByRole("button", { name: "Next", exact: true });
  await press(page, "Public");
  await page.getByRole("radio").first().check({ force: true });
  await see(page, "The image was made by somebody else.");
  assert.ok(await next.isDisabled());
  await page.getByLabel("I trust whoever made this image").check();
  await next.click();
  await next.click();
  await next.click();
  await see(page, "Servers of this image take no SSH keys.");
  const id = await server(site, "demo", "orphan", { imageRef: image.id });
  await site.call("ada", "DELETE", `/cyclades/image/v1.0/images/${image.id}`);
  await go(page, `/servers/${id}/overview`);
  await see(page, "(deleted)");
  await see(page, "(none)");
  await remove(site, "demo", id);
});

test("without room in any project the buttons that make things are off and say why (UI-082, UI-158)", async (site) => {
  const { id } = await site.me("kim");
  const resources = ["cyclades.vm", "cyclades.disk", "cyclades.network.private", "cyclades.floating_ip"];
  await site.call("admin", "POST", "/admin/v1/project-modify", {
    project: id,
    limits: resources.map((resource) => ({ resource, member: 0, project: 0 })),
  });
  for (let at = 0; at < 10; at += 1) {
    await site.call("kim", "POST", `${COMPUTE}/os-keypairs`, { keypair: { name: `key-${at}` } });
  }
  const page = await site.open("kim", "/servers");
  const create = page.getByRole("main").getByRole("link", { name: "Create server" }).first();
  await until("it is off", async () => (await create.getAttribute("aria-disabled")) === "true");
  assert.equal(await create.getAttribute("title"), "None of your projects has room for another server.");
  await go(page, "/volumes");
  const disk = page.getByRole("link", { name: "New disk" }).first();
  await until("it is off", async () => (await disk.getAttribute("aria-disabled")) === "true");
  assert.equal(await disk.getAttribute("title"), "limit reached");
  for (const [path, name] of [["/networks", "New network"], ["/addresses", "New IP address"]]) {
    await go(page, path);
    const button = page.getByRole("button", { name }).first();
    await until(`${name} is off`, () => button.isDisabled());
    assert.equal(await button.getAttribute("title"), "limit reached");
  }
  await go(page, "/keys");
  await see(page, "You have reached the most of 10 keys.");
  assert.ok(await page.getByRole("button", { name: "Add key" }).first().isDisabled());
});

test("who is new is led by the hand: first steps, and empty lists that say what they are for and where to begin (UI-315)", async (site) => {
  const page = await site.open("kim", "/");
  for (const step of ["Add your SSH key", "Make a private network", "Create a server", "Upload files"]) {
    await page.locator(".steps").getByRole("link", { name: step }).waitFor();
  }
  await see(page.locator(".steps li").first(), "done");
  for (const [path, text] of [
    ["/servers", "A server is a virtual machine of your own"],
    ["/volumes", "Each server brings a boot disk"],
    ["/snapshots", "A snapshot keeps what a disk holds"],
    ["/addresses", "An address of your own stays with you"],
    ["/files/pithos", "Drop files here, or use the buttons above."],
    ["/groups", "A group saves you from naming the same people again"],
    ["/projects", "Join one that stands, or ask for one of your own."],
  ]) {
    if (path === "/files/pithos") {
      await go(page, "/files");
      await page.getByRole("link", { name: "pithos" }).first().waitFor();
    }
    await go(page, path);
    await see(page, text);
  }
});
