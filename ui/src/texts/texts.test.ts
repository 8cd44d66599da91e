import { expect, it } from "vitest";
import { el } from "./el";
import { en } from "./en";
import { parse, placesOf } from "./message";
import { preferred, say, load, type Key } from "./index";

const places = (text: string) => [...placesOf(parse(text))].sort();

it("every text is there in English and Greek, and names the same values (UI-308)", () => {
  expect(Object.keys(el).sort()).toEqual(Object.keys(en).sort());
  for (const key of Object.keys(en) as Key[]) {
    expect(el[key].trim(), key).not.toBe("");
    expect(places(el[key]), key).toEqual(places(en[key]));
  }
});

it("the language follows the browser among those that are there (UI-018)", async () => {
  expect(preferred(["fr-FR", "el-GR", "en"])).toBe("el");
  expect(preferred(["fr"])).toBe("en");
  await load("el");
  expect(say("el", "home.lead", { servers: 1, running: 1 })).toContain("έναν");
  expect(say("en", "home.lead", { servers: 0, running: 0 })).toBe("You have no servers yet.");
  expect(say("en", "home.lead", { servers: 3, running: 2 })).toContain("3 servers, 2 running");
});

it("numbers are written by language, and broken messages are refused", () => {
  expect(say("en", "resize.left", { cpu: 1234, ram: "x" })).toContain("1,234");
  expect(() => parse("{n, plural, one {a}}")).toThrow(SyntaxError);
  expect(() => parse("a } b")).toThrow(SyntaxError);
});
