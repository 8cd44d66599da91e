import { afterEach, expect, it, vi } from "vitest";
import { ask, record, Recorded, send } from "../api/http";
import { curl } from "./curl";

afterEach(() => vi.unstubAllGlobals());

it("a call becomes a line for a shell, its quotes kept, the token a variable", () => {
  const line = curl({ method: "POST", path: "/x?a=1", headers: {}, body: '{\n "name": "it\'s"\n}' }, "https://c");
  expect(line).toBe(
    `curl -X POST 'https://c/x?a=1' -H "X-Auth-Token: $OS_TOKEN" -H 'Content-Type: application/json' -d '{"name":"it'\\''s"}'`,
  );
});

it("a recorded change is told and not sent; reads before it go on", async () => {
  const sent: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    sent.push(path);
    return new Response("{}");
  });
  const call = await record(async () => {
    await ask("/read");
    await send("/write", { method: "PUT", json: { a: 1 }, query: { b: 2 } });
  });
  expect(call).toBeInstanceOf(Recorded);
  expect([call?.method, call?.path, JSON.parse(call?.body ?? "")]).toEqual(["PUT", "/write?b=2", { a: 1 }]);
  expect(sent).toEqual(["/read"]);
  expect(await record(async () => ask("/read"))).toBeNull();
  await send("/write", { method: "PUT" });
  expect(sent.at(-1)).toBe("/write");
});
