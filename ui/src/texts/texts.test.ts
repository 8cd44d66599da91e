import { IntlMessageFormat } from "intl-messageformat";
import { expect, it } from "vitest";
import { el } from "./el";
import { en } from "./en";
import { preferred, say, load, type Key } from "./index";

const places = (text: string, language: string) => {
  const found = new Set<string>();
  const walk = (parts: unknown[]) => {
    for (const part of parts as { type: number; value?: string; options?: object }[]) {
      if (part.type !== 0 && part.type !== 7 && part.value) found.add(part.value);
      for (const option of Object.values(part.options ?? {})) {
        walk((option as { value: unknown[] }).value);
      }
    }
  };
  walk(new IntlMessageFormat(text, language).getAst());
  return [...found].sort();
};

it("every text is there in English and Greek, and names the same values (UI-308)", () => {
  expect(Object.keys(el).sort()).toEqual(Object.keys(en).sort());
  for (const key of Object.keys(en) as Key[]) {
    expect(el[key].trim(), key).not.toBe("");
    expect(places(el[key], "el"), key).toEqual(places(en[key], "en"));
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
