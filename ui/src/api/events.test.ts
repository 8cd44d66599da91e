import { expect, it } from "vitest";
import { parse } from "./events";

it("events come whole however the bytes are cut", () => {
  const [none, rest] = parse('retry: 2000\n\nid: 7\nevent: change\ndata: {"id"');
  expect(none).toEqual([]);
  const [events, left] = parse(rest + ':"3"}\n\n: nothing new\n\nid: 8\nevent: lost\ndata: {}\n\n');
  expect(events).toEqual([
    { id: "7", event: "change", data: '{"id":"3"}' },
    { id: "8", event: "lost", data: "{}" },
  ]);
  expect(left).toBe("");
});
