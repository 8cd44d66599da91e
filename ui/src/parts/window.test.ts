import { expect, it } from "vitest";
import { near } from "./window";

it("only rows near the screen are drawn, from the first to the last of a long list", () => {
  expect(near(10_000, -200, 800, 40)).toEqual({ first: 0, end: 60 });
  expect(near(10_000, 200_000, 800, 40)).toEqual({ first: 4980, end: 5040 });
  expect(near(10_000, 400_000, 800, 40)).toEqual({ first: 9979, end: 10_000 });
  expect(near(3, 0, 800, 40)).toEqual({ first: 0, end: 3 });
});
