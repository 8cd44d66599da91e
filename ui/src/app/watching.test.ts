import { expect, it } from "vitest";
import { built, decided, filled } from "./watching";

it("the end of a build, a quota that fills, and a decision about a project are news", () => {
  const before = [{ id: 1, name: "a", status: "BUILD" }, { id: 2, name: "b", status: "BUILD" }, { id: 3, name: "c", status: "ACTIVE" }];
  const now = [{ id: 1, name: "a", status: "ACTIVE" }, { id: 2, name: "b", status: "ERROR" }, { id: 3, name: "c", status: "STOPPED" }, { id: 4, name: "d", status: "ACTIVE" }];
  expect(built(before, now).map((one) => [one.key, one.values["name"]])).toEqual([["news.built", "a"], ["news.failed", "b"]]);

  const held = (usage: number) => ({ p: { r: { usage, limit: 10 } } });
  const steps = (from: number, to: number) => filled(held(from), held(to), () => "x").map((one) => one.values["percent"]);
  expect([steps(7, 8), steps(8, 9), steps(8, 10), steps(1, 10), steps(10, 8)]).toEqual([[80], [], [100], [100], []]);

  const asked = (state: string) => [{ id: "p", name: "lab", last_application: { state } }];
  expect(decided(asked("pending"), asked("approved"))[0]?.key).toBe("news.approved");
  expect(decided(asked("pending"), asked("denied"))[0]?.key).toBe("news.denied");
  expect(decided(asked("approved"), asked("approved"))).toEqual([]);
});
