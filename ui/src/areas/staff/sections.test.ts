import { expect, test } from "vitest";
import { mayDo, SECTIONS } from "./sections";

const deeds = SECTIONS.find((one) => one.kind === "servers")?.deeds ?? [];
const offered = (rights: string[]) =>
  deeds.filter((one) => mayDo({ verbs: [], rights }, one)).map((one) => one.title);

test("an action is offered only where the groups' rights cover all of it (UI-275)", () => {
  expect(offered(["*"])).toHaveLength(deeds.length);
  expect(offered(["read"])).toEqual([]);
  expect(offered(["read", "server-modify/action=start|stop", "server-modify/suspended"])).toEqual([
    "action.start",
    "action.shutdown",
    "staff.suspend",
    "staff.release",
  ]);
  expect(offered(["server-remove"])).toEqual(["action.destroy"]);
});
