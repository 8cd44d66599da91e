// Files: containers, folders, uploads, sharing, versions, groups.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { file, project } from "./furnish.mjs";
import { act, agree, dialog, go, press, row, saved, see, test, until } from "./site.mjs";

const PITHOS = "/pithos/object-store/v1";

async function content(site, who, path) {
  const { id } = await site.me(who);
  return site.call(who, "GET", `${PITHOS}/${id}/${path}`, undefined, { headers: { Accept: "*/*" } });
}

/** Deletes the containers that other journeys have left, but those that everybody has. */
async function emptied(site, who) {
  const { id } = await site.me(who);
  for (const { name } of await site.call(who, "GET", `${PITHOS}/${id}?format=json`)) {
    if (["pithos", "trash"].includes(name)) continue;
    const path = `${PITHOS}/${id}/${encodeURIComponent(name)}`;
    await site.call(who, "DELETE", `${path}?delimiter=/`);
    await site.call(who, "DELETE", path);
  }
}

/** Gives files to the upload button, as the dialog of the system would. */
async function choose(page, ...files) {
  await page.locator("[data-test=upload]").setInputFiles(
    files.map(([name, text, mimeType = "text/plain"]) => ({ name, mimeType, buffer: Buffer.from(text) })),
  );
}

async function tick(page, ...names) {
  for (const name of names) await row(page, name).getByRole("checkbox").check();
}

test("one's containers stand ready, as cards in an order of choice or as a list; new ones are checked, emptied with their size told, and deleted; the trash stays (UI-159, UI-160, UI-161, UI-162, UI-163, UI-165)", async (site) => {
  await emptied(site, "ada");
  const page = await site.open("ada", "/files");
  const cards = () => page.locator("[data-card]").evaluateAll((all) => all.map((one) => one.dataset.card));
  // Cards are what one finds at first; a journey before this may have chosen otherwise.
  await press(page, "Grid");
  await page.locator("[data-card=trash]").waitFor();
  const icons = await page.locator("[data-card] .pf-v6-c-card__title svg").evaluateAll((all) => all.map((one) => one.innerHTML));
  assert.notEqual(icons[0], icons[1], "the trash has its own icon");
  assert.deepEqual(await cards(), ["pithos", "trash"]);
  for (const order of ["name", "count", "bytes", "modified"]) {
    await page.getByLabel("Order").selectOption(`-${order}`);
    await page.getByLabel("Order").selectOption(order);
  }
  await page.getByLabel("Order").selectOption("-name");
  await until("the other way round", async () => (await cards())[0] === "trash");
  await page.getByRole("button", { name: "List", exact: true }).click();
  await row(page, "pithos").waitFor();
  await row(page, "trash").waitFor();
  await see(page, "They cannot be renamed");
  await press(page, "New container");
  const name = dialog(page).getByLabel("Name");
  const create = dialog(page).getByRole("button", { name: "Create" });
  for (const [wrong, text] of [["a/b", "A name holds no slash."], ["pithos", "You have a container of this name."], ["x".repeat(257), "The name is too long."]]) {
    await name.fill(wrong);
    await see(page, text);
    assert.ok(await create.isDisabled());
  }
  await name.fill("holiday");
  await create.click();
  await row(page, "holiday").waitFor();
  const { id } = await site.me("ada");
  const listed = await site.call("ada", "GET", `${PITHOS}/${id}?format=json`);
  const made = listed.find((one) => one.name === "holiday");
  assert.equal(made.x_container_policy.versioning, "auto");
  assert.equal(made.x_container_policy.project, id);
  for (const name of ["pithos", "trash"]) {
    const { x_container_policy: policy } = listed.find((one) => one.name === name);
    assert.deepEqual([policy.versioning, policy.project], ["auto", id], name);
  }
  await file(site, "ada", "holiday", "sun.txt", "12345");
  await go(page, "/files");
  await see(row(page, "holiday"), "5 B");
  await act(page, "holiday", "Empty");
  await see(dialog(page), "One item, 5 B, cannot be brought back.");
  await agree(page);
  await see(row(page, "holiday"), "0 B");
  await row(page, "holiday").locator("td button").last().click();
  assert.equal(await page.getByRole("menuitem", { name: "Empty" }).count(), 0);
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await agree(page);
  await row(page, "holiday").waitFor({ state: "detached" });
  await row(page, "trash").locator("td button").last().click();
  await page.getByRole("menuitem", { name: "Move to project" }).waitFor();
  assert.equal(await page.getByRole("menuitem", { name: "Delete" }).count(), 0);
});

test("files are uploaded by the button and by dropping, whatever their size; the queue tells of each (UI-190, UI-199, UI-183)", async (site) => {
  await file(site, "ada", "up", "there.txt", "there");
  const page = await site.open("ada", "/files/up");
  await row(page, "there.txt").waitFor();
  await choose(page, ["empty.txt", ""], ["one.bin", "\u0001", "application/octet-stream"], ["letter.txt", "Dear all"]);
  for (const name of ["empty.txt", "one.bin", "letter.txt"]) await row(page, name).waitFor();
  await see(row(page, "letter.txt"), "New", { exact: true });
  await see(page, /3 of 3 done/);
  await page.evaluate(() => {
    const carried = new DataTransfer();
    carried.items.add(new File(["dropped"], "dropped.txt", { type: "text/plain" }));
    const zone = document.querySelector("[data-test=drop]");
    for (const kind of ["dragover", "drop"]) {
      zone.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
    }
  });
  await row(page, "dropped.txt").waitFor();
  assert.equal(await content(site, "ada", "up/empty.txt"), null);
  assert.equal(await content(site, "ada", "up/one.bin"), "\u0001");
  assert.equal(await content(site, "ada", "up/dropped.txt"), "dropped");
});

