import { expect, test } from "vitest";
import type { Resource } from "../../api/identity";
import { bodyOf, EMPTY, faultsOf, type Wish } from "./wish";

const resources: Record<string, Resource> = {
  "cyclades.vm": { service: "c", description: "", unit: null, ui_visible: true },
  "cyclades.ram": { service: "c", description: "", unit: "bytes", ui_visible: true },
};
const good: Wish = {
  ...EMPTY,
  name: "lab.example.org",
  ends: "2031-01-01",
  amounts: { "cyclades.vm": { member: "2", total: "10" }, "cyclades.ram": { member: "1G", total: "8 GiB" } },
};
const faults = (change: Partial<Wish>, locked = false) =>
  faultsOf({ ...good, ...change }, resources, "2030-01-01", locked);

test("an application is checked before it is sent (UI-258)", () => {
  expect(faults({})).toEqual({});
  expect(faults({ name: "lab" })).toEqual({ name: "apply.notDomain" });
  expect(faults({ homepage: "javascript:1" })).toEqual({ homepage: "apply.notAddress" });
  expect(faults({ ends: "2029-12-31" })).toEqual({ ends: "apply.past" });
  expect(faults({ starts: "2031-05-01" })).toEqual({ ends: "apply.endFirst" });
  expect(faults({ starts: "2029-05-01" })).toEqual({ starts: "apply.past" });
  expect(faults({ unlimited: false, members: "0" })).toEqual({ members: "apply.notNumber" });
  expect(faults({ amounts: {} })).toEqual({ amounts: "apply.noResources" });
  expect(faults({ amounts: { "cyclades.vm": { member: "3", total: "2" } } })).toEqual({
    "cyclades.vm": "apply.totalSmall",
  });
  expect(faults({ amounts: { "cyclades.vm": { member: "3 GB", total: "9" } } })).toEqual({
    "cyclades.vm": "apply.notAmount",
  });
  expect(faults({ name: "system:x", ends: "" }, true)).toEqual({});
});

test("amounts travel as whole numbers, and of a system project nothing else does", () => {
  const body = bodyOf(good, resources, false);
  expect(body).toMatchObject({
    name: "lab.example.org",
    end_date: "2031-01-01T00:00:00+00:00",
    max_members: "inf",
    resources: { "cyclades.ram": { member_capacity: 2 ** 30, project_capacity: 2 ** 33 } },
  });
  expect(Object.keys(bodyOf(good, resources, true)).sort()).toEqual(["comments", "resources"]);
});
