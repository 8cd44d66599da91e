/** Disks, their types and snapshots: `/cyclades/volume/v2.0`. */
import { Collection } from "./collection";
import { ask, send } from "./http";

const VOLUME = "/cyclades/volume/v2.0";

export interface Volume {
  id: string;
  display_name: string;
  display_description: string;
  status: string;
  size: number;
  created_at: string;
  metadata: Record<string, string>;
  snapshot_id: string | null;
  image_id: string | null;
  attachments: { server_id: number; volume_id: number; device_index: number }[];
  volume_type: number;
  deleted: boolean;
  delete_on_termination: boolean;
  shared_to_project: boolean;
  tenant_id: string;
  user_id: string;
}

export interface VolumeType {
  id: number;
  name: string;
  "SNF:disk_template": string;
  "SNF:detachable"?: boolean;
}

export interface Snapshot {
  id: string;
  display_name: string;
  display_description: string;
  status: string;
  size: number;
  created_at: string;
  volume_id: number | string | null;
}

const list = new Collection<Volume>(`${VOLUME}/volumes/detail`, "volumes", false);
export const volumes = (signal?: AbortSignal) => list.look(signal);
export const types = async () =>
  (await ask<{ volume_types: VolumeType[] }>(`${VOLUME}/types`)).volume_types;

export interface NewVolume {
  size: number;
  display_name: string;
  display_description: string;
  volume_type?: number | string;
  server_id?: number | string;
  imageRef?: string;
  snapshot_id?: string;
  project?: string;
}
export const createVolume = async (wish: NewVolume) =>
  (await ask<{ volume: Volume }>(`${VOLUME}/volumes`, { method: "POST", json: { volume: wish } }))
    .volume;
export const updateVolume = (id: string, wish: Record<string, unknown>) =>
  ask(`${VOLUME}/volumes/${id}`, { method: "PUT", json: { volume: wish } });
export const removeVolume = (id: string) => send(`${VOLUME}/volumes/${id}`, { method: "DELETE" });
export const reassignVolume = (id: string, project: string, shared_to_project: boolean) =>
  ask(`${VOLUME}/volumes/${id}/action`, {
    method: "POST",
    json: { reassign: { project, shared_to_project } },
  });

/** Those that a server can begin from. */
export const bootable = async (): Promise<ReadonlySet<string>> => {
  const path = "/cyclades/volume/v3/volumes/detail";
  const { volumes: found } = await ask<{ volumes: { id: string; bootable: string }[] }>(path);
  return new Set(found.filter((one) => one.bootable === "true").map((one) => one.id));
};

/** Empty, too, where the cloud has no snapshots. */
export const snapshots = async () => {
  const answer = await send(`${VOLUME}/snapshots/detail`, { allow: [404, 501] });
  if (!answer.ok) return [];
  return ((await answer.json()) as { snapshots: Snapshot[] }).snapshots;
};
export const createSnapshot = (volume_id: string, display_name: string, text: string) =>
  ask(`${VOLUME}/snapshots`, {
    method: "POST",
    json: { snapshot: { volume_id, display_name, display_description: text, force: true } },
  });
export const removeSnapshot = (id: string) =>
  send(`${VOLUME}/snapshots/${id}`, { method: "DELETE" });
export const extendVolume = (id: string, size: number) =>
  ask(`${VOLUME}/volumes/${id}/action`, { method: "POST", json: { "os-extend": { new_size: size } } });
