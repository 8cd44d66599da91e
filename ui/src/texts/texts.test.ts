import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { first as elFirst } from "./el/first";
import { rest as elRest } from "./el/rest";
import { first } from "./en/first";
import { rest } from "./en/rest";
import { parse, placesOf } from "./message";
import { load, loadRest, preferred, say, type Key } from "./index";

const en: Record<string, string> = { ...first, ...rest };
const el: Record<string, string> = { ...elFirst, ...elRest };
const places = (text = "") => [...placesOf(parse(text))].sort();

it("every text is there in English and Greek, and names the same values (UI-308)", () => {
  expect(Object.keys(elFirst).sort()).toEqual(Object.keys(first).sort());
  expect(Object.keys(elRest).sort()).toEqual(Object.keys(rest).sort());
  for (const key of Object.keys(en)) {
    expect(el[key]?.trim(), key).not.toBe("");
    expect(places(el[key]), key).toEqual(places(en[key]));
  }
});

it("no text is in two places", () => {
  expect(Object.keys(first).filter((key) => key in rest)).toEqual([]);
});

it("what is loaded with the first view says nothing of the texts that come later", () => {
  const src = join(import.meta.dirname, "..");
  const seen = new Set<string>();
  const walk = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    const text = readFileSync(file, "utf8");
    for (const [, said] of text.matchAll(/\bt\(\s*"([^"]+)"/g)) expect(first, file).toHaveProperty([said as Key]);
    for (const [, from] of text.matchAll(/^(?:import|export)\s(?!type)[^"';]*"(\.[^"]+)"/gm)) {
      const path = join(dirname(file), from as string);
      const found = [`${path}.ts`, `${path}.tsx`, join(path, "index.tsx")].find(existsSync);
      if (found) walk(found);
    }
  };
  walk(join(src, "app/main.tsx"));
  walk(join(src, "areas/home/home.tsx"));
  expect(seen.size).toBeGreaterThan(30);
});

it("the language follows the browser among those that are there (UI-018)", async () => {
  expect(preferred(["fr-FR", "el-GR", "en"])).toBe("el");
  expect(preferred(["fr"])).toBe("en");
  await load("el");
  expect(say("el", "home.lead", { servers: 1, running: 1 })).toContain("έναν");
  await loadRest();
  expect(say("el", "table.none")).not.toBe(say("en", "table.none"));
  await load("en");
  expect(say("en", "table.none")).toBe("Nothing matches the filter");
  expect(say("en", "home.lead", { servers: 0, running: 0 })).toBe("You have no servers yet.");
  expect(say("en", "home.lead", { servers: 3, running: 2 })).toContain("3 servers, 2 running");
});

it("numbers are written by language, and broken messages are refused", async () => {
  await loadRest();
  expect(say("en", "resize.left", { cpu: 1234, ram: "x" })).toContain("1,234");
  expect(() => parse("{n, plural, one {a}}")).toThrow(SyntaxError);
  expect(() => parse("a } b")).toThrow(SyntaxError);
});
