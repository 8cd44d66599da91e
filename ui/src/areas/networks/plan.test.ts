import { expect, it } from "vitest";
import { cidr, freeSubnet, six, within } from "./plan";

it("the automatic subnet is the first free 192.168.N.0/24 (UI-132)", () => {
  expect(freeSubnet([])).toBe("192.168.0.0/24");
  expect(freeSubnet(["192.168.0.0/24", "192.168.1.0/24", "10.0.0.0/24"])).toBe("192.168.2.0/24");
});

it("subnets of both versions are checked whole (UI-133, UI-134)", () => {
  expect(cidr("10.0.0.0/24")).toEqual({ version: 4, bits: 24 });
  expect(cidr("fd00:1::/64")).toEqual({ version: 6, bits: 64 });
  for (const wrong of ["x10.0.0.0/24", "10.0.0.0", "10.0.0.1/24", "10.0.0.0/33", "300.0.0.0/8",
    "fd00::1/64", "fd00::/129", "1::2::3/64", "", "/", "10.0.0.0/24/1", "01.0.0.0/8"]) {
    expect(cidr(wrong), wrong).toBeNull();
  }
});

it("a gateway lies in its subnet (UI-133)", () => {
  expect(within("192.168.4.1", "192.168.4.0/24")).toBe(true);
  expect(within("192.168.5.1", "192.168.4.0/24")).toBe(false);
  expect(within("fd00:1::1", "fd00:1::/64")).toBe(true);
  expect(within("fd00:2::1", "fd00:1::/64")).toBe(false);
  expect(within("10.0.0.1", "fd00:1::/64")).toBe(false);
  expect(six("::")).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
});
