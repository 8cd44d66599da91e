import { expect, it } from "vitest";
import { counted, infrastructure, pools, serversByState, shares, ways, width, type Figures } from "./figures";

const found: Figures = {
  clusters: {
    a: {
      virtual_cpu: 4, virtual_ram: 10, virtual_disk: 20,
      nodes: { n: { cpu: 8, ram: { total: 100, free: 1 }, disk: { total: 200, free: 1 } }, m: { cpu: 8, ram: { total: 100, free: 1 }, disk: { total: 200, free: 1 } } },
    },
  },
  servers: { started: { count: 2, cpu: {}, ram: {}, disk: { drbd: { "5": 2 }, ext: { "1": 1 } } }, error: { count: 1, cpu: {}, ram: {}, disk: { drbd: { "5": 1 } } } },
  images: {},
  ip_pools: { active: { count: 1, total: 10, free: 7 } },
};

it("figures become bars: virtual against physical, states, pools, templates; counts also by logarithms", () => {
  expect(infrastructure(found).map((one) => [one.used, one.all])).toEqual([[4, 16], [10, 200], [20, 400]]);
  expect(serversByState(found)).toEqual([["started", 2], ["error", 1]]);
  expect(pools(found)).toEqual([{ name: "active", used: 3, all: 10 }]);
  expect(counted(found, "disk")).toEqual([["drbd", 3], ["ext", 1]]);
  expect([width(50, 100, false), width(0, 100, true), width(99, 9999, true)]).toEqual([50, 0, 50]);
});

it("resources are told by provider, people by provider and status", () => {
  const row = { provider: "all", resource: "cyclades.vm", used: 1, allocated: 5, unit: null };
  const disk = { provider: "local", resource: "cyclades.disk", used: 2, allocated: 0, unit: "bytes" };
  expect(shares([row, disk])).toEqual([
    { provider: "all", rows: [{ resource: "cyclades.vm", used: 1, allocated: 5, bytes: false }] },
    { provider: "local", rows: [{ resource: "cyclades.disk", used: 2, allocated: 0, bytes: true }] },
  ]);
  expect(ways([{ provider: "local", total: 3, verified: 2, active: 1 }])).toEqual([
    { provider: "local", status: "total", count: 3 },
    { provider: "local", status: "verified", count: 2 },
    { provider: "local", status: "active", count: 1 },
  ]);
});
