/** Which state a server shows, and which actions it offers then (web-ui.md 2.1). */
import type { Server } from "../api/compute";
import type { Key, Say } from "../texts";

export type ServerAction =
  | "start"
  | "shutdown"
  | "reboot"
  | "console"
  | "destroy"
  | "resize"
  | "reassign"
  | "snapshot"
  | "rescue"
  | "unrescue";

const TASKS: Record<string, string> = {
  BUILDING: "BUILD",
  REBOOTING: "REBOOT",
  STOPPING: "SHUTDOWN",
  STARTING: "START",
  RESIZING: "RESIZE",
  REASSIGNING: "REASSIGN",
  FIREWALL_CHANGE: "FIREWALL",
  CONNECTING: "CONNECT",
  DISCONNECTING: "DISCONNECT",
  ATTACHING_VOLUME: "ATTACH_VOLUME",
  DETACHING_VOLUME: "DETACH_VOLUME",
  DESTROYING: "DESTROY",
};

type Looked = Pick<Server, "status" | "SNF:task_state">;

/** The task that runs, else the status. */
export function stateShown(server: Looked): string {
  const task = server["SNF:task_state"];
  return (task && (TASKS[task] ?? task)) || server.status;
}

const RUNNING = new Set(["BUILD", "REBOOT", "ACTIVE", "SHUTDOWN", "CONNECT", "DISCONNECT"]);
const DESTROYABLE = new Set([
  "BUILD",
  "REBOOT",
  "ERROR",
  "SHUTDOWN",
  "START",
  "CONNECT",
  "DISCONNECT",
  "RESIZE",
  "REASSIGN",
  "ATTACH_VOLUME",
  "DETACH_VOLUME",
  "DESTROY",
]);

export function isRunning(server: Looked): boolean {
  return RUNNING.has(stateShown(server));
}

/** True while something happens that will end by itself. */
export function isBusy(server: Looked): boolean {
  const state = stateShown(server);
  return DESTROYABLE.has(state) && state !== "ERROR";
}

export interface Allowed {
  rescue?: boolean;
  snapshots?: boolean;
}

/** The actions offered; none that the API would refuse for a suspended server (UI-071). */
export function actionsOf(
  server: Looked & Partial<Pick<Server, "suspended" | "SNF:rescue">>,
  allowed: Allowed = {},
): ServerAction[] {
  if (server.suspended) return [];
  const state = stateShown(server);
  const snapshot: ServerAction[] = allowed.snapshots === false ? [] : ["snapshot"];
  if (state === "ACTIVE") {
    return ["shutdown", "reboot", "console", "destroy", "resize", "reassign", ...snapshot];
  }
  if (state === "STOPPED") {
    const rescue: ServerAction[] = server["SNF:rescue"]
      ? ["unrescue"]
      : allowed.rescue === false
        ? []
        : ["rescue"];
    return ["start", "destroy", "reassign", "resize", ...snapshot, ...rescue];
  }
  return DESTROYABLE.has(state) ? ["destroy"] : [];
}

/** The actions that every one of `servers` offers (UI-057). */
export function commonActions(servers: Parameters<typeof actionsOf>[0][], allowed?: Allowed) {
  const [first, ...others] = servers.map((server) => actionsOf(server, allowed));
  return (first ?? []).filter((action) => others.every((offered) => offered.includes(action)));
}

export type Tone = "success" | "info" | "warning" | "danger" | "custom";

export function toneOf(state: string): Tone {
  if (state === "ACTIVE") return "success";
  if (state === "ERROR") return "danger";
  if (state === "UNKNOWN") return "warning";
  return state === "STOPPED" ? "custom" : "info";
}

/** What each state is called (UI-059). */
export const WORDS: Record<string, Key> = {
  ACTIVE: "state.ACTIVE",
  STOPPED: "state.STOPPED",
  BUILD: "state.BUILD",
  REBOOT: "state.REBOOT",
  START: "state.START",
  SHUTDOWN: "state.SHUTDOWN",
  DESTROY: "state.DESTROY",
  CONNECT: "state.CONNECT",
  DISCONNECT: "state.DISCONNECT",
  ATTACH_VOLUME: "state.ATTACH_VOLUME",
  DETACH_VOLUME: "state.DETACH_VOLUME",
  RESIZE: "state.RESIZE",
  REASSIGN: "state.REASSIGN",
  FIREWALL: "state.FIREWALL",
  ERROR: "state.ERROR",
  UNKNOWN: "state.UNKNOWN",
};

export function stateWord(server: Looked & Partial<Pick<Server, "SNF:rescue">>, t: Say): string {
  const state = stateShown(server);
  const word = WORDS[state] ? t(WORDS[state] as Key) : state;
  return server["SNF:rescue"] ? `${word} ${t("state.rescue")}` : word;
}
