import { expect, it } from "vitest";
import { diff } from "./diff";

const said = (before: string, after: string) =>
  diff(before, after).map(({ how, text }) => `${how === "same" ? " " : how === "new" ? "+" : "-"}${text}`);
const apply = (lines: string[], without: string) =>
  lines.filter((one) => one[0] !== without).map((one) => one.slice(1)).join("\n");

it("lines that stay, go and come are told apart", () => {
  expect(said("a\nb\nc", "a\nx\nc")).toEqual([" a", "-b", "+x", " c"]);
  expect(said("", "")).toEqual([" "]);
  expect(said("a\nb", "a\nb")).toEqual([" a", " b"]);
  expect(said("a\nb\nc\nd", "b\nd\ne")).toEqual(["-a", " b", "-c", " d", "+e"]);
});

it("whatever the texts, the difference leads from one to the other", () => {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
  for (let round = 0; round < 300; round++) {
    const text = () => Array.from({ length: random(9) }, () => "abc"[random(3)]).join("\n");
    const [before, after] = [text(), text()];
    const lines = said(before, after);
    expect(apply(lines, "+"), `${before}|${after}`).toBe(before);
    expect(apply(lines, "-"), `${before}|${after}`).toBe(after);
  }
});
