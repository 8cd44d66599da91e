// What must stay quick however much there is.
import assert from "node:assert/strict";
import { server } from "./furnish.mjs";
import { go, see, test } from "./site.mjs";

const MANY = 1000;
const LONG = 100;
/** Pixels a frame: what a hand on a wheel does at most. */
const STEP = 200;

test("a list of a thousand servers scrolls without a task of more than 100 ms", async (site) => {
  const id = await server(site, "bob", "pattern");
  const context = await site.stranger();
  await site.signIn(context, "bob");
  const page = await context.newPage();
  await page.route("**/servers/detail*", async (route) => {
    const response = await route.fetch();
    if (response.status() !== 200) return route.fulfill({ response });
    const [one] = (await response.json()).servers;
    const servers = Array.from({ length: MANY }, (_, at) => ({ ...one, id: 10_000 + at, name: `machine ${at}` }));
    await route.fulfill({ response, json: { servers } });
  });
  for (const view of ["table", "cards"]) {
    await go(page, `/servers?view=${view}&size=${MANY}`);
    await page.getByText("machine 0", { exact: true }).first().waitFor();
    // What still happens of the load is not of the scrolling.
    await page.waitForTimeout(1500);
    await site.browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline"] });
    const height = await page.evaluate(async (step) => {
      const place = document.querySelector("#main");
      for (let at = 0; at < 25_000; at += step) {
        place.scrollTo(0, at);
        await new Promise((done) => requestAnimationFrame(done));
      }
      return place.scrollHeight;
    }, STEP);
    const { traceEvents } = JSON.parse((await site.browser.stopTracing()).toString());
    const mains = new Set(
      traceEvents.filter((one) => one.name === "thread_name" && one.args.name === "CrRendererMain").map((one) => `${one.pid} ${one.tid}`),
    );
    // Processor time of each task: machines are shared, and what others take is not the list's.
    const tasks = traceEvents
      .filter((one) => /RunTask$/.test(one.name) && one.ph === "X" && mains.has(`${one.pid} ${one.tid}`))
      .map((one) => (one.tdur ?? one.dur) / 1000)
      .sort((one, other) => other - one);
    console.error(`${view}: ${height} px, ${tasks.length} tasks, longest ${tasks.slice(0, 5)} ms`);
    assert.ok(height > 10_000 && tasks.length > 100, `${height} ${tasks.length}`);
    assert.ok(tasks[0] <= LONG, `${view}: ${tasks.slice(0, 5)}`);
    await page.evaluate(() => document.querySelector("#main").scrollTo(0, 1_000_000));
    await see(page, /^machine 9\d\d$/);
  }
  await context.close();
  await site.call("bob", "DELETE", `/cyclades/compute/v2.0/servers/${id}`);
});

test("all script that the first page loads is less than 300 KiB compressed", async (site) => {
  const context = await site.stranger();
  await site.signIn(context, "bob");
  const page = await context.newPage();
  const tool = await context.newCDPSession(page);
  await tool.send("Network.enable");
  let bytes = 0;
  const kinds = new Map();
  tool.on("Network.responseReceived", ({ requestId, response, type }) => kinds.set(requestId, [type, response.url]));
  tool.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const [type] = kinds.get(requestId) ?? [];
    if (type === "Script") bytes += encodedDataLength;
  });
  await go(page, "/");
  await page.getByRole("heading", { level: 1, name: "Welcome, Bob Babbage" }).waitFor();
  console.error(`first page: ${bytes} bytes`);
  assert.ok(bytes > 50_000 && bytes < 300 * 1024, `${bytes} bytes`);
  await context.close();
});
