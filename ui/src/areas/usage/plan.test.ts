import { expect, test } from "vitest";
import { listed } from "./plan";

const held = (usage: number) => ({
  "cyclades.vm": { limit: 4, usage, project_limit: 8, project_usage: usage },
});

test("projects that ended and hold nothing are left out; others are marked as what they are (UI-247)", () => {
  const found = listed(
    { own: held(0), old: held(0), kept: held(1), paused: held(2), left: held(1) },
    [
      { id: "own", name: "system:own", state: "active" },
      { id: "old", name: "old", state: "terminated" },
      { id: "kept", name: "kept", state: "terminated" },
      { id: "paused", name: "paused", state: "suspended" },
      { id: "left", name: "left", state: "active" },
    ],
    { default_project: "own", projects: [{ id: "own" }] },
  );
  expect(found.map((one) => [one.id, one.mark])).toEqual([
    ["own", null],
    ["kept", "projects.terminated"],
    ["left", "usage.notMember"],
    ["paused", "projects.suspended"],
  ]);
});
