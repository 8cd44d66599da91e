// Every page: what axe says of it, and whether it fits a small screen.
import assert from "node:assert/strict";
import { furnished, PAGES } from "./furnish.mjs";
import { go, test, violations } from "./site.mjs";

async function pages(site, who = "demo") {
  return PAGES(await furnished(site)).filter(([name]) => name.startsWith("staff") === (who === "admin"));
}

const COLOURS = ["color-contrast", "link-in-text-block"];

async function inspect(page, paths, rules) {
  const found = [];
  for (const [, path] of paths) {
    await go(page, path);
    await page.locator(".pf-v6-c-skeleton").first().waitFor({ state: "detached" });
    for (const one of await violations(page, rules)) {
      if (!found.some((each) => each.endsWith(one))) found.push(`${path}: ${one}`);
    }
  }
  assert.deepEqual(found, []);
}

test("axe finds nothing against WCAG 2.2 A and AA on any page; icons have names and targets are large enough (UI-300)", async (site) => {
  const paths = await pages(site);
  const page = await (await site.window("demo")).newPage();
  await inspect(page, paths);
  const staff = await (await site.window("admin")).newPage();
  await inspect(staff, await pages(site, "admin"));
});

test("axe finds nothing in the dark and in high contrast either: colours on every page, all else on some (UI-299)", async (site) => {
  const some = ["home", "servers", "server", "server-new", "folder", "usage", "project", "access"];
  for (const theme of ["dark", "contrast"]) {
    for (const who of ["demo", "admin"]) {
      const context = await site.stranger();
      await context.addInitScript((wanted) => {
        if (location.protocol !== "about:") localStorage.setItem("synnefo.theme", wanted);
      }, theme);
      await site.signIn(context, who);
      const page = await context.newPage();
      const paths = await pages(site, who);
      await inspect(page, paths.filter(([name]) => some.includes(name)));
      await inspect(page, paths.filter(([name]) => !some.includes(name)), COLOURS);
      await context.close();
    }
  }
});

test("no page is wider than a screen of 320 pixels (UI-307)", async (site) => {
  const context = await site.stranger({ viewport: { width: 320, height: 640 } });
  await site.signIn(context, "demo");
  const page = await context.newPage();
  const wide = [];
  for (const [, path] of await pages(site)) {
    await go(page, path);
    await page.locator(".pf-v6-c-skeleton").first().waitFor({ state: "detached" });
    const [inner, outer] = await page.evaluate(() => {
      const main = document.querySelector("#main") ?? document.documentElement;
      return [main.scrollWidth, main.clientWidth];
    });
    if (inner > outer + 1) wide.push(`${path}: ${inner} > ${outer}`);
  }
  assert.deepEqual(wide, []);
  await context.close();
});
