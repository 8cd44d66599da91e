import { expect, it } from "vitest";
import { bytes, UNLIMITED } from "./format";
import { isUnlimited, lacking, left, leftOf, ordered, type Holding } from "./quota";

const holding = (limit: number, usage: number, plimit = limit, pusage = usage): Holding => ({
  limit, usage, project_limit: plimit, project_usage: pusage,
});

it("what is left is the smaller of the user's and the project's rest (UI-153)", () => {
  expect(left(holding(10, 4, 100, 97))).toBe(3);
  expect(left(holding(10, 4, 100, 50))).toBe(6);
  const quotas = {
    p: { "cyclades.cpu": holding(10, 0), "cyclades.total_cpu": holding(4, 2) },
  };
  expect(leftOf(quotas, "p", "cyclades.cpu")).toBe(2);
});

it("2^63-1 and more is unlimited, and less than nothing left is nothing (UI-154)", () => {
  expect(isUnlimited(UNLIMITED)).toBe(true);
  expect(isUnlimited(1000)).toBe(false);
  expect(left(holding(UNLIMITED, 5))).toBe(Infinity);
  expect(left(holding(3, 5))).toBe(0);
});

it("bytes are shown with units of 1024 (UI-155)", () => {
  expect(bytes(0, "en")).toBe("0 B");
  expect(bytes(1023, "en")).toBe("1,023 B");
  expect(bytes(1536, "en")).toBe("1.5 KiB");
  expect(bytes(40 * 2 ** 30, "en")).toBe("40 GiB");
  expect(bytes(1536, "el")).toBe("1,5 KiB");
});

it("a server lacks what its project cannot give", () => {
  const quotas = {
    p: {
      "cyclades.vm": holding(2, 1),
      "cyclades.cpu": holding(4, 3),
      "cyclades.ram": holding(2 ** 30, 0),
      "cyclades.disk": holding(10 * 2 ** 30, 0),
    },
  };
  expect(lacking(quotas, "p", { vcpus: 1, ram: 1024, disk: 10 })).toEqual([]);
  expect(lacking(quotas, "p", { vcpus: 2, ram: 1024, disk: 11 })).toEqual([
    "cyclades.cpu", "cyclades.disk",
  ]);
});

it("one's own project comes first, then the others by name (UI-156)", () => {
  const projects = [{ id: "b", name: "zeta" }, { id: "a", name: "alpha" }, { id: "me", name: "x" }];
  expect(ordered(projects, "me").map((one) => one.id)).toEqual(["me", "a", "b"]);
});
