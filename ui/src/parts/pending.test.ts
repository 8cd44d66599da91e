import { expect, it } from "vitest";
import { isShown } from "./pending";

it("the bar is shown for more than one action, in a list from the first (UI-040)", () => {
  expect(isShown("/servers", false, 1)).toBe(true);
  expect(isShown("/servers", true, 1)).toBe(false);
  expect(isShown("/servers", true, 2)).toBe(true);
  expect(isShown("/servers/7/overview", false, 1)).toBe(false);
  expect(isShown("/servers/7/overview", false, 2)).toBe(true);
});