test("an upload sends hashes first and then only the blocks that are missing (UI-195)", async (site) => {
  await file(site, "ada", "blocks", "seed.txt", "seed");
  const page = await site.open("ada", "/files/blocks");
  await row(page, "seed.txt").waitFor();
  const calls = [];
  page.on("response", (answer) => {
    const { pathname, search } = new URL(answer.url());
    if (pathname.includes("/blocks") && ["PUT", "POST"].includes(answer.request().method())) {
      calls.push([answer.request().method(), pathname.split("/blocks")[1], search.includes("hashmap"), answer.status()]);
    }
  });
  const part = Buffer.alloc(4 * 2 ** 20, "a");
  const first = Buffer.concat([part, Buffer.from("tail one")]);
  await page.locator("[data-test=upload]").setInputFiles([{ name: "first.bin", mimeType: "application/octet-stream", buffer: first }]);
  await see(row(page, "first.bin"), "4 MiB");
  assert.deepEqual(calls.map(([method, , , status]) => [method, status]), [["PUT", 409], ["POST", 202], ["POST", 202], ["PUT", 201]]);
  calls.length = 0;
  const second = Buffer.concat([part, Buffer.from("another tail")]);
  await page.locator("[data-test=upload]").setInputFiles([{ name: "second.bin", mimeType: "application/octet-stream", buffer: second }]);
  await row(page, "second.bin").waitFor();
  assert.deepEqual(calls.map(([method, , , status]) => [method, status]), [["PUT", 409], ["POST", 202], ["PUT", 201]]);
  calls.length = 0;
  await page.locator("[data-test=upload]").setInputFiles([{ name: "third.bin", mimeType: "application/octet-stream", buffer: second }]);
  await row(page, "third.bin").waitFor();
  assert.deepEqual(calls.map(([method, , , status]) => [method, status]), [["PUT", 201]]);
});

test("names that are taken are asked about once: replace, keep both or skip, for all at once (UI-194)", async (site) => {
  for (const name of ["a.txt", "b.txt", "c.txt"]) await file(site, "ada", "twice", name, "old");
  const page = await site.open("ada", "/files/twice");
  await row(page, "a.txt").waitFor();
  await choose(page, ["a.txt", "new"], ["b.txt", "new"], ["c.txt", "new"]);
  await see(page, "3 names are taken");
  await dialog(page).getByRole("button", { name: "Skip", exact: true }).click();
  for (const name of ["a.txt", "b.txt", "c.txt"]) {
    assert.equal(await dialog(page).getByLabel(`What to do with ${name}`).inputValue(), "skip");
  }
  await dialog(page).getByLabel("What to do with a.txt").selectOption("overwrite");
  await dialog(page).getByLabel("What to do with b.txt").selectOption("rename");
  await press(dialog(page), "Upload files");
  await row(page, "b_renamed_.txt").waitFor();
  await until("a.txt is new", async () => (await content(site, "ada", "twice/a.txt")) === "new");
  assert.equal(await content(site, "ada", "twice/b.txt"), "old");
  assert.equal(await content(site, "ada", "twice/c.txt"), "old");
});

test("folders are made, renamed and walked; folders come first and show no size (UI-170, UI-173, UI-174)", async (site) => {
  await file(site, "ada", "tree", "aardvark.pdf", "%PDF");
  const page = await site.open("ada", "/files/tree");
  await row(page, "aardvark.pdf").waitFor();
  await press(page, "New folder");
  await dialog(page).getByLabel("Name").fill("aardvark.pdf");
  await see(page, "The name is taken here.");
  await dialog(page).getByLabel("Name").fill("x".repeat(1025));
  await see(page, "The name is too long.");
  await dialog(page).getByLabel("Name").fill("zoo");
  await press(dialog(page), "Create");
  await row(page, "zoo").waitFor();
  assert.match(await page.locator("tbody tr").first().innerText(), /zoo[\s\S]*Folder/);
  assert.doesNotMatch(await page.locator("tbody tr").first().innerText(), /\d+ B/);
  assert.match(await page.locator("tbody tr").nth(1).innerText(), /aardvark.pdf[\s\S]*4 B[\s\S]*PDF/);
  await act(page, "zoo", "Rename");
  await dialog(page).getByLabel("Name").fill("park");
  await dialog(page).getByRole("button").filter({ hasText: /Rename|Save/ }).last().click();
  await row(page, "park").getByRole("link", { name: "park" }).click();
  await see(page, "This folder is empty");
  await page.getByRole("navigation", { name: "Folder" }).getByRole("link", { name: "tree" }).click();
  await row(page, "aardvark.pdf").waitFor();
  await page.getByRole("button", { name: "Size" }).click();
  await page.waitForURL(/sort=size/);
});

test("files go to the trash, come back from there, move and copy, alone and together (UI-176, UI-177, UI-178)", async (site) => {
  for (const name of ["one.txt", "two.txt", "three.txt"]) await file(site, "ada", "work", name, name);
  await file(site, "ada", "shelf", "one.txt", "another");
  const page = await site.open("ada", "/files/work");
  await row(page, "one.txt").waitFor();
  await tick(page, "one.txt", "two.txt");
  await press(page, "Move to trash");
  await row(page, "two.txt").waitFor({ state: "detached" });
  await go(page, "/trash");
  await row(page, "two.txt").waitFor();
  for (const absent of ["Upload files", "New folder", "Copy", "Move"]) {
    assert.equal(await page.getByRole("button", { name: absent, exact: true }).count(), 0, absent);
  }
  await tick(page, "two.txt");
  await press(page, "Restore");
  assert.equal(await dialog(page).getByRole("button", { name: "trash" }).count(), 0);
  await dialog(page).getByRole("button", { name: "work" }).click();
  await dialog(page).getByRole("button", { name: "Move", exact: true }).click();
  await row(page, "two.txt").waitFor({ state: "detached" });
  await act(page, "one.txt", "Delete");
  await see(dialog(page), "This cannot be undone.");
  await agree(page);
  await row(page, "one.txt").waitFor({ state: "detached" });
  await go(page, "/files/work");
  await act(page, "two.txt", "Copy");
  await dialog(page).getByRole("button", { name: "shelf" }).click();
  await dialog(page).getByRole("button", { name: "Copy", exact: true }).click();
  await see(page, "One item copied");
  assert.equal(await content(site, "ada", "shelf/two.txt"), "two.txt");
});

test("a file's older versions are listed, downloaded and brought back (UI-215)", async (site) => {
  await file(site, "ada", "past", "plan.txt", "first");
  await file(site, "ada", "past", "plan.txt", "second");
  const page = await site.open("ada", "/files/past");
  await act(page, "plan.txt", "Details");
  await page.getByRole("tab", { name: "Versions" }).click();
  await until("two versions", async () => (await dialog(page).locator(".rows li").count()) === 2);
  const old = dialog(page).locator(".rows li").nth(1);
  const download = await saved(page, () => old.getByRole("button", { name: "Download" }).click());
  assert.equal(download.content.toString(), "first");
  await old.getByRole("button", { name: "Restore", exact: true }).click();
  await see(page, "The version is the current one again.");
  assert.equal(await content(site, "ada", "past/plan.txt"), "first");
});

