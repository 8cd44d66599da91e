import { expect, it } from "vitest";
import { Pace } from "./pace";

const pacing = { every: 5, step: 1.25, steady: 4, most: 15, fast: 2.5 };

it("lists slow down while nothing changes, and all hasten at any change (UI-020)", () => {
  const pace = new Pace(pacing);
  expect(pace.interval("servers")).toBe(5000);
  for (let i = 0; i < 3; i++) pace.answered("servers", false);
  expect(pace.interval("servers")).toBe(5000);
  pace.answered("servers", false);
  expect(pace.interval("servers")).toBe(6250);
  for (let i = 0; i < 100; i++) pace.answered("servers", false);
  expect(pace.interval("servers")).toBe(15000);
  pace.answered("networks", true);
  expect(pace.interval("servers")).toBe(2500);
  expect(pace.interval("networks")).toBe(2500);
});
