import { expect, test } from "vitest";
import { amountText, parseAmount } from "./amount";

test("amounts are typed with or without units of 1024, and sizes alone have units", () => {
  expect(parseAmount("10", null)).toBe(10);
  expect(parseAmount("10", "bytes")).toBe(10);
  expect(parseAmount("20G", "bytes")).toBe(20 * 2 ** 30);
  expect(parseAmount(" 1.5 GiB ", "bytes")).toBe(1.5 * 2 ** 30);
  expect(parseAmount("2 tb", "bytes")).toBe(2 * 2 ** 40);
  for (const wrong of ["", "ten", "-1", "1.5", "1 XB"]) expect(parseAmount(wrong, "bytes")).toBe(null);
  expect(parseAmount("2G", null)).toBe(null);
});

test("an amount is written so that it reads back the same", () => {
  for (const value of [0, 1, 1023, 1024, 3 * 2 ** 30, 2 ** 40 + 1]) {
    expect(parseAmount(amountText(value, "bytes"), "bytes")).toBe(value);
  }
  expect(amountText(2048, null)).toBe("2048");
});
