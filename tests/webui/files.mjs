// Files: containers, folders, uploads, sharing, versions, groups.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { file } from "./furnish.mjs";
import { act, agree, dialog, go, press, row, saved, see, test, until } from "./site.mjs";

const PITHOS = "/pithos/object-store/v1";

async function content(site, who, path) {
  const { id } = await site.me(who);
  return site.call(who, "GET", `${PITHOS}/${id}/${path}`, undefined, { headers: { Accept: "*/*" } });
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

test("one's containers stand ready; new ones are checked, emptied with their size told, and deleted; the trash stays (UI-159, UI-161, UI-162, UI-163, UI-165)", async (site) => {
  const page = await site.open("ada", "/files");
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
  await old.getByRole("button", { name: "Restore" }).click();
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
  await see(line, "Canceled");
  await until("its request ended", () => broken.some((url) => url.includes("long.bin")));
  await page.unroute("**/slow/long.bin?hashmap*", hold);
  await line.getByRole("button", { name: "Try again" }).click();
  await row(page, "long.bin").waitFor();
  await line.getByRole("button", { name: "Hide" }).click();
  await line.waitFor({ state: "detached" });
});
