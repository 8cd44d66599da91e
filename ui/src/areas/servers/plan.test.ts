import { expect, it } from "vitest";
import { freeName, kindOf, numbered } from "./plan";

it("a proposed name that is taken gets a number", () => {
  expect(freeName("My x server", [])).toBe("My x server");
  expect(freeName("a", ["a", "a 2"])).toBe("a 3");
});

it("several servers get numbered names", () => {
  expect(numbered("web", 1)).toEqual(["web"]);
  expect(numbered("web", 3)).toEqual(["web-1", "web-2", "web-3"]);
});

it("images are mine, shared with me, the cloud's own, or anybody's", () => {
  const system = new Set(["cloud"]);
  expect(kindOf({ owner: "me", is_public: true }, "me", system)).toBe("mine");
  expect(kindOf({ owner: "x", is_public: false }, "me", system)).toBe("shared");
  expect(kindOf({ owner: "cloud", is_public: true }, "me", system)).toBe("system");
  expect(kindOf({ owner: "x", is_public: true }, "me", system)).toBe("public");
});
