import { expect, it } from "vitest";
import type { Key } from "../../texts";
import { refusal, sizes, typesFor, volumeWord } from "./states";

const t = (key: Key) => key;

it("disks say what they do, and attached ones what their server does (UI-128)", () => {
  const server = { status: "ACTIVE", "SNF:task_state": "", "SNF:rescue": false };
  for (const [status, word] of [
    ["available", "volume.available"],
    ["attaching", "volume.attaching"],
    ["detaching", "volume.detaching"],
    ["creating", "volume.creating"],
    ["deleting", "volume.deleting"],
    ["error", "state.ERROR"],
  ] as const) {
    expect(volumeWord({ status }, undefined, t)).toBe(word);
  }
  expect(volumeWord({ status: "in-use" }, server, t)).toBe("volume.in_use (state.ACTIVE)");
});

it("a new disk's server rests, is not suspended, and takes a filled one only outside of the nodes (UI-123)", () => {
  const server = { status: "ACTIVE", "SNF:task_state": "", suspended: false };
  expect(refusal(server, { "SNF:disk_template": "drbd" }, false)).toBe("");
  expect(refusal(server, { "SNF:disk_template": "drbd" }, true)).toBe("volumes.needsOutside");
  expect(refusal(server, { "SNF:disk_template": "ext_vlmc" }, true)).toBe("");
  expect(refusal({ ...server, status: "ERROR" }, undefined, false)).toBe("volumes.serverBusy");
  expect(refusal({ ...server, suspended: true }, undefined, false)).toBe("state.suspended");
});

it("with a server its type alone is offered, without one those that need none (UI-124)", () => {
  const types = [
    { id: 1, name: "a", "SNF:disk_template": "drbd" },
    { id: 2, name: "b", "SNF:disk_template": "ext_vlmc" },
  ];
  expect(typesFor(types, { "SNF:volume_type": 1 }, ["ext_vlmc"]).map((one) => one.id)).toEqual([1]);
  expect(typesFor(types, undefined, ["ext_vlmc"]).map((one) => one.id)).toEqual([2]);
});

it("a disk is at least its image, rounded up, and at most what is left and allowed (UI-122)", () => {
  expect(sizes(0, 500 * 2 ** 30, 200)).toEqual([1, 200]);
  expect(sizes(2.1 * 2 ** 30, 50.5 * 2 ** 30, 200)).toEqual([3, 50]);
});
