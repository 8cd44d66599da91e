// Keys, disks, snapshots, images.
import assert from "node:assert/strict";
import { file, server, settled } from "./furnish.mjs";
import { act, agree, dialog, go, press, row, saved, see, test, until } from "./site.mjs";

const COMPUTE = "/cyclades/compute/v2.0";

/** The wizard from its start to its end, with what it proposes. */
async function newDisk(page, name) {
  await page.getByRole("link", { name: "New disk" }).first().click();
  const next = page.getByRole("button", { name: "Next", exact: true });
  for (const step of ["contents", "server", "size"]) {
    await page.waitForURL(step === "contents" ? /volumes\/new/ : new RegExp(`step=${step}`));
    await next.click();
  }
  await page.getByLabel("Name", { exact: true }).fill(name);
  await next.click();
  await press(page, "Create");
  await page.waitForURL(/\/volumes$/);
}

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFb0mQO0mYcmMWmMDMy0RKZkqQ0mQO0mYcmMWmMDMy0R someone";

test("a key is pasted or read from a file after a check, opened, and deleted (UI-147)", async (site) => {
  const page = await site.open("bob", "/keys");
  await press(page, "Add key");
  const add = dialog(page).getByRole("button", { name: "Add", exact: true });
  await dialog(page).getByRole("textbox", { name: "Public key" }).fill("-----BEGIN RSA PRIVATE KEY-----");
  await see(dialog(page), "This is not a public key of OpenSSH.");
  assert.ok(await add.isDisabled());
  await dialog(page).locator("input[type=file]").setInputFiles({ name: "desk.pub", mimeType: "text/plain", buffer: Buffer.from(KEY) });
  await until("the name is taken from the file", async () => (await dialog(page).getByLabel(/^Name\b/).inputValue()) === "desk");
  await add.click();
  await row(page, "desk").waitFor();
  await press(page, "Add key");
  await dialog(page).locator("#key-name").fill("desk");
  await see(dialog(page), "You have a key of this name.");
  await press(dialog(page), "Cancel");
  await row(page, "desk").getByRole("button", { name: "ssh-ed25519" }).click();
  await see(row(page, "desk"), KEY);
  await act(page, "desk", "Delete");
  await agree(page);
  await row(page, "desk").waitFor({ state: "detached" });
});

test("a pair is made in the browser: the private half is saved once and never crosses the wire (UI-149)", async (site) => {
  const page = await site.open("bob", "/keys");
  const sent = [];
  page.on("request", (request) => sent.push(request.postData() ?? ""));
  await press(page, "Generate key");
  await dialog(page).getByLabel(/^Name\b/).fill("fresh");
  await dialog(page).getByRole("button", { name: "Generate key" }).click();
  const secret = await saved(page, () => press(dialog(page), "Save private key"));
  assert.match(secret.content.toString(), /^-----BEGIN OPENSSH PRIVATE KEY-----/);
  const body = secret.content.toString().split("\n").slice(1, 3).join("");
  assert.ok(sent.some((one) => one.includes("ssh-ed25519")));
  assert.ok(sent.every((one) => !one.includes("PRIVATE") && !one.includes(body.slice(20, 60))));
  await press(dialog(page), "Done");
  await act(page, "fresh", "Delete");
  await agree(page);
});

test("a disk's snapshot is taken with a name proposed, appears among images, and is deleted (UI-127)", async (site) => {
  const id = await server(site, "bob", "archive");
  const page = await site.open("bob", `/servers/${id}/volumes`);
  await press(page, "Snapshot");
  assert.match(await dialog(page).getByLabel(/^Name\b/).inputValue(), /archive.* \d{4}-\d{2}-\d{2}/);
  assert.match(await dialog(page).getByLabel("Description").inputValue(), /archive/);
  await dialog(page).getByLabel(/^Name\b/).fill("before the storm");
  await dialog(page).getByRole("button", { name: "Snapshot" }).click();
  await see(page, "The snapshot will appear among the images and in both wizards.");
  await go(page, "/snapshots");
  await row(page, "before the storm").waitFor();
  await go(page, "/images");
  await row(page, "before the storm").waitFor();
  await go(page, "/snapshots");
  await act(page, "before the storm", "Delete");
  await agree(page);
  await row(page, "before the storm").waitFor({ state: "detached" });
  await site.call("bob", "DELETE", `${COMPUTE}/servers/${id}`);
});

test("a disk is made, named, described, attached to a server, detached and destroyed (UI-125)", async (site) => {
  const id = await server(site, "bob", "holder");
  const page = await site.open("bob", "/volumes");
  await see(row(page, "holder"), "Boot disk");
  await newDisk(page, "data");
  await see(row(page, "data"), "Detached");
  await act(page, "data", "Name and description");
  await dialog(page).getByLabel(/^Name\b/).fill("records");
  await dialog(page).getByLabel("Description").fill("what we know");
  await dialog(page).getByRole("button", { name: "Name and description" }).click();
  await row(page, "records").waitFor();
  await act(page, "records", "Attach disk");
  await dialog(page).getByLabel("Server").selectOption({ label: "holder" });
  await dialog(page).getByRole("button", { name: "Attach disk" }).click();
  await see(row(page, "records"), "holder");
  await until("it rests", async () => !(await site.call("bob", "GET", `${COMPUTE}/servers/${id}`)).server["SNF:task_state"]);
  await act(page, "records", "Detach");
  await agree(page);
  await see(row(page, "records"), "Detached");
  await newDisk(page, "scratch");
  await act(page, "scratch", "Destroy");
  await see(dialog(page), "What is on it cannot be brought back.");
  await agree(page);
  await row(page, "scratch").waitFor({ state: "detached" });
  await row(page, "holder").locator("td button").last().click();
  assert.equal(await page.getByRole("menuitem", { name: "Destroy" }).count(), 0);
  assert.equal(await page.getByRole("menuitem", { name: "Detach" }).count(), 0);
  await site.call("bob", "DELETE", `${COMPUTE}/servers/${id}`);
});

