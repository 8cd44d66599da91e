// What one reaches without a mouse, sees without motion and hears without eyes (WCAG 2.2 AA).
import assert from "node:assert/strict";
import { furnished, PAGES, server } from "./furnish.mjs";
import { dialog, go, row, test, until } from "./site.mjs";

const MOST = 250;

async function pages(site, staff) {
  return PAGES(await furnished(site)).filter(([name]) => name.startsWith("staff") === staff);
}

/** What Tab should reach: those of a group of radio buttons count once, as browsers have it. */
function expected() {
  const found = new Set();
  const wanted = "a[href], button, input, select, textarea, summary, iframe, [tabindex], [contenteditable=true]";
  for (const each of document.querySelectorAll(wanted)) {
    if (each.tabIndex < 0 || each.disabled || each.closest("[inert], fieldset:disabled")) continue;
    if (!each.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) continue;
    if (each.type === "radio" && !each.checked) continue;
    each.dataset.reach ??= String(found.size);
    found.add(each.dataset.reach);
  }
  return [...found];
}

/** What looks as if it could be clicked, and is no control, in none, has none and labels none. */
function mouseOnly() {
  const control = "a[href], button, input, select, textarea, summary, label, [role=tab], [role=option], [tabindex='0']";
  const found = [];
  for (const each of document.querySelectorAll("#main *")) {
    if (getComputedStyle(each).cursor !== "pointer" || !each.checkVisibility()) continue;
    if (each.closest(control) || each.querySelector(control)) continue;
    found.push(each.outerHTML.slice(0, 120));
  }
  return found;
}

/** The element that has the focus, and whether one sees that it has. */
function focused() {
  const each = document.activeElement;
  if (!each || each === document.body) return null;
  const looks = (one) => {
    const style = getComputedStyle(one);
    return [style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0, style.boxShadow, style.borderColor, style.backgroundColor, style.textDecorationLine, getComputedStyle(one, "::after").borderColor, getComputedStyle(one, "::after").borderBottomWidth];
  };
  const around = [each, each.parentElement, each.closest("label, [class*=form-control], [class*=input-group]") ?? each];
  const before = around.map(looks);
  // Browsers mark the part of a date that one is in.
  let seen = before[0][0] || /^(date|time|month|week)/.test(each.type);
  if (!seen) {
    each.blur();
    seen = JSON.stringify(around.map(looks)) !== JSON.stringify(before);
    each.focus({ focusVisible: true });
  }
  return { mark: each.dataset.reach ?? "", seen, html: each.outerHTML.slice(0, 160) };
}

async function walk(page, path) {
  await go(page, path);
  await page.locator(".pf-v6-c-skeleton").first().waitFor({ state: "detached" });
  await page.evaluate(() => document.activeElement?.blur());
  const wanted = await page.evaluate(expected);
  const reached = new Set();
  const wrong = (await page.evaluate(mouseOnly)).map((one) => `for the mouse alone: ${one}`);
  for (let n = 0; n < MOST && wanted.some((one) => !reached.has(one)); n += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(focused);
    if (!at) continue;
    if (at.mark && reached.has(at.mark) && n > wanted.length + 5) break;
    reached.add(at.mark);
    if (!at.seen) wrong.push(`its focus is not seen: ${at.html}`);
  }
  for (const one of wanted.filter((each) => !reached.has(each))) {
    const html = await page.evaluate((mark) => document.querySelector(`[data-reach="${mark}"]`)?.outerHTML.slice(0, 160), one);
    if (html) wrong.push(`not reached by Tab: ${html}`);
  }
  return wrong.map((one) => `${path}: ${one}`);
}

test("on every page Tab reaches each control, its focus is seen, and nothing is for the mouse alone (UI-299)", async (site) => {
  const wrong = [];
  for (const [who, staff] of [["demo", false], ["admin", true]]) {
    const page = await (await site.window(who)).newPage();
    for (const [, path] of await pages(site, staff)) wrong.push(...(await walk(page, path)));
    await page.close();
  }
  assert.deepEqual(wrong, []);
});

test("a server is stopped by keyboard alone, and who sees nothing hears of it (UI-299)", async (site) => {
  const id = await server(site, "bob", "heard");
  const page = await site.open("bob", "/servers?view=table");
  const heard = () => page.evaluate(() => [...document.querySelectorAll("[aria-live=polite], [aria-live=assertive], [role=status], [role=alert]")].map((one) => one.textContent).join(" | "));
  await row(page, "heard").locator(".pf-v6-c-table__action button, td button.pf-v6-c-menu-toggle").last().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Shut down", exact: true }).waitFor();
  await page.keyboard.press("ArrowDown");
  for (let n = 0; n < 20 && !/Shut down/.test(await page.evaluate(() => document.activeElement.textContent)); n += 1) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await dialog(page).waitFor();
  for (let n = 0; n < 10 && !/Shut down/.test(await page.evaluate(() => document.activeElement.textContent)); n += 1) await page.keyboard.press("Tab");
  assert.doesNotMatch(await heard(), /shut/i);
  await page.keyboard.press("Enter");
  await until("the change is told in a live region", async () => /shut/i.test(await heard()));
  await until("it is stopped", async () => (await site.call("bob", "GET", `/cyclades/compute/v2.0/servers/${id}`)).server.status === "STOPPED");
  await site.call("bob", "DELETE", `/cyclades/compute/v2.0/servers/${id}`);
});

test("who wants no motion gets none (UI-299)", async (site) => {
  const page = await site.open("demo", "/servers/new");
  await page.emulateMedia({ reducedMotion: "reduce" });
  const moving = await page.evaluate(() => {
    const long = (text) => text.split(",").some((one) => parseFloat(one) * (one.trim().endsWith("ms") ? 1 : 1000) > 1);
    const found = new Set();
    for (const each of document.querySelectorAll("*")) {
      for (const part of [null, "::before", "::after"]) {
        const style = getComputedStyle(each, part);
        if (long(style.transitionDuration) || (style.animationName !== "none" && long(style.animationDuration))) found.add(`${each.className}${part ?? ""}`);
        if (style.scrollBehavior === "smooth") found.add(`${each.className} scrolls`);
      }
    }
    return [...found].slice(0, 10);
  });
  assert.deepEqual(moving, []);
});
