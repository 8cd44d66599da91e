// Runs journeys in one browser, one line of JSON each: {file, title, ok, seconds, error}. Up to
// MOST_AGAIN that failed are walked once more at the end; the last line of a title counts.
//   node run.mjs [file.mjs ...]        with WEBUI_SITE: {"url": ..., "people": {...}}
// WEBUI_TITLE is a regular expression: only journeys whose titles match it are run.
// WEBUI_SHOTS names a folder for the picture of the page where a journey failed.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { journeys, Site } from "./site.mjs";

const HARNESS = new Set(["run.mjs", "site.mjs", "shots.mjs", "furnish.mjs"]);
const LIMIT = 400_000;
const MOST_AGAIN = 5;

const { url, people } = JSON.parse(process.env.WEBUI_SITE ?? "{}");
const named = process.argv.slice(2);
const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".mjs") && !HARNESS.has(name))
  .filter((name) => !named.length || named.includes(name))
  .sort();
const wanted = new RegExp(process.env.WEBUI_TITLE ?? "");
const site = new Site(url, people);
await site.start();
const failed = [];
let lost = 0;
try {
  for (const file of files) {
    const before = journeys.length;
    await import(`./${file}`);
    for (const { title, work } of journeys.slice(before)) {
      if (wanted.test(title) && !(await run(file, title, work))) failed.push([file, title, work]);
    }
  }
  lost = failed.length;
  if (lost <= MOST_AGAIN) for (const journey of failed) if (await run(...journey)) lost -= 1;
} finally {
  await site.stop();
}
process.exit(lost ? 1 : 0);

/** What the journeys before this have chosen is chosen no more. */
async function forgotten() {
  for (const who of Object.keys(people)) {
    await site.call(who, "PUT", "/astakos/account/v1.0/me/preferences", {}, { allow: [401, 403] });
  }
}

async function run(file, title, work) {
  const begun = Date.now();
  let error = "";
  let timer;
  try {
    await forgotten();
    await Promise.race([
      work(site),
      new Promise((_, refuse) => {
        timer = setTimeout(() => refuse(new Error("the journey takes too long")), LIMIT);
      }),
    ]);
    site.calm();
  } catch (fault) {
    error = `${fault.stack ?? fault}`;
    if (site.complaints.length) error += `\nconsole: ${site.complaints.join("\n")}`;
    site.complaints = [];
    site.provoked = [];
  }
  clearTimeout(timer);
  for (const context of site.browser.contexts()) {
    for (const page of context.pages()) {
      if (error && process.env.WEBUI_SHOTS) {
        const name = title.replace(/\W+/g, "-").slice(0, 50);
        await page
          .screenshot({ path: join(process.env.WEBUI_SHOTS, `${name}.png`) })
          .catch(() => undefined);
        error += `\npage ${page.url()}`;
      }
      await page.close().catch(() => undefined);
    }
  }
  const seconds = (Date.now() - begun) / 1000;
  console.log(JSON.stringify({ file, title, ok: !error, seconds, error }));
  return !error;
}
