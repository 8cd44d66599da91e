import { expect, it } from "vitest";
import { fits, formatSharing, kindOf, parseSharing, splitNames, troubleOf } from "./kind";

it("a file's word follows its extension (UI-169)", () => {
  expect(kindOf("a.TXT")).toBe("text");
  expect(kindOf("x.tar.gz")).toBe("compressed");
  expect(kindOf("film.mkv")).toBe("video");
  expect(kindOf("thesis.pdf")).toBe("pdf");
  expect(kindOf("main.py")).toBe("source");
  expect(kindOf("README")).toBe("unknown");
});

it("sharing is read and written as it travels", () => {
  const shares = parseSharing("read=a,b; write=c,me:group");
  expect(shares).toEqual([
    { who: "a", may: "read" }, { who: "b", may: "read" },
    { who: "c", may: "write" }, { who: "me:group", may: "write" },
  ]);
  expect(formatSharing(shares)).toBe("read=a,b; write=c,me:group");
  expect(formatSharing([])).toBe("");
  expect(parseSharing("")).toEqual([]);
});

it("several names may be given at once (UI-210)", () => {
  expect(splitNames("a@x b@x,c@x\td@x\na@x")).toEqual(["a@x", "b@x", "c@x", "d@x"]);
});

it("a container whose project is full, over or not one's own is marked", () => {
  const held = (usage: number) => ({
    "pithos.diskspace": { limit: 10, usage, project_limit: 20, project_usage: usage },
  });
  const mine = [{ id: "a" }, { id: "b" }];
  const projects = [{ id: "a", state: "active" }, { id: "b", state: "suspended" }];
  expect(troubleOf("a", { a: held(10) }, projects, mine)).toBeNull();
  expect(troubleOf("a", { a: held(11) }, projects, mine)).toBe("containers.overLimit");
  expect(troubleOf("b", { b: held(1) }, projects, mine)).toBe("containers.inactive");
  expect(troubleOf("c", { c: held(1) }, projects, mine)).toBe("containers.notMine");
});

it("files found are narrowed by type, size, date, shared and public", () => {
  const now = Date.parse("2030-01-10T00:00:00Z");
  const one = { name: "a.txt", bytes: 2 ** 21, content_type: "text/plain", last_modified: "2030-01-08T00:00:00Z", x_object_sharing: "read=b" };
  const may = (limits: object) => fits(one, limits, now);
  expect([may({}), may({ kind: "text" }), may({ size: "medium" }), may({ days: "7" }), may({ shared: true })]).toEqual(Array(5).fill(true));
  expect([may({ kind: "pdf" }), may({ size: "small" }), may({ days: "1" }), may({ open: true })]).toEqual(Array(4).fill(false));
});