test("an image is registered from a stored file, edited, shared, made public and unregistered (UI-150, UI-151)", async (site) => {
  await file(site, "bob", "pithos", "tiny.diskdump", "a disk");
  const page = await site.open("bob", "/images/register");
  await page.locator("#image-file").selectOption("tiny.diskdump");
  assert.equal(await page.getByLabel("Name").inputValue(), "tiny");
  await page.getByLabel("Operating system").fill("debian");
  await press(page, "Register image");
  await row(page, "tiny").getByRole("link").click();
  await see(page, "debian");
  await press(page, "Edit");
  await dialog(page).getByLabel(/^Name\b/).fill("smallest");
  await press(dialog(page), "Save");
  await page.getByRole("heading", { level: 1, name: "smallest" }).waitFor();
  await page.getByLabel("E-mails of people").fill(site.people.ada.name);
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByText(site.people.ada.name).waitFor();
  const reader = await site.open("ada", "/images");
  await see(row(reader, "smallest"), "Shared with me");
  await press(page, "Edit");
  await dialog(page).getByLabel("Everybody may use it").check();
  await press(dialog(page), "Save");
  await see(page.locator("dl").first(), "Yes");
  await press(page, "Unregister");
  await agree(page);
  await page.waitForURL(/\/images$/);
  await row(page, "smallest").waitFor({ state: "detached" });
});

test("for eight seconds a rename, dropped metadata and tags, and the detaching of a disk from a server at rest are taken back (UI-317)", async (site) => {
  site.provoke(/status of 4(00|09)/); // the disk is on its way
  const id = await server(site, "bob", "regretted", { metadata: { Role: "Mail server" } });
  const at = `${COMPUTE}/servers/${id}`;
  const page = await site.open("bob", `/servers/${id}/overview`);
  const undo = async () => {
    await press(page, "Undo");
    await see(page, "Taken back");
    await page.getByRole("button", { name: "Close", exact: true }).first().click();
    await page.getByText("Taken back").waitFor({ state: "detached" });
  };
  await press(page, "Rename");
  await page.getByRole("textbox", { name: "Name" }).fill("mistaken");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "mistaken" }).waitFor();
  await undo();
  await page.getByRole("heading", { level: 1, name: "regretted" }).waitFor();

  await go(page, `/servers/${id}/tags`);
  const pair = page.locator("tr", { hasText: "Role" });
  await pair.getByRole("button", { name: "Remove" }).click();
  await pair.waitFor({ state: "detached" });
  await undo();
  await see(pair, "Mail server");
  await page.getByRole("textbox", { name: "New tag" }).fill("red");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Remove tag red" }).click();
  await undo();
  await page.getByRole("button", { name: "Remove tag red" }).waitFor();

  await site.call("bob", "POST", `${at}/action`, { shutdown: {} });
  await settled(site, "bob", id, "STOPPED");
  await go(page, "/volumes");
  await newDisk(page, "moved");
  await see(row(page, "moved"), "Detached");
  await act(page, "moved", "Attach disk");
  await dialog(page).getByLabel("Server").selectOption({ label: "regretted" });
  await press(dialog(page), "Attach disk");
  await see(row(page, "moved"), "regretted");
  await settled(site, "bob", id, "STOPPED");
  await see(row(page, "moved"), "Attached");
  await act(page, "moved", "Detach");
  await agree(page);
  await undo();
  await see(row(page, "moved"), "regretted");
  await settled(site, "bob", id, "STOPPED");
  const { volumes } = await site.call("bob", "GET", "/cyclades/volume/v2.0/volumes/detail");
  assert.equal(String(volumes.find((one) => one.display_name === "moved").attachments[0].server_id), String(id));
});

test("many of a list are done with at once, with one panel for progress, each result by name and another try for those that failed (UI-303)", async (site) => {
  const page = await site.open("bob", "/keys");
  for (const name of ["bulk one", "bulk two"]) {
    await site.call("bob", "POST", `${COMPUTE}/os-keypairs`, { keypair: { name } });
  }
  await go(page, "/keys");
  for (const name of ["bulk one", "bulk two"]) await row(page, name).getByRole("checkbox").check();
  site.provoke(/status of 503/);
  const broken = "**/os-keypairs/bulk%20two";
  await page.route(broken, (route) => route.fulfill({ status: 503, json: { serviceUnavailable: { message: "later" } } }));
  await press(page, "Delete");
  await see(dialog(page), "bulk one, bulk two");
  await agree(page);
  const panel = page.getByRole("region", { name: "Tasks" });
  await see(panel, "1 of 2 done");
  await see(panel, /bulk two: later/);
  await row(page, "bulk one").waitFor({ state: "detached" });
  await page.unroute(broken);
  await press(panel, "Try again");
  await see(panel, "2 of 2 done");
  await row(page, "bulk two").waitFor({ state: "detached" });
  for (const path of ["volumes", "networks", "addresses", "images", "snapshots", "groups", "files", "projects/browse", "servers?view=table"]) {
    await go(page, `/${path}`);
    if (path === "files") await press(page, "List");
    await page.locator("#main table, #main .pf-v6-c-empty-state").first().waitFor();
    if (await page.locator("#main table").count()) await page.locator("#main table thead input[type=checkbox], #main tbody input[type=checkbox]").first().waitFor();
  }
});
