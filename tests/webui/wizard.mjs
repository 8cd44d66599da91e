// The wizard of servers, step by step, and the way into what it made.
import assert from "node:assert/strict";
import { image, project, server, settled } from "./furnish.mjs";
import { go, press, see, test, told, until } from "./site.mjs";

const COMPUTE = "/cyclades/compute/v2.0";
const NETWORK = "/cyclades/network/v2.0";
const next = (page) => page.getByRole("button", { name: "Next", exact: true }).click();
const choices = (page) => page.locator(".choice-grid .pf-v6-c-card");

test("images stand by kind and in sections, snapshots likewise; each has its sign, owner, size and words, all its facts beside it, and what is not ready cannot be chosen (UI-084, UI-085, UI-086, UI-088)", async (site) => {
  await image(site, "bob", "telescope", { OS: "debian", OSFAMILY: "linux", USERS: "root astro", KERNEL: "6.1", GUI: "none", DESCRIPTION: "Looks up", ROOT_PARTITION: "1", LISTING_SECTION: "Science", LENS: "f8" }, true);
  await image(site, "bob", "notebook", { OS: "ubuntu" });
  const mine = (await site.me("ada")).id;
  const page = await (await site.window("ada")).newPage();
  await told(page, { listing_users: [site.people.bob.name], image_help: "https://guide.example.org/images" });
  await page.route("**/images/detail", async (route) => {
    const response = await route.fetch();
    const { images } = await response.json();
    const some = { ...images[0], owner: mine, is_public: false, is_snapshot: true };
    await route.fulfill({
      response,
      json: { images: [...images, { ...some, id: "snap-1", name: "good snap" }, { ...some, id: "snap-2", name: "bad snap", status: "UNAVAILABLE" }] },
    });
  });
  await go(page, "/servers/new");
  await see(choices(page).first(), "hello");
  assert.equal(await choices(page).filter({ hasText: "telescope" }).count(), 0);
  await press(page, "Mine");
  await page.getByRole("link", { name: "How to make your own" }).waitFor();
  assert.equal(await page.getByRole("link", { name: "How to make your own" }).getAttribute("href"), "https://guide.example.org/images");
  await press(page, "Shared with me");
  await press(page, "Public");
  assert.equal(await choices(page).filter({ hasText: "telescope" }).count(), 0, "it has a section");
  await press(page, "Science");
  const card = choices(page).filter({ hasText: "telescope" });
  await card.locator("[data-os=debian]").waitFor();
  for (const text of [site.people.bob.name, "6 B", "Looks up"]) await see(card, text);
  await card.getByRole("radio").check({ force: true });
  const facts = page.getByRole("region", { name: "Details of the image" });
  const terms = await facts.locator("dt").allInnerTexts();
  for (const term of ["Owner", "Operating system", "Kernel", "Desktop", "Size", "Users", "OS family", "Status", "Created", "Changed", "File", "Format", "Root partition", "lens (custom)"]) {
    assert.ok(terms.some((one) => one.trim() === term), `${term} of ${terms}`);
  }
  for (const text of ["root astro", "6.1", "f8", "telescope.diskdump"]) await see(facts, text);
  await press(page, "Snapshots");
  await press(page, "Mine");
  await choices(page).filter({ hasText: "good snap" }).waitFor();
  assert.ok(await choices(page).filter({ hasText: "bad snap" }).getByRole("radio").isDisabled());
  await told(page, { snapshots: false });
  await go(page, "/servers/new");
  await choices(page).first().waitFor();
  assert.equal(await page.getByRole("button", { name: "Snapshots", exact: true }).count(), 0);
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("the size is whose and how large: projects with what is left, sizes for one click, four lists that stay possible, hidden flavors, words for storage (UI-089, UI-090, UI-091, UI-092, UI-093)", async (site) => {
  const tiny = await project(site, "ada", "tiny.example.org", { join_policy: "auto", resources: { "cyclades.vm": { member_capacity: 1, project_capacity: 1 } } });
  await site.call("ada", "POST", "/astakos/account/v1.0/projects/memberships", { join: { project: tiny } }, { allow: [409] });
  const { flavors } = await site.call("ada", "GET", `${COMPUTE}/flavors/detail`);
  const hidden = flavors.find((one) => one.vcpus === 4);
  await site.call("admin", "POST", "/admin/v1/flavor-modify", { flavor: hidden.id, allow_create: false });
  const page = await (await site.window("ada")).newPage();
  await told(page, {
    suggested_flavors: { small: [1, 1024, 5, ""], medium: [2, 2048, 10, "ext_archipelago"], large: [64, 4096, 40, ""] },
    disk_types: { ext_archipelago: ["Fast disks", "Kept thrice."] },
  });
  await go(page, "/servers/new");
  await page.getByRole("radio").first().check({ force: true });
  await next(page);
  const projects = page.locator("#wizard-project");
  assert.match(await projects.locator("option").first().innerText(), /My own project — Left: \d+ servers, \d+ processors, .+ of memory, .+ of disk/);
  assert.ok(await projects.locator(`option[value="${tiny}"]`).isDisabled(), "it has no processors");
  const cpus = page.locator("#size-vcpus");
  assert.ok(!(await cpus.locator("option").allInnerTexts()).includes("4"), "no flavor of this size may be made");
  await page.getByLabel(/^Memory \(\d+ GiB left\)/).waitFor();
  await page.getByLabel(/^Disk \(\d+ GiB left\)/).waitFor();
  await page.getByLabel(/^Processors \(\d+ left\)/).waitFor();
  assert.equal(await page.getByLabel("Storage type").locator("option:checked").innerText(), "Fast disks");
  await see(page, "Kept thrice.");
  assert.ok(await page.getByRole("button", { name: "Large" }).isDisabled());
  await press(page, "Medium");
  assert.deepEqual(await Promise.all(["vcpus", "ram", "disk"].map((one) => page.locator(`#size-${one}`).inputValue())), ["2", "2048", "10"]);
  await page.locator("#size-ram").selectOption("1024");
  assert.deepEqual(await Promise.all(["vcpus", "ram", "disk"].map((one) => page.locator(`#size-${one}`).inputValue())), ["1", "1024", "5"]);
  await press(page, "Small");
  await site.call("admin", "POST", "/admin/v1/flavor-modify", { flavor: hidden.id, allow_create: true });
});

test("networks: what all get is shown, an address is taken from those that are free or made in place, and lists refresh; then name, keys, role, files and disks; what is confirmed is what is sent, as a command and as JSON, too (UI-094, UI-095, UI-096, UI-097, UI-099, UI-100, UI-102, UI-103)", async (site) => {
  for (const name of ["red", "green"]) {
    await site.call("ada", "POST", `${COMPUTE}/os-keypairs`, { keypair: { name } }, { allow: [409] });
  }
  await image(site, "ada", "base", { OS: "debian", USERS: "root" });
  const taken = await server(site, "ada", "My base server");
  const page = await (await site.window("ada")).newPage();
  await told(page, { forced_networks: ["SNF:ANY_PUBLIC_IPV6", ["1", "SNF:ANY_PUBLIC_IPV4"]] });
  await page.route("**/networks/detail*", async (route) => {
    const response = await route.fetch();
    if (response.status() !== 200) return route.fulfill({ response });
    const { networks } = await response.json();
    await route.fulfill({ response, json: { networks: [...networks, { ...networks[0], id: "six", name: "the sixth", public: true, deleted: false }] } });
  });
  await page.route("**/subnets*", async (route) => {
    const response = await route.fetch();
    if (response.status() !== 200) return route.fulfill({ response });
    const { subnets } = await response.json();
    await route.fulfill({ response, json: { subnets: [...subnets, { ...subnets[0], id: "s6", network_id: "six", ip_version: 6, cidr: "2001:db8::/64" }] } });
  });
  await go(page, "/servers/new");
  await press(page, "Mine");
  await choices(page).filter({ hasText: "base" }).getByRole("radio").check({ force: true });
  await next(page);
  await page.locator("#size-vcpus").waitFor();
  await next(page);
  for (const name of ["Public IPv6", "public / A public IPv4 address"]) {
    const forced = page.getByRole("checkbox", { name, exact: true });
    assert.ok((await forced.isChecked()) && (await forced.isDisabled()), name);
  }
  await see(page, "2001:db8::/64");
  await page.getByRole("checkbox", { name: "the sixth" }).waitFor();
  await page.getByRole("radio", { name: "Any address that the cloud gives" }).waitFor();
  await press(page, "New IP address");
  const free = page.getByRole("radio", { name: /^198\.18\.\d+\.\d+ · My own project/ });
  await free.first().waitFor();
  await until("it is chosen", () => free.first().isChecked());
  const address = (await page.locator(".indent label", { hasText: "198.18." }).first().innerText()).match(/198\.18\.\d+\.\d+/)[0];
  const { network } = await site.call("ada", "POST", `${NETWORK}/networks`, { network: { name: "late net", type: "MAC_FILTERED" } });
  await site.call("ada", "POST", `${NETWORK}/subnets`, { subnet: { network_id: network.id, cidr: "192.168.51.0/24", ip_version: 4 } });
  await page.getByRole("checkbox", { name: "late net" }).check();
  await see(page, "192.168.51.0/24");
  await next(page);
  assert.equal(await page.locator("#server-name").inputValue(), "My base server 2");
  await page.getByRole("checkbox", { name: "red" }).check();
  await page.getByRole("checkbox", { name: "green" }).check();
  await page.locator("#server-role").selectOption("Mail server");
  await press(page, "Add a disk");
  await page.getByLabel("Size of disk 2").fill("2");
  await page.locator("input[type=file]").setInputFiles({ name: "motd", mimeType: "text/plain", buffer: Buffer.from("hi") });
  await page.getByLabel("Where the file goes").fill("/etc/motd");
  await page.getByLabel("User data").fill("#!/bin/sh\n");
  await next(page);
  const facts = page.locator("dl");
  for (const text of ["My base server 2", "base · debian · 6 B", "My own project", "1 CPU", "Role: Mail server", "OS: debian", "red, green", `${address} (My own project)`, "late net", "2 GiB", "/etc/motd"]) await see(facts, text);
  await press(page, "As a command");
  await see(page, /^openstack --os-project-id \S+ server create --image /);
  await press(page, "As an API call");
  const shown = JSON.parse(await page.locator(".copied", { hasText: '"server"' }).locator(".mono, span, code, pre").first().innerText());
  const [sent] = await Promise.all([
    page.waitForRequest((one) => one.method() === "POST" && /\/servers$/.test(one.url())),
    press(page, "Create server"),
  ]);
  const wish = sent.postDataJSON().server;
  assert.deepEqual(shown.server, wish);
  assert.deepEqual(wish.metadata, { OS: "debian", users: "root", Role: "Mail server" });
  assert.deepEqual(wish["SNF:key_names"], ["red", "green"]);
  assert.deepEqual(wish.networks, [{ uuid: network.id }, { uuid: "1", fixed_ip: address }]);
  assert.deepEqual(wish.personality, [{ path: "/etc/motd", contents: "aGk=" }]);
  assert.equal(Buffer.from(wish.user_data, "base64").toString(), "#!/bin/sh\n");
  assert.deepEqual(wish.block_device_mapping_v2.map((one) => [one.source_type, one.volume_size]), [["image", wish.block_device_mapping_v2[0].volume_size], ["blank", 2]]);
  assert.ok(wish.imageRef && wish.flavorRef && wish.project && wish.name === "My base server 2");
  await see(page, "Your server is being built");
  const { servers } = await site.call("ada", "GET", `${COMPUTE}/servers/detail`);
  const made = servers.find((one) => one.name === "My base server 2");
  await settled(site, "ada", made.id);
  assert.equal((await site.call("ada", "GET", `${COMPUTE}/servers/${made.id}`)).server.volumes.length, 2);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  for (const id of [taken, made.id]) await site.call("ada", "DELETE", `${COMPUTE}/servers/${id}`);
  await until("they are gone", async () => (await site.call("ada", "GET", `${COMPUTE}/servers`)).servers.length === 0);
  await site.call("ada", "DELETE", `${NETWORK}/networks/${network.id}`);
  const { floatingips } = await site.call("ada", "GET", `${NETWORK}/floatingips`);
  for (const one of floatingips) await site.call("ada", "DELETE", `${NETWORK}/floatingips/${one.id}`, undefined, { allow: [409] });
});

test("several servers at once get numbers; an image without passwords keeps its own; the way in is told by system and in the cloud's words (UI-102, UI-105, UI-109)", async (site) => {
  const context = await site.stranger({ userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0" });
  await site.signIn(context, "ada");
  const page = await context.newPage();
  await go(page, "/servers/new");
  await choices(page).filter({ hasText: "hello" }).getByRole("radio").check({ force: true });
  await next(page);
  await page.locator("#size-vcpus").waitFor();
  await next(page);
  await next(page);
  await page.locator("#server-name").fill("many");
  await press(page, "One more");
  await next(page);
  await see(page.locator("dl"), "many-1, many-2");
  await press(page, "Create server");
  await see(page, "2 servers are being built");
  await see(page, "This image takes no password from the cloud");
  await press(page, "Go on");
  const { servers } = await site.call("ada", "GET", `${COMPUTE}/servers/detail`);
  const ids = servers.filter((one) => /^many-\d$/.test(one.name)).map((one) => one.id);
  assert.equal(ids.length, 2);
  for (const id of ids) await settled(site, "ada", id);
  await go(page, `/servers/${ids[0]}/connect`);
  await see(page, "This image takes no password from the cloud");
  await see(page, "Use an SSH client, or run in PowerShell:");
  await site.call("ada", "POST", `${COMPUTE}/servers/${ids[0]}/metadata`, { metadata: { OS: "windows" } });
  await page.reload();
  await see(page, "Open this file, or save it for later.");
  await told(page, { connect: { "windows/linux": ["Take our own way:", "Bye, {user}.", "mosh {user}@{host}"] } });
  await go(page, `/servers/${ids[1]}/connect`);
  await see(page, "Take our own way:");
  await see(page, /^mosh root@198\./);
  await see(page, "Bye, root.");
  await context.close();
  const linux = await site.open("ada", `/servers/${ids[1]}/connect`);
  await see(linux, "Open a terminal and run:");
  for (const id of ids) await site.call("ada", "DELETE", `${COMPUTE}/servers/${id}`);
});

test("the console has keys that stick, a keyboard, buttons for touch, a clipboard, and its screen is scaled, resized, dragged, looked at, saved, left and had again with a fresh secret (UI-115, UI-117)", async (site) => {
  const id = await server(site, "ada", "watched");
  const page = await (await site.window("ada")).newPage();
  const tickets = [];
  page.on("response", async (answer) => {
    if (/\/action$/.test(answer.url())) tickets.push((await answer.json()).console.url);
  });
  await go(page, `/servers/${id}/console`);
  const screen = page.locator("[data-state=connected] canvas");
  await screen.waitFor();
  for (const name of ["Ctrl", "Alt"]) {
    const key = page.getByRole("button", { name, exact: true });
    await key.click();
    assert.equal(await key.getAttribute("aria-pressed"), "true");
    await key.click();
    assert.equal(await key.getAttribute("aria-pressed"), "false");
  }
  for (const name of ["Ctrl-Alt-Del", "Enter", "Esc", "Tab", "↑"]) await press(page, name);
  await page.getByLabel("Text to type").fill("root");
  await press(page, "Type, then Enter");
  assert.equal(await page.getByLabel("Text to type").inputValue(), "");
  await page.getByLabel("Text for the server's clipboard").fill("copied");
  await press(page, "Send");
  for (const name of ["Left", "Middle", "Right"]) {
    await press(page, name);
    assert.equal(await page.getByRole("button", { name, exact: true }).getAttribute("aria-pressed"), "true");
  }
  for (const name of ["View only", "Fit to window", "Resize the screen of the server", "Drag the picture"]) {
    const box = page.getByRole("switch", { name });
    const before = await box.isChecked();
    await box.click({ force: true });
    assert.equal(await box.isChecked(), !before, name);
  }
  const [picture] = await Promise.all([page.waitForEvent("download"), press(page, "Save picture")]);
  assert.equal(picture.suggestedFilename(), `server-${id}.png`);
  await press(page, "Full screen");
  await until("it fills the screen", () => page.evaluate(() => !!document.fullscreenElement));
  await page.evaluate(() => document.exitFullscreen());
  await press(page, "Disconnect");
  await see(page, "Not connected");
  await press(page, "Connect again");
  await screen.waitFor();
  assert.equal(tickets.length, 2);
  assert.notEqual(tickets[0], tickets[1]);
  await site.call("ada", "DELETE", `${COMPUTE}/servers/${id}`);
});
