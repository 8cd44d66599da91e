import { expect, it } from "vitest";
import { near } from "./window";

it("only rows near the screen are drawn, from the first to the last of a long list", () => {
  expect(near(10_000, -200, 800, 40)).toEqual({ first: 0, end: 48 });
  expect(near(10_000, 200_000, 800, 40)).toEqual({ first: 4988, end: 5036 });
  expect(near(10_000, 400_000, 800, 40)).toEqual({ first: 9984, end: 10_000 });
  expect(near(3, 0, 800, 40)).toEqual({ first: 0, end: 3 });
});
