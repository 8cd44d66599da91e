import { afterEach, expect, it, vi } from "vitest";
import * as compute from "./compute";
import { Collection } from "./collection";
import * as identity from "./identity";
import * as network from "./network";

const asked: string[] = [];
let answers: { status: number; body?: unknown }[] = [];
vi.stubGlobal("fetch", async (path: string) => {
  asked.push(path);
  const { status, body } = answers.shift() ?? { status: 200, body: {} };
  return new Response(body === undefined ? null : JSON.stringify(body), {
    status,
    headers: { Date: "Tue, 01 Dec 2026 10:00:05 GMT" },
  });
});
afterEach(() => {
  asked.length = 0;
  answers = [];
});

const SINCE = `changes-since=${encodeURIComponent("2026-12-01T10:00:04.000Z")}`;

it("only what changed is asked for; 304 says nothing did; a refusal is followed by asking for all", async () => {
  const list = new Collection<{ id: number; name?: string; status?: string }>("/things", "things");
  answers = [
    { status: 200, body: { things: [{ id: 1 }, { id: 2 }] } },
    { status: 304 },
    { status: 200, body: { things: [{ id: 2, name: "b" }] } },
    { status: 400, body: { badRequest: { message: "too old" } } },
    { status: 200, body: { things: [{ id: 3 }] } },
  ];
  const first = await list.look();
  expect(first).toEqual([{ id: 1 }, { id: 2 }]);
  expect(await list.look()).toBe(first);
  expect(await list.look()).toEqual([{ id: 1 }, { id: 2, name: "b" }]);
  expect(await list.look()).toEqual([{ id: 3 }]);
  expect(asked).toEqual(["/things", `/things?${SINCE}`, `/things?${SINCE}`, `/things?${SINCE}`, "/things"]);
});

it("servers, networks, subnets and addresses are asked so; quota and projects always whole (UI-023)", async () => {
  for (const look of [compute.servers, network.networks, network.subnets, network.addresses]) {
    answers = [{ status: 200, body: {} }, { status: 304 }];
    asked.length = 0;
    await look();
    await look();
    expect(asked[0]).not.toContain("changes-since");
    expect(asked[1]).toContain(SINCE);
  }
  for (const look of [identity.quotas, identity.projects]) {
    asked.length = 0;
    await look();
    await look();
    expect(asked.length).toBe(2);
    expect(asked.join()).not.toContain("changes-since");
  }
});

it("what is deleted leaves the list (UI-024)", async () => {
  const list = new Collection<{ id: number; status?: string; deleted?: boolean }>("/x", "x");
  answers = [
    { status: 200, body: { x: [{ id: 1 }, { id: 2 }, { id: 3 }] } },
    { status: 200, body: { x: [{ id: 1, status: "DELETED" }, { id: 2, deleted: true }] } },
  ];
  await list.look();
  expect(await list.look()).toEqual([{ id: 3 }]);
});
