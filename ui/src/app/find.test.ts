import { expect, it } from "vitest";
import { find, type Thing } from "./find";

const thing = (name: string, more: Partial<Thing> = {}): Thing => ({ id: name, kind: "Server", name, also: [], to: "/", ...more });

it("things are found by name, id, address, MAC and tag, the best fit first, deeds behind their thing", () => {
  const things = [
    thing("Start web", { deed: true, also: ["web"] }),
    thing("my web"),
    thing("web", { also: ["42", "10.0.0.7", "aa:00:01", "role: shop"] }),
    thing("webbing"),
    thing("other", { kind: "Network" }),
  ];
  const names = (text: string) => find(things, text).map((one) => one.name);
  expect(names("web")).toEqual(["web", "Start web", "webbing", "my web"]);
  expect(names("10.0.0.7")).toEqual(["web"]);
  expect(names("AA:00:01")).toEqual(["web"]);
  expect(names("shop")).toEqual(["web"]);
  expect(names("network")).toEqual(["other"]);
  expect(names("start web")).toEqual(["Start web"]);
  expect(names("")).toEqual(["Start web"]);
  expect(names("nothing")).toEqual([]);
});
