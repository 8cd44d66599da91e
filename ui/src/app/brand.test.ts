import { expect, it } from "vitest";
import { tokensOf } from "./brand";

it("a brand's colour and corners become the tokens of every part, for light and dark (UI-297)", () => {
  const css = tokensOf({ color: "#aa0000", color_dark: "#ffaaaa", radius: "4px" });
  expect(css).toContain("--pf-t--global--background--color--action--primary--default: #aa0000;");
  expect(css).toMatch(/:root\.pf-v6-theme-dark \{[^}]*#ffaaaa/);
  expect(css).toContain("--pf-t--global--border--radius--medium: 4px;");
  expect(tokensOf({ color: "", color_dark: "", radius: "" })).toBe("");
});
