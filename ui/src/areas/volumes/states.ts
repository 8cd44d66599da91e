/** What a disk's state is called, and which disks and servers go together: pure. */
import type { Flavor, Server } from "../../api/compute";
import type { Volume, VolumeType } from "../../api/volumes";
import type { Key, Say } from "../../texts";
import { stateWord } from "../../parts/serverstate";

const WORDS: Record<string, Key> = {
  available: "volume.available",
  in_use: "volume.in_use",
  attaching: "volume.attaching",
  detaching: "volume.detaching",
  creating: "volume.creating",
  deleting: "volume.deleting",
  error: "state.ERROR",
};

/** Attached ones say what their server does, too (UI-128). */
export function volumeWord(
  volume: Pick<Volume, "status">,
  server: Pick<Server, "status" | "SNF:task_state" | "SNF:rescue"> | undefined,
  t: Say,
): string {
  const state = volume.status.replace("-", "_");
  const key = WORDS[state];
  const word = key ? t(key) : volume.status;
  return state === "in_use" && server ? `${word} (${stateWord(server, t)})` : word;
}

export const isOutside = (template: string | undefined): boolean => !!template?.startsWith("ext");

/** Why a server cannot get a new disk: "" when it can (UI-123). */
export function refusal(
  server: Pick<Server, "status" | "suspended" | "SNF:task_state">,
  flavor: Pick<Flavor, "SNF:disk_template"> | undefined,
  filled: boolean,
): "" | Key {
  if (server.suspended) return "state.suspended";
  if (!["ACTIVE", "STOPPED"].includes(server.status) || server["SNF:task_state"]) {
    return "volumes.serverBusy";
  }
  return filled && !isOutside(flavor?.["SNF:disk_template"]) ? "volumes.needsOutside" : "";
}

/** The types a new disk may have: its server's, else those that need no server (UI-124). */
export function typesFor(
  types: readonly VolumeType[],
  flavor: Pick<Flavor, "SNF:volume_type"> | undefined,
  detachable: readonly string[],
): VolumeType[] {
  if (flavor) return types.filter((one) => one.id === flavor["SNF:volume_type"]);
  return types.filter((one) => detachable.includes(one["SNF:disk_template"]));
}

/** Smallest and largest size in GiB (UI-122). */
export function sizes(image: number, free: number, most: number): [number, number] {
  const least = Math.max(1, Math.ceil(image / 2 ** 30));
  return [least, Math.min(most, Math.floor(free / 2 ** 30))];
}
