import { expect, it } from "vitest";
import { readLine, writeLine } from "./compact";

it("one line says several filters, and what is none is marked", () => {
  const keys = ["user", "status", "vm", "ip"];
  const { terms, wrong } = readLine('user:"John Doe" status:active vm:operstate=started ip:.27 colour:red lost user:', keys);
  expect(terms).toEqual([
    { key: "user", value: "John Doe" },
    { key: "status", value: "active" },
    { key: "vm", value: "operstate=started" },
    { key: "ip", value: ".27" },
  ]);
  expect(wrong).toEqual(["colour:red", "lost", "user:"]);
  expect(writeLine(terms)).toBe('user:"John Doe" status:active vm:operstate=started ip:.27');
});