test("a file is shared with people by their address, unknown ones are marked, all are removed at once, and its reader sees what is allowed (UI-181, UI-209, UI-210)", async (site) => {
  await file(site, "ada", "lent", "book.txt", "once upon a time");
  const page = await site.open("ada", "/files/lent");
  await act(page, "book.txt", "Details");
  await page.getByRole("tab", { name: "Sharing" }).click();
  const people = dialog(page).getByLabel("E-mails of people");
  await people.fill(`nobody@example.org, ${site.people.bob.name}`);
  await press(dialog(page), "Add");
  await see(page, "Unknown: nobody@example.org");
  await people.fill(site.people.bob.name);
  await people.press("Enter");
  await dialog(page).locator(".rows li").filter({ hasText: site.people.bob.name }).waitFor();
  await dialog(page).getByRole("button", { name: /Everybody with an account/ }).click();
  await dialog(page).locator(".rows li").filter({ hasText: "Everybody" }).getByRole("button", { name: "Remove" }).click();
  await until("one left", async () => (await dialog(page).locator(".rows li").count()) === 1);
  await dialog(page).getByRole("button", { name: /Everybody with an account/ }).click();
  await dialog(page).getByRole("button", { name: "Remove all" }).click();
  await see(dialog(page), "Nobody else sees this.");
  await people.fill(site.people.bob.name);
  await people.press("Enter");
  const may = dialog(page).getByLabel(`What ${site.people.bob.name} may do`);
  assert.equal(await may.inputValue(), "read");
  await dialog(page).getByRole("button", { name: "Close" }).click();
  await row(page, "book.txt").getByLabel("Shared").waitFor();

  const reader = await site.open("bob", "/shared");
  await reader.getByRole("link", { name: site.people.ada.name }).click();
  await reader.getByRole("link", { name: "lent" }).click();
  await row(reader, "book.txt").waitFor();
  await see(reader, "You may view");
  assert.equal(await reader.getByRole("button", { name: "Upload files" }).count(), 0);
  await row(reader, "book.txt").locator("td button").last().click();
  for (const absent of ["Rename", "Move to trash", "Delete"]) {
    assert.equal(await reader.getByRole("menuitem", { name: absent }).count(), 0, absent);
  }
  await reader.getByRole("menuitem", { name: "Details" }).click();
  await see(dialog(reader), "View");
  await dialog(reader).getByRole("button", { name: "Close" }).click();
  await act(reader, "book.txt", "Copy");
  await dialog(reader).getByRole("button", { name: "pithos" }).click();
  await dialog(reader).getByRole("button", { name: "Copy", exact: true }).click();
  await see(reader, "One item copied");
  assert.equal(await content(site, "bob", "pithos/book.txt"), "once upon a time");
});

test("a file gets a link for everybody on the Internet, and a folder does not (UI-213)", async (site) => {
  await file(site, "ada", "open", "flyer.txt", "come all");
  const page = await site.open("ada", "/files/open");
  await act(page, "flyer.txt", "Details");
  await page.getByRole("tab", { name: "Sharing" }).click();
  await dialog(page).getByLabel("Anybody on the Internet").click();
  const link = await until("a link", async () => {
    const text = await dialog(page).innerText();
    return text.match(/(https?:\/\/\S*)?\/pithos\/public\/\S+/)?.[0];
  });
  const answer = await fetch(new URL(link, site.url).pathname.replace(/^/, site.url));
  assert.equal(await answer.text(), "come all");
  await dialog(page).getByLabel("Anybody on the Internet").click();
  await until("the link is gone", async () => (await fetch(site.url + new URL(link, site.url).pathname)).status === 404);
  await dialog(page).getByRole("button", { name: "Close" }).click();
  await press(page, "New folder");
  await dialog(page).getByLabel("Name").fill("flyers");
  await press(dialog(page), "Create");
  await act(page, "flyers", "Details");
  await page.getByRole("tab", { name: "Sharing" }).click();
  await see(page, "Folders cannot be made public.");
});

test("a link to a file ends after a number of downloads and at a time", async (site) => {
  await file(site, "ada", "open", "ticket.txt", "one each", { "X-Object-Public": "true" });
  const page = await site.open("ada", "/files/open");
  await act(page, "ticket.txt", "Details");
  await page.getByRole("tab", { name: "Sharing" }).click();
  const link = await until("a link", async () => {
    const text = await dialog(page).innerText();
    return text.match(/(https?:\/\/\S*)?\/pithos\/public\/\S+/)?.[0];
  });
  const get = () => fetch(site.url + new URL(link, site.url).pathname);
  await dialog(page).getByLabel("Downloads allowed").fill("0");
  await see(page, "A whole number, 1 or more.");
  await dialog(page).getByLabel("Downloads allowed").fill("1");
  await press(dialog(page), "Set the link's end");
  await see(page, "0 of 1 downloads used.");
  assert.equal(await (await get()).text(), "one each");
  assert.equal((await get()).status, 404);
  await dialog(page).getByLabel("Downloads allowed").fill("");
  await press(dialog(page), "Set the link's end");
  await until("the link is good again", async () => (await get()).status === 200);
  await dialog(page).getByLabel("Good until").fill("2001-01-01T00:00");
  await press(dialog(page), "Set the link's end");
  await see(page, "The link ends");
  assert.equal((await get()).status, 404);
});

test("a file below a shared folder says where its permission comes from (UI-212)", async (site) => {
  const { id } = await site.me("ada");
  const bob = await site.me("bob");
  await file(site, "ada", "team", "docs", "", { "Content-Type": "application/directory", "X-Object-Sharing": `read=${bob.id}` });
  await file(site, "ada", "team", "docs/plan.txt", "plan");
  assert.ok(id);
  const page = await site.open("ada", "/files/team/docs");
  await act(page, "plan.txt", "Details");
  await page.getByRole("tab", { name: "Sharing" }).click();
  await see(dialog(page), /The permission comes from .*docs/);
});

