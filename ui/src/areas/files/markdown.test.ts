import { expect, it } from "vitest";
import { inline, markdown } from "./markdown";

it("Markdown becomes headings, lists, quotes, code and paragraphs, and nothing in it becomes HTML", () => {
  const blocks = markdown(
    "# Title #\n\nOne *two* **three**\nfour\n\n- a\n- b\n  more\n\n1. x\n\n> said\n\n```js\n<b>\n```\n---\n<script>alert(1)</script>",
  );
  expect(blocks.map((one) => one.kind)).toEqual([
    "heading", "paragraph", "list", "list", "quote", "code", "rule", "paragraph",
  ]);
  expect(blocks[2]).toMatchObject({ ordered: false, items: [[{ text: "a" }], [{ text: "b more" }]] });
  expect(blocks[3]).toMatchObject({ ordered: true });
  expect(blocks[5]).toEqual({ kind: "code", text: "<b>" });
  expect(blocks[7]).toEqual({ kind: "paragraph", parts: [{ kind: "text", text: "<script>alert(1)</script>" }] });
});

it("links lead to the web alone", () => {
  expect(inline("see [here](https://a.b/c) and [there](javascript:alert(1)) `x*y*`")).toEqual([
    { kind: "text", text: "see " },
    { kind: "link", to: "https://a.b/c", parts: [{ kind: "text", text: "here" }] },
    { kind: "text", text: " and " },
    { kind: "text", text: "there" },
    { kind: "text", text: ") " },
    { kind: "code", text: "x*y*" },
  ]);
});
