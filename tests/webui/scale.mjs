// What must stay quick however much there is.
import assert from "node:assert/strict";
import { server } from "./furnish.mjs";
import { go, row, see, test } from "./site.mjs";

const MANY = 1000;
const LONG = 100;

test("a list of a thousand servers scrolls without a task of more than 100 ms, and the first view is less than 300 KiB", async (site) => {
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
    const tasks = await page.evaluate(async () => {
      const place = document.querySelector("#main");
      const found = [];
      // What still happens of the load is not of the scrolling.
      await new Promise((done) => setTimeout(done, 1500));
      const watch = new PerformanceObserver((list) => found.push(...list.getEntries().map((one) => one.duration)));
      watch.observe({ entryTypes: ["longtask"] });
      const step = () => new Promise((done) => requestAnimationFrame(done));
      for (let at = 0; at < place.scrollHeight; at += 400) {
        place.scrollTo(0, at);
        await step();
      }
      await new Promise((done) => setTimeout(done, 200));
      watch.disconnect();
      return { found, height: place.scrollHeight };
    });
    await see(page, `machine ${MANY - 1}`);
    assert.ok(tasks.height > 10_000, `${view} is ${tasks.height} high`);
    console.error(`${view}: ${tasks.height} px, long tasks ${JSON.stringify(tasks.found)}`);
    assert.ok(tasks.found.every((one) => one <= LONG), `${view}: ${tasks.found}`);
  }
  await context.close();
  await site.call("bob", "DELETE", `/cyclades/compute/v2.0/servers/${id}`);
  assert.ok(row);
});

test("all that the first page loads is less than 300 KiB compressed", async (site) => {
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
    if (type === "Script" || type === "Stylesheet" || type === "Document") bytes += encodedDataLength;
  });
  await go(page, "/");
  await page.getByRole("heading", { level: 1, name: "Welcome, Bob Babbage" }).waitFor();
  console.error(`first page: ${bytes} bytes`);
  assert.ok(bytes > 50_000 && bytes < 300 * 1024, `${bytes} bytes`);
  await context.close();
});