test("groups of people are made, grow, shrink and end, and a file is shared with one (UI-217, UI-211)", async (site) => {
  const page = await site.open("ada", "/groups");
  await press(page, "New group");
  await dialog(page).getByLabel("Name").fill("Friends");
  await see(page, "Small letters only.");
  await dialog(page).getByLabel("Name").fill("friends");
  await dialog(page).getByLabel("E-mails of people").fill("who@example.org");
  await press(dialog(page), "Save");
  await see(page, "Unknown: who@example.org");
  await dialog(page).getByLabel("E-mails of people").fill(site.people.bob.name);
  await press(dialog(page), "Save");
  await see(row(page, "friends"), site.people.bob.name);
  await act(page, "friends", "Add members");
  await dialog(page).getByLabel("E-mails of people").fill(site.people.demo.name);
  await press(dialog(page), "Save");
  await see(row(page, "friends"), site.people.demo.name);
  await file(site, "ada", "grouped", "note.txt", "for friends");
  const other = await site.open("ada", "/files/grouped");
  await act(other, "note.txt", "Details");
  await other.getByRole("tab", { name: "Sharing" }).click();
  await dialog(other).getByRole("button", { name: "+ Group friends" }).click();
  await dialog(other).locator("li").filter({ hasText: "Group friends" }).waitFor();
  assert.equal(await site.call("bob", "GET", `${PITHOS}/${(await site.me("ada")).id}/grouped/note.txt`, undefined, { headers: { Accept: "*/*" } }), "for friends");
  await page.getByRole("button", { name: `Remove ${site.people.demo.name}` }).click();
  await row(page, "friends").getByText(site.people.demo.name).waitFor({ state: "detached" });
  await page.getByRole("button", { name: `Remove ${site.people.bob.name}` }).click();
  await see(dialog(page), "Delete the group friends?");
  await agree(page);
  await see(page, "No groups yet");
});

test("what is known about a file is shown, and metadata is added; pictures open in place (UI-172)", async (site) => {
  const dot = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
  await file(site, "ada", "pictures", "dot.png", dot, { "Content-Type": "image/png" });
  const page = await site.open("ada", "/files/pictures");
  await row(page, "dot.png").getByRole("button", { name: "dot.png" }).click();
  await until("the picture is drawn", () => dialog(page).getByRole("img", { name: "dot.png" }).evaluate((img) => img.naturalWidth === 1));
  await dialog(page).getByRole("button", { name: "Close" }).click();
  await act(page, "dot.png", "Details");
  await see(dialog(page), "image/png");
  await dialog(page).getByLabel("Key").fill("Place");
  await dialog(page).getByLabel("Value").fill("Chios");
  await press(dialog(page), "Add");
  await see(dialog(page), "Chios");
  await dialog(page).getByRole("button", { name: /^Copy/ }).first().waitFor();
});

test("what is not there and what is not served have a page of their own, the lost network a notice, and other failures a dialog with details and a report (UI-221)", async (site) => {
  await file(site, "ada", "faults", "paper.txt", "x");
  site.provoke(/status of (404|500|503)/, /ERR_INTERNET_DISCONNECTED/);
  const page = await (await site.window("ada")).newPage();
  await go(page, "/files/no-such-container");
  const absent = page.locator("[data-test=unreached-404]");
  await see(absent, "There is nothing here");
  await absent.getByRole("button", { name: "Go to the overview" }).or(absent.getByRole("link", { name: "Go to the overview" })).waitFor();
  const listing = (url) => url.pathname.startsWith(PITHOS) && url.pathname.endsWith("/faults");
  await page.route(listing, (route) => route.fulfill({ status: 503, json: { serviceUnavailable: { code: 503, message: "Later.", details: "" } } }));
  await go(page, "/files/faults");
  const later = page.locator("[data-test=unreached-503]");
  for (const text of ["The service is not available now", "Later."]) await see(later, text);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await later.getByRole("button", { name: "Retry" }).or(later.getByRole("button", { name: "Try again" })).click();
  await row(page, "paper.txt").waitFor();
  await page.context().setOffline(true);
  await see(page, "There is no network");
  await page.context().setOffline(false);
  await page.getByText("There is no network").waitFor({ state: "detached" });
  await site.call("ada", "PUT", `${PITHOS}/${(await site.me("ada")).id}/broken`, undefined, { allow: [202] });
  await go(page, "/files");
  await press(page, "List");
  await page.route("**/broken*", (route) =>
    route.request().method() === "DELETE" ? route.fulfill({ status: 500, json: { fault: { code: 500, message: "Broken.", details: "disk 7" } } }) : route.continue(),
  );
  await act(page, "broken", "Delete");
  await agree(page);
  const fault = page.locator("[data-test=fault]");
  await see(fault, "Broken.");
  await fault.getByRole("button", { name: "Send report" }).click();
  await see(dialog(page), '"message": "Broken."');
  await press(dialog(page), "Cancel");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  const { id } = await site.me("ada");
  for (const path of ["broken", "faults/paper.txt", "faults"]) await site.call("ada", "DELETE", `${PITHOS}/${id}/${path}`);
});

test("any name works in an address: signs, spaces, other scripts, dots (UI-222)", async (site) => {
  const names = ["50% off?.txt", "a#b&c=d.txt", "ελληνικά.txt", "trailing .txt ", "..txt", "semi;colon:@.txt"];
  const folder = "odd % names #1?";
  for (const name of names) await file(site, "ada", "odd", `${folder}/${name}`, name);
  const page = await site.open("ada", "/files/odd");
  await row(page, folder).getByRole("link").click();
  for (const name of names) await row(page, name.trim()).first().waitFor();
  await page.reload();
  for (const name of names) {
    const download = await saved(page, () => act(page, name.trim(), "Download"));
    assert.equal(download.content.toString(), name);
  }
});

test("who may edit a shared file sees it, and replaces it (UI-180)", async (site) => {
  const { id: bob } = await site.me("bob");
  const { id: ada } = await site.me("ada");
  await file(site, "ada", "ours", "draft.txt", "first", { "X-Object-Sharing": `write=${bob}` });
  const page = await site.open("bob", `/shared/${ada}/ours`);
  await see(page, "You may view and edit");
  await choose(page, ["draft.txt", "second"]);
  await dialog(page).getByLabel("What to do with draft.txt").selectOption("overwrite");
  await press(dialog(page), "Upload files");
  await until("it is replaced", async () => (await content(site, "ada", "ours/draft.txt")) === "second");
});

test("a chosen folder keeps its structure, and folders that are missing are made (UI-191)", async (site) => {
  const folder = mkdtempSync(join(tmpdir(), "webui-"));
  mkdirSync(join(folder, "trip", "day one"), { recursive: true });
  writeFileSync(join(folder, "trip", "plan.txt"), "go");
  writeFileSync(join(folder, "trip", "day one", "walk.txt"), "far");
  await file(site, "ada", "travel", "old.txt", "old");
  const page = await site.open("ada", "/files/travel");
  await row(page, "old.txt").waitFor();
  await page.locator("input[webkitdirectory]").setInputFiles(join(folder, "trip"));
  await row(page, "trip").getByRole("link").click();
  await row(page, "plan.txt").waitFor();
  await row(page, "day one").getByRole("link").click();
  await row(page, "walk.txt").waitFor();
  assert.equal(await content(site, "ada", "travel/trip/day%20one/walk.txt"), "far");
  rmSync(folder, { recursive: true });
});

