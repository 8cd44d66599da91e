import { afterEach, expect, it, vi } from "vitest";
import { Seen } from "./seen";

afterEach(() => vi.unstubAllGlobals());

const NOW = "Tue, 14 Nov 2023 22:13:20 GMT";
const OLD = "Tue, 14 Nov 2023 22:13:10 GMT";

function server(modified: string) {
  const asked: (string | null)[] = [];
  vi.stubGlobal("fetch", async (_: string, { headers }: { headers: Headers }) => {
    const since = headers.get("If-Modified-Since");
    asked.push(since);
    if (since) return new Response(null, { status: 304 });
    return new Response("[1]", { headers: { Date: NOW, "Last-Modified": modified } });
  });
  return asked;
}
const look = (seen: Seen) => seen.look("a", "/a", {}, (answer) => answer.json() as Promise<number[]>);

it("a repeated look is conditional, and 304 answers what was seen; own changes and every twelfth look ask for all (UI-029)", async () => {
  const asked = server(OLD);
  const seen = new Seen();
  const first = await look(seen);
  expect(await look(seen)).toBe(first);
  expect(asked).toEqual([null, OLD]);
  seen.forget();
  await look(seen);
  expect(asked.at(-1)).toBe(null);
  for (let count = 0; count < 12; count += 1) await look(seen);
  expect(asked.at(-1)).toBe(OLD);
  await look(seen);
  expect(asked.at(-1)).toBe(null);
});

it("what changed in the second of the answer is looked at without a condition", async () => {
  const asked = server(NOW);
  const seen = new Seen();
  await look(seen);
  await look(seen);
  expect(asked).toEqual([null, null]);
});
