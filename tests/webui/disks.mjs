// Disks and snapshots: how they stand, and how one is made.
import assert from "node:assert/strict";
import { file, project, server } from "./furnish.mjs";
import { act, agree, dialog, go, press, row, see, test, told, until } from "./site.mjs";

const COMPUTE = "/cyclades/compute/v2.0";
const VOLUME = "/cyclades/volume/v2.0";

test("disks stand in two groups with size, project, server, index and type; what they may do is offered; their names and words are changed in place (UI-119, UI-120, UI-126, UI-128, UI-129)", async (site) => {
  const id = await server(site, "bob", "keeper");
  const { volume_types } = await site.call("bob", "GET", `${VOLUME}/types`);
  const { volume } = await site.call("bob", "POST", `${VOLUME}/volumes`, { volume: { size: 2, display_name: "spare", volume_type: volume_types[0].id } });
  const page = await (await site.window("bob")).newPage();
  await told(page, { disk_types: { ext_archipelago: ["Fast disks", "Kept thrice."] } });
  await go(page, "/volumes");
  await see(row(page, "spare"), "Detached");
  const groups = await page.locator("tr.table-group").allInnerTexts();
  assert.deepEqual(groups.map((one) => one.trim()), ["Boot disks", "Other disks"]);
  const boot = row(page, "keeper, disk 0, Fast disks");
  for (const text of ["Boot disk", "1 GiB", "My own project", "Attached (Running)"]) await see(boot, text);
  for (const text of ["2 GiB", "My own project"]) await see(row(page, "spare"), text);
  assert.equal(await boot.getByRole("button", { name: /^Name of/ }).count(), 0);
  await press(page, "Name of spare");
  await page.getByRole("textbox", { name: "Name of spare" }).fill("lost");
  await page.keyboard.press("Escape");
  await press(page, "Name of spare");
  await page.getByRole("textbox", { name: "Name of spare" }).fill("attic");
  await page.keyboard.press("Enter");
  await row(page, "attic").waitFor();
  await press(page, "Description of attic");
  await page.getByRole("textbox", { name: "Description of attic" }).fill("old things");
  await page.keyboard.press("Enter");
  await see(row(page, "attic"), "old things");
  await press(page, "Columns");
  for (const name of ["Show Destroyed with its server", "Show Bootable"]) await page.getByRole("menuitem", { name }).click();
  await page.keyboard.press("Escape");
  const heads = (await page.locator("thead tr > *").allInnerTexts()).map((one) => one.trim());
  const cell = (name, head) => row(page, name).locator("> *").nth(heads.indexOf(head));
  await until("it begins a server", async () => (await cell("keeper, disk 0", "Bootable").innerText()) === "Yes");
  assert.equal(await cell("keeper, disk 0", "Destroyed with its server").innerText(), "Yes");
  assert.equal(await cell("attic", "Bootable").innerText(), "No");
  await act(page, "attic", "Extend");
  await see(dialog(page), "GiB");
  await dialog(page).locator("#volume-size input").fill("3");
  await dialog(page).getByRole("button", { name: "Extend" }).click();
  await see(row(page, "attic"), "3 GiB");
  await act(page, "attic", "Snapshot");
  assert.match(await dialog(page).getByLabel(/^Name\b/).inputValue(), /^attic \d{4}-\d\d-\d\d$/);
  await press(dialog(page), "Cancel");
  for (const changes of [{ snapshots: false }, { snapshot_roles: ["nobody-has-it"] }]) {
    await told(page, changes);
    await go(page, "/volumes");
    await row(page, "attic").locator("td button").last().click();
    await page.getByRole("menuitem", { name: "Extend" }).waitFor();
    assert.equal(await page.getByRole("menuitem", { name: "Snapshot" }).count(), 0);
    await page.keyboard.press("Escape");
  }
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await site.call("bob", "PUT", "/astakos/account/v1.0/me/preferences", {});
  await site.call("bob", "DELETE", `${VOLUME}/volumes/${volume.id}`);
  await site.call("bob", "DELETE", `${COMPUTE}/servers/${id}`);
});

