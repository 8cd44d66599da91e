// Entry and the frame around every view.
import assert from "node:assert/strict";
import { file } from "./furnish.mjs";
import { dialog, go, press, row, saved, see, test, until } from "./site.mjs";

test("a visitor is sent to sign in, and the view that was asked for opens afterwards (UI-005)", async (site) => {
  const context = await site.stranger();
  const page = await context.newPage();
  site.provoke(/status of 401/);
  await page.goto("/ui/keys?q=none");
  await page.waitForURL(/\/login\?next=/);
  await page.getByLabel("E-mail").fill(site.people.demo.name);
  await page.getByLabel("Password").fill(site.people.demo.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(/\/ui\/keys\?q=none/);
  await see(page, "SSH keys");
  await context.close();
});

test("the token lives in memory alone: no address, storage or readable cookie holds a secret, and nothing is asked of another host (UI-007, UI-008, UI-017, UI-296)", async (site) => {
  const page = await site.open("demo", "/");
  const tokens = new Set();
  const addresses = new Set();
  page.on("request", (request) => {
    addresses.add(request.url());
    addresses.add(request.headers()["referer"] ?? "");
    const token = request.headers()["x-auth-token"];
    if (token) tokens.add(token);
  });
  for (const path of ["/servers", "/files", "/networks", "/images", "/"]) await go(page, path);
  await until("a call with a token", () => tokens.size > 0);
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state]),
  );
  for (const token of tokens) {
    assert.ok(!kept.includes(token));
    for (const address of addresses) assert.ok(!address.includes(token), address);
  }
  for (const address of addresses) {
    assert.ok(!address || address.startsWith(site.url) || /^(blob|data):/.test(address), address);
  }
  const cookies = await page.context().cookies();
  assert.ok(cookies.some((one) => one.httpOnly));
  assert.ok(!(await page.evaluate(() => document.cookie)).includes("session"));
});

test("a session that ends in the middle asks for the password, and what was typed is still there (UI-006)", async (site) => {
  const context = await site.stranger();
  await site.signIn(context, "ada");
  const page = await context.newPage();
  await go(page, "/keys");
  await press(page, "Add key");
  await dialog(page).getByLabel("Name").fill("half typed");
  const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFb0mQO0mYcmMWmMDMy0RKZkqQ0mQO0mYcmMWmMDMy0R ada";
  await dialog(page).getByRole("textbox", { name: "Public key" }).fill(key);
  site.provoke(/status of 401/);
  const refuse = (route) => route.fulfill({ status: 401, body: "{}" });
  await page.route("**/cyclades/**", refuse);
  await page.route("**/ui/session_token", refuse);
  await press(dialog(page), "Add");
  await see(page, "Your session has ended");
  await page.unroute("**/cyclades/**", refuse);
  await page.unroute("**/ui/session_token", refuse);
  await page.locator("#signin-name").fill(site.people.ada.name);
  await page.locator("#signin-password").fill(site.people.ada.password);
  await press(page, "Sign in");
  await see(page, "SSH keys");
  assert.equal(await dialog(page).getByLabel("Name").inputValue(), "half typed");
  await context.close();
});

test("an address that leads nowhere says so (UI-014)", async (site) => {
  const page = await site.open("demo", "/no/such/view");
  await see(page, "There is nothing here");
});

test("the menu of the account leads to the overview, profile, access, usage, projects and contact, and signs out (UI-002)", async (site) => {
  const context = await site.stranger();
  await site.signIn(context, "bob");
  const page = await context.newPage();
  await go(page, "/");
  const open = () => page.getByRole("button", { name: `Account of ${site.people.bob.name}` }).click();
  for (const [item, heading] of [
    ["Profile", "Profile"],
    ["API access", "API access"],
    ["Usage", "Usage"],
    ["Projects", "Projects"],
    ["Contact", "Contact"],
    ["Overview", "Welcome, Bob Babbage"],
  ]) {
    await open();
    await page.getByRole("menuitem", { name: item, exact: true }).click();
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  }
  site.provoke(/status of 401/);
  await open();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.waitForURL(/\/login/);
  await page.getByRole("link", { name: "Sign in" }).waitFor();
  await context.close();
});

test("the language follows the browser and can be chosen (UI-018)", async (site) => {
  const context = await site.stranger({ locale: "el-GR" });
  await site.signIn(context, "bob");
  const page = await context.newPage();
  await go(page, "/keys");
  await page.getByRole("heading", { level: 1, name: "Κλειδιά SSH" }).waitFor();
  await page.getByRole("button", { name: "Γλώσσα" }).click();
  await page.getByRole("menuitem", { name: "English" }).click();
  await page.getByRole("heading", { level: 1, name: "SSH keys" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "SSH keys" }).waitFor();
  await context.close();
});

