// A browser before a running daemon: who is signed in, what the pages complain about, and words for
// what people do with them. Journeys (*.mjs beside this) register themselves with `test`.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../ui/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axe = require("axe-core");

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Milliseconds: machines are shared, and a wait that ends early proves nothing. */
export const PATIENCE = Number(process.env.WEBUI_PATIENCE ?? 60_000);

/** Every journey by its title, in the order in which the files name them. */
export const journeys = [];

/** A journey. The title names the contract rows that it proves. */
export function test(title, work) {
  journeys.push({ title, work });
}

/**
 * `people` are {name, password} by short name, `url` is the daemon's. One browser; a context a
 * person, signed in once and kept.
 */
export class Site {
  constructor(url, people) {
    this.url = url;
    this.people = people;
    this.contexts = new Map();
    this.tokens = new Map();
    /** What pages wrote to the console as errors, or threw, since `calm` was called. */
    this.complaints = [];
    /** Refusals that the journey of now provokes: the browser writes each to its console. */
    this.provoked = [];
  }

  async start() {
    this.browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  }

  async stop() {
    await this.browser?.close();
  }

  /** A fresh window of nobody. */
  async stranger(options = {}) {
    const context = await this.browser.newContext({
      baseURL: this.url,
      locale: "en-US",
      viewport: { width: 1280, height: 800 },
      acceptDownloads: true,
      ...options,
    });
    context.setDefaultTimeout(PATIENCE);
    context.on("console", (message) => {
      if (message.type() === "error") this.complain(message.text(), message.location().url);
    });
    context.on("weberror", (error) => this.complain(String(error.error()?.stack ?? error.error())));
    return context;
  }

  complain(text, where = "") {
    // An upload asks by hashes first; that blocks are missing is an answer.
    if (/status of 409/.test(text) && /[?&]hashmap/.test(where)) return;
    // So is that no password is kept.
    if (/status of 404/.test(text) && /\/password$/.test(where)) return;
    if (this.provoked.some((pattern) => pattern.test(`${text} ${where}`))) return;
    this.complaints.push(`${text} ${where}`.trim());
  }

  /** From now until the end of the journey, complaints that match are what it is about. */
  provoke(...patterns) {
    this.provoked.push(...patterns);
  }

  /** Fails when a page complained since the last time. */
  calm() {
    const found = this.complaints;
    this.complaints = [];
    this.provoked = [];
    assert.deepEqual(found, [], "the browser's console holds errors");
  }

  /** The window of somebody who is signed in. */
  async window(who) {
    const kept = this.contexts.get(who);
    if (kept) return kept;
    const context = await this.stranger();
    await this.signIn(context, who);
    this.contexts.set(who, context);
    return context;
  }

  async signIn(context, who) {
    const { name, password } = this.people[who];
    const answer = await context.request.post("/login", {
      headers: { "X-CSRF-Token": "ui" },
      form: { username: name, password },
    });
    assert.ok(answer.ok(), `${who} cannot sign in: ${answer.status()} ${await answer.text()}`);
  }

  /** A page of somebody's at an address below /ui, with its heading there. */
  async open(who, path) {
    const page = await (await this.window(who)).newPage();
    await go(page, path);
    return page;
  }

  /** A call of an API as somebody; the JSON, or null. Statuses from 400 on fail, but for `allow`. */
  async call(who, method, path, json, { headers = {}, allow = [], body } = {}) {
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        "X-Auth-Token": await this.token(who),
        ...(json === undefined ? {} : { "Content-Type": "application/json" }),
        Accept: "application/json",
        ...headers,
      },
      body: json === undefined ? body : JSON.stringify(json),
    });
    const text = await answer.text();
    assert.ok(
      answer.ok || answer.status === 304 || allow.includes(answer.status),
      `${method} ${path}: ${answer.status} ${text}`,
    );
    try {
      return JSON.parse(text);
    } catch {
      return text || null;
    }
  }

  async token(who) {
    if (!this.tokens.has(who)) {
      const { name, password } = this.people[who];
      const answer = await fetch(`${this.url}/astakos/identity/v3/auth/tokens`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
          auth: {
            identity: {
              methods: ["password"],
              password: { user: { name, password, domain: { name: "Default" } } },
            },
          },
        }),
      });
      assert.ok(answer.ok, `${who} gets no token: ${answer.status}`);
      this.tokens.set(who, answer.headers.get("X-Subject-Token"));
    }
    return this.tokens.get(who);
  }

  async me(who) {
    return this.call(who, "GET", "/astakos/account/v1.0/me");
  }
}

/** Goes to an address below /ui; returns when the view's heading stands. */
export async function go(page, path) {
  await page.goto(`/ui${path}`);
  await page.locator("h1").first().waitFor();
}

/** From the next load on the application is told other settings than the daemon's. */
export async function told(page, changes) {
  await page.route("**/ui/config.json", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), ...changes } });
  });
}

/** Nothing is pushed to the page any more. */
export async function unpushed(site, page) {
  site.provoke(/ERR_FAILED/);
  await page.route("**/cloud/v1/events", (route) => route.abort());
}

/** Waits for a text on the page. */
export async function see(page, text, options) {
  await page.getByText(text, options).first().waitFor();
}

/** The row of the table that holds a text. */
export function row(page, text) {
  return page.locator("tbody tr").filter({ hasText: text });
}

/** Chooses from the menu at the end of a row. */
export async function act(page, text, item) {
  await row(page, text).first().locator(".pf-v6-c-table__action button, td button.pf-v6-c-menu-toggle").last().click();
  await page.getByRole("menuitem", { name: item, exact: true }).click();
}

/** The dialog of now. */
export function dialog(page) {
  return page.getByRole("dialog").last();
}

/** Says yes to the question of now, after typing what it asks for. */
export async function agree(page, typed) {
  const asked = dialog(page);
  if (typed !== undefined) await asked.locator("#confirm-typed").fill(typed);
  await asked.locator("[data-test=confirm]").click();
}

/** Presses a button of the page by its whole name. */
export async function press(page, name) {
  await page.getByRole("button", { name, exact: true }).first().click();
}

/** Asks again until `probe` answers something true. */
export async function until(what, probe, patience = PATIENCE) {
  const end = Date.now() + patience;
  let last;
  for (;;) {
    last = await probe();
    if (last) return last;
    if (Date.now() > end) throw new Error(`never: ${what}; last seen ${JSON.stringify(last)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What somebody saves from the page when `work` is done: the file's name and text. */
export async function saved(page, work) {
  const [download] = await Promise.all([page.waitForEvent("download"), work()]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  return { name: download.suggestedFilename(), url: download.url(), content: Buffer.concat(chunks) };
}

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What axe finds against WCAG 2.2 A and AA, or against `rules`, with the places that break them. */
export async function violations(page, rules) {
  await page.evaluate(axe.source);
  return page.evaluate(async (runOnly) => {
    const found = await globalThis.axe.run(document, { runOnly });
    return found.violations.map(
      (one) =>
        `${one.id} (${one.impact}): ${one.nodes.map((node) => `${node.target} ${node.html.slice(0, 160)} ${node.failureSummary}`).join(" | ")}`,
    );
  }, rules ? { type: "rule", values: rules } : { type: "tag", values: RULES });
}
