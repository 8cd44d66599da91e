import { expect, it } from "vitest";
import { loadRest, say } from "../texts";
import {
  actionsOf,
  commonActions,
  isRunning,
  stateShown,
  stateWord,
} from "./serverstate";

await loadRest();

const server = (status: string, task = "", more: object = {}) => ({
  status,
  "SNF:task_state": task,
  ...more,
});

it("the state shown is the running task's, else the status", () => {
  expect(stateShown(server("ACTIVE", "REBOOTING"))).toBe("REBOOT");
  expect(stateShown(server("ACTIVE"))).toBe("ACTIVE");
  expect(stateShown(server("STOPPED", "STARTING"))).toBe("START");
  expect(isRunning(server("BUILD"))).toBe(true);
  expect(isRunning(server("STOPPED"))).toBe(false);
});

it("each state offers exactly its actions (UI-067)", () => {
  expect(actionsOf(server("ACTIVE"))).toEqual([
    "shutdown", "reboot", "console", "destroy", "resize", "reassign", "snapshot",
  ]);
  expect(actionsOf(server("STOPPED"))).toEqual([
    "start", "destroy", "reassign", "resize", "snapshot", "rescue",
  ]);
  for (const state of ["BUILD", "ERROR"]) expect(actionsOf(server(state))).toEqual(["destroy"]);
  for (const task of ["REBOOTING", "STOPPING", "STARTING", "CONNECTING", "DISCONNECTING",
    "RESIZING", "REASSIGNING", "ATTACHING_VOLUME", "DETACHING_VOLUME", "DESTROYING"]) {
    expect(actionsOf(server("ACTIVE", task))).toEqual(["destroy"]);
  }
  expect(actionsOf(server("UNKNOWN"))).toEqual([]);
});

it("rescue is for a stopped server, and unrescue for one in rescue (UI-070)", () => {
  expect(actionsOf(server("STOPPED"), { rescue: false })).not.toContain("rescue");
  const rescued = actionsOf(server("STOPPED", "", { "SNF:rescue": true }));
  expect(rescued).toContain("unrescue");
  expect(rescued).not.toContain("rescue");
  expect(actionsOf(server("ACTIVE"))).not.toContain("rescue");
});

it("a suspended server offers nothing that the API refuses (UI-071)", () => {
  expect(actionsOf(server("ACTIVE", "", { suspended: true }))).toEqual([]);
});

it("many servers offer what all of them offer", () => {
  expect(commonActions([server("ACTIVE"), server("STOPPED")])).toEqual([
    "destroy", "resize", "reassign", "snapshot",
  ]);
  expect(commonActions([])).toEqual([]);
});

it("each state has its word, and rescue is said beside it (UI-059)", () => {
  const words = (one: ReturnType<typeof server>) => stateWord(one, (key) => say("en", key));
  for (const [status, task, word] of [
    ["ACTIVE", "", "Running"],
    ["STOPPED", "", "Stopped"],
    ["BUILD", "", "Building"],
    ["ACTIVE", "REBOOTING", "Rebooting"],
    ["STOPPED", "STARTING", "Starting"],
    ["ACTIVE", "STOPPING", "Shutting down"],
    ["ACTIVE", "DESTROYING", "Destroying"],
    ["ACTIVE", "CONNECTING", "Connecting"],
    ["ACTIVE", "DISCONNECTING", "Disconnecting"],
    ["ACTIVE", "ATTACHING_VOLUME", "Attaching disk"],
    ["ACTIVE", "DETACHING_VOLUME", "Detaching disk"],
    ["STOPPED", "RESIZING", "Resizing"],
    ["ACTIVE", "FIREWALL_CHANGE", "Firewall changing"],
    ["ERROR", "", "Error"],
    ["UNKNOWN", "", "Unknown"],
  ] as const) {
    expect(words(server(status, task))).toBe(word);
  }
  expect(words(server("ACTIVE", "", { "SNF:rescue": true }))).toBe("Running (Rescue)");
});
