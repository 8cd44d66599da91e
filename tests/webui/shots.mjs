// Pictures of the main pages, with something on them: node shots.mjs FOLDER, WEBUI_SITE as in run.mjs.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fill, PAGES } from "./furnish.mjs";
import { go, Site } from "./site.mjs";

const folder = process.argv[2] ?? "/tmp/synnefod-screenshots";
const only = process.argv.slice(3);
const LOOKS = [
  ["wide", { viewport: { width: 1280, height: 900 } }],
  ["dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }],
  ["phone", { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
];

const { url, people } = JSON.parse(process.env.WEBUI_SITE ?? "{}");
mkdirSync(folder, { recursive: true });
const site = new Site(url, people);
await site.start();
try {
  const known = await fill(site);
  for (const [look, options] of LOOKS) {
    for (const who of ["demo", "admin"]) {
      const context = await site.stranger(options);
      await site.signIn(context, who);
      const page = await context.newPage();
      for (const [name, path] of PAGES(known)) {
        if ((who === "admin") !== name.startsWith("staff")) continue;
        if (only.length && !only.some((one) => `${name}-${look}`.startsWith(one))) continue;
        await go(page, path);
        await page.waitForLoadState("load");
        await page.locator(".pf-v6-c-skeleton").first().waitFor({ state: "detached" }).catch(() => undefined);
        await page.waitForTimeout(300);
        await page.screenshot({ path: join(folder, `${name}-${look}.png`) });
      }
      await context.close();
    }
  }
} finally {
  await site.stop();
}