test("light, dark and high contrast are chosen, kept, and stand before the application runs (UI-220, UI-298)", async (site) => {
  const context = await site.stranger({ colorScheme: "dark" });
  await site.signIn(context, "bob");
  const page = await context.newPage();
  const classes = () => page.evaluate(() => document.documentElement.className);
  await go(page, "/keys");
  assert.match(await classes(), /theme-dark/, "it follows the system");
  for (const [title, pattern] of [
    ["High contrast", /theme-high-contrast/],
    ["Light", /^(?!.*theme-dark)/],
    ["Dark", /theme-dark/],
  ]) {
    await page.getByRole("button", { name: "Theme" }).click();
    await page.getByRole("menuitem", { name: title, exact: true }).click();
    assert.match(await classes(), pattern);
  }
  await page.emulateMedia({ colorScheme: "light" });
  // Without the application's script, what is there is what is painted first.
  await page.route("**/ui/assets/*.js", (route) => route.abort());
  site.provoke(/ERR_FAILED/);
  await page.goto("/ui/keys");
  assert.match(await classes(), /theme-dark/);
  await context.close();
});

test("a list that cannot be read says so in its place with a way to try again, and other lists go on (UI-027, UI-033)", async (site) => {
  const page = await site.open("demo", "/");
  site.provoke(/status of 503/);
  const refuse = (route) =>
    route.fulfill({
      status: 503,
      contentType: "application/json",
      body: JSON.stringify({ serviceUnavailable: { code: 503, message: "Back soon.", details: "line 7" } }),
    });
  await page.route("**/cyclades/network/**", refuse);
  await go(page, "/networks");
  await see(page, "The service is not available now");
  await see(page, "Back soon.");
  await page.getByRole("button", { name: "Details" }).first().click();
  await see(page, "503 serviceUnavailable");
  await see(page, "line 7");
  assert.equal(await page.getByRole("dialog").count(), 0);
  await page.getByRole("link", { name: "Servers", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Servers" }).waitFor();
  await page.getByRole("link", { name: "Networks", exact: true }).click();
  await page.getByRole("button", { name: "Try again", exact: true }).first().waitFor();
  await page.unroute("**/cyclades/network/**", refuse);
  await press(page, "Try again");
  await see(row(page, "Internet"), "Active");
});

test("a list is saved as CSV and JSON as it is filtered, with the columns on screen (UI-309)", async (site) => {
  await file(site, "demo", "lists", "one.txt", "1");
  await file(site, "demo", "lists", "two, or more.txt", "22");
  const page = await site.open("demo", "/files/lists");
  await row(page, "one.txt").waitFor();
  await page.getByRole("textbox", { name: "Filter" }).fill("two");
  await row(page, "one.txt").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitem", { name: "Hide Type" }).click();
  await page.keyboard.press("Escape");
  const save = (kind) => async () => {
    await page.getByRole("button", { name: "Save the list" }).click();
    await page.getByRole("menuitem", { name: kind, exact: true }).click();
  };
  const csv = await saved(page, save("CSV"));
  const [head, ...lines] = csv.content.toString().trim().split(/\r?\n/);
  assert.equal(head.replaceAll('"', ""), "Name,Size,Changed");
  assert.equal(lines.length, 1);
  assert.match(lines[0], /^"two, or more.txt",2,/);
  const json = JSON.parse((await saved(page, save("JSON"))).content);
  assert.deepEqual([json.length, json[0].name, Object.keys(json[0])], [1, "two, or more.txt", ["name", "size", "modified"]]);
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitem", { name: "Show Type" }).click();
});

test("a brand of the settings shows its name, pictures, icon, colours and words without another build (UI-293, UI-297)", async (site) => {
  const context = await site.stranger();
  await site.signIn(context, "demo");
  const page = await context.newPage();
  const picture = (colour) => `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9" fill="${colour}"/></svg>`)}`;
  await page.route("**/ui/config.json", async (route) => {
    const answer = await route.fetch();
    const told = await answer.json();
    await route.fulfill({
      response: answer,
      json: {
        ...told,
        service_name: "Lab Cloud",
        brand: {
          ...told.brand,
          company: "The Lab",
          company_url: "https://lab.example.org/",
          images: { favicon: picture("red"), logo: picture("blue"), logo_dark: picture("white") },
          copyright: true,
          copyright_text: "",
          footer: "Ask at the desk.",
          color: "#7d1007",
          radius: "0px",
        },
      },
    });
  });
  await go(page, "/keys");
  await see(page, "Lab Cloud");
  assert.match(await page.title(), /Lab Cloud/);
  const side = page.locator(".pf-v6-c-page__sidebar");
  await see(side, "Ask at the desk.");
  await see(side, `© ${new Date().getFullYear()} The Lab`);
  assert.equal(await side.getByRole("link", { name: "The Lab" }).getAttribute("href"), "https://lab.example.org/");
  assert.match(await page.locator("link[rel=icon]").first().getAttribute("href"), /red/);
  assert.match(await page.locator(".logo img:visible").getAttribute("src"), /blue/);
  await page.evaluate(() => document.documentElement.classList.add("pf-v6-theme-dark"));
  assert.match(await page.locator(".logo img:visible").getAttribute("src"), /white/);
  await page.evaluate(() => document.documentElement.classList.remove("pf-v6-theme-dark"));
  const colour = await page.getByRole("button", { name: "Add key" }).first().evaluate((one) => [getComputedStyle(one).backgroundColor, getComputedStyle(one, "::after").borderRadius, getComputedStyle(one).borderRadius]);
  assert.equal(colour[0], "rgb(125, 16, 7)");
  assert.ok(colour.slice(1).includes("0px"), colour.join());
  await context.close();
});