test("an upload is stopped with its requests, tried again, and the tab asks before it closes meanwhile (UI-203, UI-207)", async (site) => {
  await file(site, "ada", "slow", "there.txt", "there");
  const page = await site.open("ada", "/files/slow");
  await row(page, "there.txt").waitFor();
  let held = 0;
  const hold = () => {
    held += 1;
  };
  await page.route("**/slow/long.bin?hashmap*", hold);
  const broken = [];
  page.on("requestfailed", (request) => broken.push(request.url()));
  site.provoke(/ERR_ABORTED/);
  await choose(page, ["long.bin", "a long one"]);
  await until("it travels", () => held > 0);
  const [asked] = await Promise.all([page.waitForEvent("dialog"), page.close({ runBeforeUnload: true })]);
  assert.equal(asked.type(), "beforeunload");
  await asked.dismiss();
  const line = page.getByRole("region", { name: "Uploads" }).locator("li", { hasText: "long.bin" });
  await line.getByRole("button", { name: "Cancel" }).click();
  await see(line, "Stopped");
  await until("its request ended", () => broken.some((url) => url.includes("long.bin")));
  await page.unroute("**/slow/long.bin?hashmap*", hold);
  await line.getByRole("button", { name: "Try again" }).click();
  await row(page, "long.bin").waitFor();
  await line.getByRole("button", { name: "Hide" }).click();
  await line.waitFor({ state: "detached" });
});

test("a container goes to a project with room for it, and says when its project no longer holds it; emptying shows its progress and can be stopped (UI-164, UI-166)", async (site) => {
  const wide = await project(site, "ada", "wide.example.org", { join_policy: "auto", resources: { "pithos.diskspace": { member_capacity: 5000, project_capacity: 9000 } } });
  const narrow = await project(site, "ada", "narrow.example.org", { join_policy: "auto", resources: { "pithos.diskspace": { member_capacity: 3, project_capacity: 9 } } });
  for (const id of [wide, narrow]) await site.call("ada", "POST", "/astakos/account/v1.0/projects/memberships", { join: { project: id } }, { allow: [409] });
  for (let at = 0; at < 40; at++) await file(site, "ada", "many", `f${String(at).padStart(2, "0")}`, "x");
  const page = await site.open("ada", "/files");
  await press(page, "List");
  await act(page, "many", "Move to project");
  const choice = dialog(page).getByLabel("Project");
  const options = await choice.locator("option").evaluateAll((all) => all.map((one) => [one.textContent, one.disabled]));
  assert.deepEqual(options.find(([text]) => text.startsWith("wide"))?.[1], false);
  assert.match(options.find(([text]) => text.startsWith("wide"))[0], /4.9 KiB free/);
  assert.deepEqual(options.find(([text]) => text.startsWith("narrow"))?.[1], true);
  await choice.selectOption(wide);
  await dialog(page).getByRole("button", { name: "Move to project" }).click();
  await see(row(page, "many"), "wide.example.org");
  await site.call("admin", "POST", `/astakos/account/v1.0/projects/${wide}/action`, { suspend: {} });
  await page.reload();
  await see(row(page, "many"), "Project not active");
  let asked = 0;
  const hold = async (route) => {
    asked += 1;
    if (asked <= 12) await route.continue();
    else if (asked > 18) await route.abort();
  };
  await page.route("**/many/f*", hold);
  site.provoke(/ERR_/);
  await act(page, "many", "Empty");
  await see(dialog(page), "40 items, 40 B, cannot be brought back.");
  await agree(page);
  const tasks = page.getByRole("region", { name: "Tasks" });
  await see(tasks, "12 of 40 done");
  await tasks.getByRole("button", { name: "Stop" }).click();
  await see(tasks, /28 stopped/);
  await page.unroute("**/many/f*", hold);
  await tasks.getByRole("button", { name: "Try again" }).click();
  await see(tasks, "40 of 40 done");
  await see(row(page, "many"), "0 B");
});

test("the tree leads to own folders and to what others share; a folder is a list or cards; marks tell who changed, what is shared, within what, and public (UI-167, UI-168, UI-171)", async (site) => {
  const { id: bob } = await site.me("bob");
  const { id: ada } = await site.me("ada");
  const folder = { "Content-Type": "application/directory" };
  await file(site, "ada", "wood", "oak", "", { ...folder, "X-Object-Sharing": `write=${bob}` });
  await file(site, "ada", "wood", "oak/leaf", "", folder);
  await file(site, "ada", "wood", "oak/acorn.txt", "a");
  await file(site, "ada", "wood", "open.txt", "b", { "X-Object-Public": "true", "X-Object-Sharing": "read=*" });
  await site.call("bob", "PUT", `${PITHOS}/${ada}/wood/oak/nest.txt`, undefined, { body: "eggs", headers: { "Content-Type": "text/plain" } });
  const page = await site.open("ada", "/files/wood");
  const tree = page.getByRole("navigation", { name: "Containers and folders" });
  await tree.getByText("oak", { exact: true }).click();
  await page.waitForURL(/\/files\/wood\/oak$/);
  await see(row(page, "nest.txt"), `by ${site.people.bob.name}`);
  assert.equal(await row(page, "acorn.txt").getByText(/^by /).count(), 0);
  await row(page, "acorn.txt").getByLabel("In the shared folder oak").waitFor();
  await tree.getByText("leaf", { exact: true }).click();
  await page.waitForURL(/\/wood\/oak\/leaf$/);
  await go(page, "/files/wood");
  await row(page, "open.txt").getByLabel("Shared").waitFor();
  await row(page, "open.txt").getByLabel("Public").waitFor();
  for (const column of ["Size", "Changed", "Type", "Name"]) {
    for (let times = 0; times < 2; times++) {
      await page.getByRole("button", { name: column, exact: true }).click();
      assert.match(await page.locator("tbody tr").first().innerText(), /oak/, `folders first by ${column}`);
    }
  }
  await page.getByRole("button", { name: "Grid", exact: true }).click();
  await page.locator("[data-card=oak]").getByRole("link").waitFor();
  assert.equal(await page.locator("tbody tr").count(), 0);
  await page.getByRole("button", { name: "List", exact: true }).click();
  await row(page, "open.txt").waitFor();
  const guest = await site.open("bob", `/shared/${ada}/wood/oak`);
  const theirs = guest.getByRole("navigation", { name: "Containers and folders" });
  await theirs.getByText(site.people.ada.name).waitFor();
});