test("a disk is made in five steps: what it holds, its server or none with the reason for those that cannot, its size within what is left, its name, and a last look (UI-121, UI-122, UI-123, UI-124)", async (site) => {
  const ids = [await server(site, "bob", "taker"), await server(site, "bob", "asleep")];
  await site.call("admin", "POST", "/admin/v1/server-modify", { server: ids[1], suspended: true });
  const other = await project(site, "bob", "disks.example.org", { join_policy: "auto", resources: { "cyclades.disk": { member_capacity: 5 * 2 ** 30, project_capacity: 5 * 2 ** 30 } } });
  await site.call("bob", "POST", "/astakos/account/v1.0/projects/memberships", { join: { project: other } }, { allow: [409] });
  const page = await (await site.window("bob")).newPage();
  await page.route("**/volume/v2.0/types", async (route) => {
    const response = await route.fetch();
    const { volume_types } = await response.json();
    await route.fulfill({ response, json: { volume_types: [...volume_types, { ...volume_types[0], id: 77, name: "local", "SNF:disk_template": "drbd" }] } });
  });
  await page.route("**/images/detail", async (route) => {
    const response = await route.fetch();
    const { images } = await response.json();
    await route.fulfill({ response, json: { images: images.map((one) => (one.name === "hello" ? { ...one, size: 2.5 * 2 ** 30 } : one)) } });
  });
  await go(page, "/volumes/new");
  const next = page.getByRole("button", { name: "Next", exact: true });
  for (const kind of ["Snapshots", "Images"]) await press(page, kind);
  assert.ok(await next.isDisabled());
  await page.getByRole("radio", { name: /^hello/ }).first().check();
  await next.click();
  const asleep = page.getByRole("radio", { name: "asleep" });
  assert.ok(await asleep.isDisabled());
  await see(page.locator(".pf-v6-c-radio", { hasText: "asleep" }), "Suspended");
  await page.getByRole("radio", { name: "taker" }).check();
  await next.click();
  assert.deepEqual(await page.locator("#volume-type option").allInnerTexts(), ["ext_archipelago"]);
  await press(page, "Back");
  await page.getByRole("radio", { name: "None" }).check();
  await next.click();
  assert.deepEqual(await page.locator("#volume-type option").allInnerTexts(), ["ext_archipelago"], "a type that needs a server is not offered");
  const size = page.locator("#volume-size input");
  assert.equal(await size.inputValue(), "3", "the image, rounded up");
  await page.locator("#volume-project").selectOption(other);
  const slider = page.getByRole("slider");
  assert.deepEqual([await slider.getAttribute("aria-valuemin"), await slider.getAttribute("aria-valuemax")], ["3", "5"]);
  await slider.focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await size.inputValue(), "4");
  await size.fill("99");
  assert.equal(await size.inputValue(), "5");
  await press(page, "Back");
  await press(page, "Back");
  await press(page, "Empty");
  await next.click();
  await next.click();
  await size.fill("2");
  await next.click();
  await page.getByLabel("Name", { exact: true }).fill("fifth step");
  await page.getByLabel("Description").fill("by hand");
  await next.click();
  for (const text of ["fifth step", "by hand", "Empty", "None", "2 GiB", "ext_archipelago", "disks.example.org"]) await see(page.locator("dl"), text);
  await press(page, "Create");
  await see(row(page, "fifth step"), "disks.example.org");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await act(page, "fifth step", "Destroy");
  await agree(page);
  await row(page, "fifth step").waitFor({ state: "detached" });
  await site.call("admin", "POST", "/admin/v1/server-modify", { server: ids[1], suspended: false });
  for (const id of ids) await site.call("bob", "DELETE", `${COMPUTE}/servers/${id}`);
});

test("a snapshot and a stored file lead to the form that makes them an image (UI-152)", async (site) => {
  await file(site, "bob", "pithos", "deep/down.diskdump", "a disk");
  const id = await server(site, "bob", "source");
  const { volumes } = (await site.call("bob", "GET", `${COMPUTE}/servers/${id}`)).server;
  await site.call("bob", "POST", `${VOLUME}/snapshots`, { snapshot: { volume_id: volumes[0], display_name: "to be image", force: true } });
  const page = await site.open("bob", "/snapshots");
  await act(page, "to be image", "Make image");
  await page.waitForURL(/images\/register\?container=snapshots/);
  await until("it is chosen", async () => (await page.locator("#image-file").inputValue()) === "to be image");
  assert.equal(await page.locator("#image-container").inputValue(), "snapshots");
  await go(page, "/files/pithos/deep");
  await act(page, "down.diskdump", "Register image");
  await page.waitForURL(/images\/register\?container=pithos/);
  await until("it is chosen", async () => (await page.locator("#image-file").inputValue()) === "deep/down.diskdump");
  assert.equal(await page.getByLabel("Name").inputValue(), "down");
  await press(page, "Register image");
  await row(page, "down").waitFor();
  const { images } = await site.call("bob", "GET", "/cyclades/image/v1.0/images/detail");
  await site.call("bob", "DELETE", `/cyclades/image/v1.0/images/${images.find((one) => one.name === "down").id}`);
  await site.call("bob", "DELETE", `${COMPUTE}/servers/${id}`);
});

test("a key has its fingerprint and content, and is renamed; the cloud makes a pair whose private half is had once, as id_rsa (UI-146, UI-148)", async (site) => {
  const page = await site.open("bob", "/keys");
  await press(page, "Generate key");
  await dialog(page).getByLabel(/^Name\b/).fill("made there");
  await dialog(page).getByLabel("Kind").selectOption("rsa");
  const [answer] = await Promise.all([
    page.waitForResponse((one) => one.request().method() === "POST" && /os-keypairs$/.test(one.url())),
    dialog(page).getByRole("button", { name: "Generate key" }).click(),
  ]);
  assert.ok(!("public_key" in answer.request().postDataJSON().keypair));
  const [half] = await Promise.all([page.waitForEvent("download"), press(dialog(page), "Save private key")]);
  assert.equal(half.suggestedFilename(), "id_rsa");
  await press(dialog(page), "Done");
  const { keypair } = await answer.json();
  await see(row(page, "made there"), keypair.fingerprint);
  await act(page, "made there", "Rename");
  await dialog(page).getByLabel(/^Name\b/).fill("my rsa");
  await press(dialog(page), "Save");
  await row(page, "my rsa").getByRole("button", { name: "ssh-rsa" }).click();
  await see(row(page, "my rsa"), keypair.public_key.trim().slice(0, 60));
  await see(row(page, "my rsa"), keypair.fingerprint);
  await row(page, "made there").waitFor({ state: "detached" });
  await act(page, "my rsa", "Delete");
  await agree(page);
  await row(page, "my rsa").waitFor({ state: "detached" });
});
