import { expect, it } from "vitest";
import type { Holding } from "../../parts/quota";
import { fitsProject, leftForResize } from "./room";

const holding = (limit: number, usage: number): Holding => ({
  limit, usage, project_limit: limit, project_usage: usage,
});
const quotas = {
  p: {
    "cyclades.vm": holding(5, 1),
    "cyclades.cpu": holding(4, 4),
    "cyclades.total_cpu": holding(10, 6),
    "cyclades.ram": holding(2 ** 32, 2 ** 32),
    "cyclades.total_ram": holding(2 ** 33, 2 ** 32),
    "cyclades.disk": holding(2 ** 40, 0),
  },
};

it("a stopped server's resize counts the totals alone, a running one's what runs (UI-075)", () => {
  expect(leftForResize(quotas, "p", false)).toEqual({ vcpus: 4, ram: 2 ** 32 });
  expect(leftForResize(quotas, "p", true)).toEqual({ vcpus: 0, ram: 0 });
});

it("what the cloud does not count is no hindrance", () => {
  const few = { p: { "cyclades.vm": holding(5, 1), "cyclades.disk": holding(2 ** 40, 0) } };
  expect(leftForResize(few, "p", false).vcpus).toBe(Infinity);
  expect(fitsProject(few, "p", { vcpus: 2, ram: 1024, disk: 10 }, false)).toBe(true);
});

it("a project holds a stopped server by its totals, a running one by both (UI-076)", () => {
  const size = { vcpus: 2, ram: 1024, disk: 10 };
  expect(fitsProject(quotas, "p", size, false)).toBe(true);
  expect(fitsProject(quotas, "p", size, true)).toBe(false);
  expect(fitsProject(quotas, "other", size, false)).toBe(false);
});