test("what is chosen is downloaded, copied, replaced, shared and deleted from the bar or its row; a file comes by its own short address, more as one ZIP (UI-175, UI-182, UI-188)", async (site) => {
  for (const name of ["one.txt", "two.txt", "in/three.txt"]) await file(site, "ada", "bar", name, name, { "Content-Type": "text/plain" });
  const page = await site.open("ada", "/files/bar");
  await row(page, "one.txt").waitFor();
  const bar = (name) => page.locator(".table-tools").getByRole("button", { name, exact: true });
  const able = async () => Object.fromEntries(await Promise.all(["Download", "Copy", "Replace file", "Move", "Sharing", "Versions", "Move to trash", "Delete"].map(async (name) => [name, await bar(name).isEnabled()])));
  assert.ok(Object.values(await able()).every((one) => !one));
  await tick(page, "one.txt");
  assert.ok(Object.values(await able()).every(Boolean));
  await row(page, "one.txt").locator("td button").last().click();
  const items = await page.getByRole("menuitem").allInnerTexts();
  assert.deepEqual(items, ["Details", "Rename", "Register image", "Download", "Copy", "Replace file", "Move", "Sharing", "Versions", "Move to trash", "Delete"]);
  await page.keyboard.press("Escape");
  const tokens = new Set();
  const addresses = [];
  page.context().on("request", (request) => {
    addresses.push(request.url());
    const token = request.headers()["x-auth-token"];
    if (token) tokens.add(token);
  });
  const single = await saved(page, () => bar("Download").click());
  assert.deepEqual([single.name, single.content.toString()], ["one.txt", "one.txt"]);
  assert.ok(single.url.includes("/pithos/ui/view/") && single.url.includes("access_token="), single.url);
  await page.locator("[data-test=replace]").setInputFiles([]);
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), bar("Replace file").click()]);
  await chooser.setFiles({ name: "other.txt", mimeType: "text/plain", buffer: Buffer.from("replaced") });
  await until("it is replaced", async () => (await content(site, "ada", "bar/one.txt")) === "replaced");
  await bar("Versions").click();
  await until("two versions", async () => (await dialog(page).locator(".rows li").count()) === 2);
  await dialog(page).getByRole("button", { name: "Close" }).click();
  await page.getByRole("checkbox", { name: "Select all rows" }).check();
  assert.deepEqual(await able(), { Download: true, Copy: true, "Replace file": false, Move: true, Sharing: false, Versions: false, "Move to trash": true, Delete: true });
  const zip = await saved(page, () => bar("Download").click());
  assert.equal(zip.name, "bar.zip");
  for (const name of ["one.txt", "two.txt", "in/three.txt"]) assert.ok(zip.content.includes(name), name);
  assert.ok(tokens.size > 0);
  for (const token of tokens) for (const address of [...addresses, single.url, zip.url]) assert.ok(!address.includes(token));
  await bar("Move to trash").click();
  await see(page, "3 items are in the trash");
  await press(page, "Undo");
  await row(page, "two.txt").waitFor();
  assert.equal(await content(site, "ada", "bar/in/three.txt"), "in/three.txt");
});

test("a name that is taken at the target is asked about: a new name before the extension, or a new version where the container keeps them (UI-179)", async (site) => {
  for (const name of ["a.txt", "b.txt", "c/d.txt"]) await file(site, "ada", "from", name, "new");
  for (const name of ["a.txt", "b.txt", "c/d.txt"]) await file(site, "ada", "onto", name, "old");
  for (const container of ["from", "onto"]) await file(site, "ada", container, "c", "", { "Content-Type": "application/directory" });
  site.provoke(/status of 412/);
  const page = await site.open("ada", "/files/from");
  await row(page, "a.txt").waitFor();
  await tick(page, "a.txt", "b.txt", "c");
  await press(page, "Copy");
  await dialog(page).getByRole("button", { name: "onto" }).click();
  await dialog(page).getByRole("button", { name: "Copy", exact: true }).click();
  await see(page, "3 names are taken");
  assert.equal(await dialog(page).getByLabel("New name for a.txt").inputValue(), "a_copy_.txt");
  assert.equal(await dialog(page).getByLabel("New name for c").inputValue(), "c_copy");
  await dialog(page).getByLabel("Replace, as a new version: b.txt").check();
  await press(dialog(page), "Go on");
  await see(page, "3 items copied");
  assert.equal(await content(site, "ada", "onto/a.txt"), "old");
  assert.equal(await content(site, "ada", "onto/a_copy_.txt"), "new");
  assert.equal(await content(site, "ada", "onto/b.txt"), "new");
  assert.equal(await content(site, "ada", "onto/c_copy/d.txt"), "new");
  const { id } = await site.me("ada");
  const kept = await site.call("ada", "GET", `${PITHOS}/${id}/onto/b.txt?version=list&format=json`);
  assert.equal(kept.versions.length, 2);
});

test("a folder of fifteen thousand entries is read page by page, shown before it is whole, and few of its rows are in the page (UI-185, UI-306)", async (site) => {
  await file(site, "ada", "huge", "seed.txt", "seed");
  const page = await (await site.window("ada")).newPage();
  const markers = [];
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(/\/huge\?.*delimiter/, async (route) => {
    const query = new URL(route.request().url()).searchParams;
    markers.push(query.get("marker"));
    const from = query.get("marker") ? 10_000 : 0;
    if (from) await held;
    const entries = Array.from({ length: from ? 5000 : 10_000 }, (_, at) => ({
      name: `file ${String(from + at).padStart(5, "0")}.txt`, bytes: at, content_type: "text/plain",
      last_modified: "2030-01-01T00:00:00+00:00", x_object_uuid: `u${from + at}`, x_object_version: from + at,
    }));
    await route.fulfill({ json: entries });
  });
  await go(page, "/files/huge?size=20000");
  await row(page, "file 00000.txt").waitFor();
  release();
  await until("the second page was asked for", () => markers.includes("file 09999.txt"));
  await see(page, /15000/);
  assert.ok((await page.locator("tbody tr").count()) < 200);
  await until("the last row is drawn", async () => {
    await page.locator("#main").evaluate((main) => main.scrollTo(0, main.scrollHeight));
    return (await row(page, "file 14999.txt").count()) === 1;
  });
  assert.ok((await page.locator("tbody tr").count()) < 200);
  await page.getByRole("textbox", { name: "Filter" }).fill("07777");
  await row(page, "file 07777.txt").waitFor();
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("what is known about a file is shown to copy; its type, encoding, disposition and own keys are changed and removed, with a way back (UI-186)", async (site) => {
  await file(site, "ada", "known", "paper.txt", "words", { "Content-Type": "text/plain", "X-Object-Meta-Place": "Chios" });
  const page = await site.open("ada", "/files/known");
  await act(page, "paper.txt", "Details");
  const box = dialog(page);
  for (const what of ["Hash", "UUID", "Version"]) {
    await box.locator(".pf-v6-c-description-list__group", { hasText: what }).getByRole("button", { name: /^Copy/ }).waitFor();
  }
  await box.getByRole("button", { name: "Edit place" }).click();
  await box.getByLabel("Value").fill("Samos");
  await press(box, "Add");
  await see(box, "Samos");
  await box.getByLabel("Type").fill("text/x-paper");
  await box.getByLabel("Encoding").fill("gzip");
  await box.getByLabel("Disposition").fill("attachment");
  await press(box, "Save");
  await see(box.locator("dl"), "text/x-paper");
  const { id } = await site.me("ada");
  const head = await fetch(`${site.url}${PITHOS}/${id}/known/paper.txt`, { method: "HEAD", headers: { "X-Auth-Token": await site.token("ada") } });
  const kept = ["Content-Type", "Content-Encoding", "Content-Disposition", "X-Object-Meta-Place"].map((name) => head.headers.get(name));
  assert.deepEqual(kept, ["text/x-paper", "gzip", "attachment", "Samos"]);
  await box.getByRole("button", { name: "Remove place" }).click();
  await box.getByText("Samos").waitFor({ state: "detached" });
  await press(box, "Undo");
  await see(box, "Samos");
});

test("texts, Markdown, pictures, sound, films and PDF are looked at without saving them, and nothing in them runs (UI-187)", async (site) => {
  const files = {
    "a.txt": ["text/plain", "<b>plain</b>"],
    "b.md": ["text/markdown", "# Title\n\n- *one*\n\n<img src=x onerror=alert(1)>"],
    "c.pdf": ["application/pdf", "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>"],
    "d.wav": ["audio/wav", Buffer.concat([Buffer.from("RIFF"), Buffer.from([36, 8, 0, 0]), Buffer.from("WAVEfmt "), Buffer.from([16, 0, 0, 0, 1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0]), Buffer.from("data"), Buffer.from([0, 8, 0, 0]), Buffer.alloc(2048, 128)])],
    "e.svg": ["image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"><script>alert(1)</script></svg>'],
  };
  for (const [name, [type, text]] of Object.entries(files)) await file(site, "ada", "looks", name, text, { "Content-Type": type });
  const page = await site.open("ada", "/files/looks");
  const look = (name) => row(page, name).getByRole("button", { name, exact: true }).click();
  const shut = () => dialog(page).getByRole("button", { name: "Close" }).click();
  let alerts = 0;
  page.on("dialog", (asked) => {
    alerts += 1;
    void asked.dismiss();
  });
  await look("a.txt");
  await see(dialog(page).locator("pre"), "<b>plain</b>");
  await shut();
  await look("b.md");
  await dialog(page).getByRole("heading", { name: "Title", level: 3 }).waitFor();
  assert.equal(await dialog(page).locator("[data-test=rich] img").count(), 0);
  await see(dialog(page), "<img src=x onerror=alert(1)>");
  await shut();
  await look("d.wav");
  await until("it may be played", () => dialog(page).locator("audio").evaluate((one) => one.readyState >= 1 && one.duration > 0));
  await shut();
  await look("e.svg");
  await until("it is drawn", () => dialog(page).getByRole("img", { name: "e.svg" }).evaluate((one) => one.naturalWidth === 7));
  await shut();
  await look("c.pdf");
  const frame = dialog(page).locator("iframe");
  const answer = await page.context().request.get(await frame.getAttribute("src"));
  assert.equal(answer.headers()["content-type"], "application/pdf");
  assert.match(answer.headers()["content-security-policy"], /default-src 'none'/);
  assert.equal(answer.headers()["x-content-type-options"], "nosniff");
  await shut();
  assert.equal(alerts, 0);
});

test("files are searched by words of their names everywhere or in one container, narrowed by type, size, date, shared and public, all of it in the address (UI-189)", async (site) => {
  await file(site, "ada", "found", "deep/Quarterly Report.txt", "r", { "Content-Type": "text/plain" });
  await file(site, "ada", "found", "quarterly picture.png", "p", { "Content-Type": "image/png", "X-Object-Public": "true" });
  await file(site, "ada", "found2", "quarterly.pdf", "p", { "X-Object-Sharing": "read=*" });
  const page = await site.open("ada", "/search");
  await page.getByRole("textbox", { name: "Words in the name" }).fill("quarterly");
  for (const name of ["Quarterly Report.txt", "quarterly picture.png", "quarterly.pdf"]) await row(page, name).waitFor();
  const left = async (name) => {
    await until(`only ${name}`, async () => (await page.locator("tbody tr").count()) === 1);
    await row(page, name).waitFor();
  };
  await page.getByLabel("Type", { exact: true }).selectOption("image");
  await left("quarterly picture.png");
  await page.reload();
  await left("quarterly picture.png");
  await page.getByLabel("Type", { exact: true }).selectOption("");
  await page.getByLabel("Public").check();
  await left("quarterly picture.png");
  await page.getByLabel("Public").uncheck();
  await page.getByLabel("Shared").check();
  await left("quarterly.pdf");
  await page.getByLabel("Shared").uncheck();
  await page.getByLabel("Where").selectOption("found2");
  await left("quarterly.pdf");
  await page.getByLabel("Size", { exact: true }).selectOption("large");
  await see(page, "Nothing found");
  await page.getByLabel("Size", { exact: true }).selectOption("small");
  await page.getByLabel("Changed").selectOption("1");
  await left("quarterly.pdf");
  await page.getByLabel("Where").selectOption("");
  await page.getByRole("textbox", { name: "Words in the name" }).fill("report quarterly");
  await left("Quarterly Report.txt");
  await row(page, "Quarterly Report.txt").getByRole("link").click();
  await page.waitForURL(/\/files\/found\/deep/);
});

test("the queue of uploads takes four files at a time, stands beside every view, and is stopped, reset and hidden as a whole; what is too large says how much is left (UI-192, UI-193, UI-201)", async (site) => {
  await file(site, "ada", "queue", "there.txt", "there");
  const page = await site.open("ada", "/files/queue");
  await row(page, "there.txt").waitFor();
  let asked = 0;
  const hold = () => {
    asked += 1;
  };
  await page.route("**/queue/*.bin?hashmap*", hold);
  site.provoke(/ERR_ABORTED|status of 413/);
  await choose(page, ...Array.from({ length: 6 }, (_, at) => [`q${at}.bin`, `file ${at}`]));
  await until("four travel", () => asked === 4);
  const panel = page.getByRole("region", { name: "Uploads" });
  const states = () => panel.locator("li").evaluateAll((all) => all.map((one) => one.dataset.state));
  await until("two wait", async () => (await states()).filter((one) => one === "pending").length === 2);
  assert.equal(asked, 4);
  await see(panel, /q0.bin · 6 B/);
  await page.getByRole("link", { name: "Servers", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Servers" }).waitFor();
  await press(panel, "Cancel all");
  assert.deepEqual((await states()).sort(), ["aborted", "aborted", "aborted", "aborted", "canceled", "canceled"]);
  await page.unroute("**/queue/*.bin?hashmap*", hold);
  await press(panel, "Try all again");
  await until("all are there", async () => (await states()).every((one) => one === "done"));
  await press(panel, "Fold");
  assert.equal(await panel.locator("li").count(), 0);
  await press(panel, "Unfold");
  await press(panel, "Hide finished");
  await panel.waitFor({ state: "detached" });
  const small = await project(site, "ada", "brim.example.org", { join_policy: "auto", resources: { "pithos.diskspace": { member_capacity: 1000, project_capacity: 1000 } } });
  await site.call("ada", "POST", "/astakos/account/v1.0/projects/memberships", { join: { project: small } }, { allow: [409] });
  const { id } = await site.me("ada");
  await site.call("ada", "PUT", `${PITHOS}/${id}/brim`, undefined, { headers: { "X-Container-Policy-Project": small }, allow: [202] });
  await file(site, "ada", "brim", "first.txt", "x".repeat(600));
  await go(page, "/files/brim");
  await row(page, "first.txt").waitFor();
  await choose(page, ["second.txt", "y".repeat(500)]);
  await see(panel, "There is no room: 500 B are needed, 400 B are left.");
});

test("versions tell their size and author, show what changed in a text, are brought back as copies and forgotten (UI-216)", async (site) => {
  await file(site, "ada", "drafts", "poem.txt", "roses are red\nviolets are blue");
  await file(site, "ada", "drafts", "poem.txt", "roses are white\nviolets are blue\nthe end");
  const page = await site.open("ada", "/files/drafts");
  await act(page, "poem.txt", "Versions");
  const old = dialog(page).locator(".rows li").nth(1);
  await see(old, /30 B\s+by me/);
  await press(old, "Compare");
  const shown = dialog(page).locator("pre.diff");
  await shown.waitFor();
  assert.deepEqual((await shown.innerText()).trimEnd().split("\n").map((one) => one.trimEnd()), ["− roses are red", "+ roses are white", "  violets are blue", "+ the end"]);
  await press(old, "Restore as copy");
  await see(page, "One item copied");
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await file(site, "ada", "drafts", "poem.txt", "the third");
  await dialog(page).getByRole("button", { name: "Close" }).click();
  const copy = page.locator("tbody tr").filter({ hasText: /poem .*\.txt/ });
  await copy.waitFor();
  await act(page, "poem.txt", "Versions");
  await until("three versions", async () => (await dialog(page).locator(".rows li").count()) === 3);
  await press(dialog(page), "Delete old versions");
  await agree(page);
  await until("one is left", async () => (await dialog(page).locator(".rows li").count()) === 1);
  assert.equal(await content(site, "ada", "drafts/poem.txt"), "the third");
});

test("single keys make something new and lead to groups and usage, and the bar lists them; in a field they are letters (UI-219)", async (site) => {
  const page = await site.open("ada", "/files");
  await press(page, "List");
  await row(page, "pithos").waitFor();
  await page.getByRole("button", { name: "Keys", exact: true }).click();
  for (const text of ["New container", "Groups", "Usage"]) await see(page.getByRole("dialog"), text);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("n");
  await dialog(page).getByLabel("Name").fill("gun");
  assert.equal(await dialog(page).getByLabel("Name").inputValue(), "gun");
  await press(dialog(page), "Cancel");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "pithos" }).first().click();
  await page.waitForURL(/\/files\/pithos/);
  await page.getByRole("button", { name: "New folder" }).waitFor();
  await page.keyboard.press("n");
  await dialog(page).getByText("New folder").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("g");
  await page.waitForURL(/\/groups/);
  await go(page, "/files");
  await page.keyboard.press("u");
  await page.waitForURL(/\/usage/);
});

test("containers, files and groups are looked at again every five seconds with If-Modified-Since; 304 keeps what is shown, a change elsewhere is seen (UI-029)", async (site) => {
  const { id } = await site.me("eve");
  await file(site, "eve", "pithos", "kept/first.txt", "one");
  const page = await site.open("eve", "/files/pithos/kept");
  const looks = [];
  const running = new Set();
  let overlapped = false;
  page.on("request", (request) => {
    if (!request.url().includes("prefix=kept%2F")) return;
    overlapped ||= running.size > 0;
    running.add(request);
  });
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => running.delete(request));
  page.on("response", (response) => {
    if (!response.url().includes(`${PITHOS}/${id}`)) return;
    looks.push([response.request().method(), response.request().headers()["if-modified-since"], response.status()]);
  });
  const unchanged = (method) => () => looks.some(([how, since, status]) => how === method && since && status === 304);
  await row(page, "first.txt").waitFor();
  await until("nothing changed", unchanged("GET"));
  await row(page, "first.txt").waitFor();
  await file(site, "eve", "pithos", "kept/second.txt", "two");
  await row(page, "second.txt").waitFor();
  assert.ok(!overlapped, "a look begins while the former runs");
  for (const [path, method] of [["/files", "GET"], ["/groups", "HEAD"]]) {
    await go(page, path);
    looks.length = 0;
    await until(`nothing changed at ${path}`, unchanged(method));
  }
});
