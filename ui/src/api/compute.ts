/** Servers, flavors and keys: `/cyclades/compute/v2.0`. */
import { Collection } from "./collection";
import { ask, send } from "./http";

export const COMPUTE = "/cyclades/compute/v2.0";
const NOVA = "/cyclades/compute/v2.1";

export interface Attachment {
  id: string | number;
  network_id: string;
  mac_address: string;
  ipv4: string;
  ipv6: string;
  firewallProfile: "ENABLED" | "DISABLED" | "PROTECTED";
  "OS-EXT-IPS:type": string;
}

export interface Diagnostic {
  source: string;
  created: string;
  message: string;
  details: string | null;
  level: "ERROR" | "WARNING" | "INFO" | "DEBUG";
}

export interface Server {
  id: number;
  name: string;
  status: string;
  "SNF:task_state": string;
  progress: number;
  user_id: string;
  tenant_id: string;
  shared_to_project: boolean;
  created: string;
  updated: string;
  flavor: { id: number };
  image: { id: string } | "" | null;
  metadata: Record<string, string>;
  tags: string[];
  attachments: Attachment[];
  volumes: number[];
  suspended: boolean;
  deleted: boolean;
  "SNF:rescue": boolean;
  "SNF:fqdn": string | null;
  "SNF:port_forwarding": Record<string, { host: string; port: string | number }>;
  "SNF:key_names": string[];
  "SNF:reboot_required"?: boolean;
  diagnostics: Diagnostic[];
  adminPass?: string;
}

export interface Flavor {
  id: number;
  name: string;
  vcpus: number;
  ram: number;
  disk: number;
  "SNF:disk_template": string;
  "SNF:volume_type": number;
  "SNF:allow_create": boolean;
}

export interface Keypair {
  name: string;
  fingerprint: string;
  public_key: string;
  private_key?: string;
}

export interface NewServer {
  name: string;
  imageRef: string;
  flavorRef: number | string;
  metadata: Record<string, string>;
  project?: string;
  "SNF:key_names"?: string[];
  networks?: { uuid: string; fixed_ip?: string }[];
  personality?: { path: string; contents: string }[];
  user_data?: string;
  block_device_mapping_v2?: {
    source_type: string;
    uuid?: string;
    volume_size: number;
    delete_on_termination: boolean;
  }[];
}

const listed = new Collection<Server>(`${COMPUTE}/servers/detail`, "servers");

export const servers = (signal?: AbortSignal) => listed.look(signal);
export const forgetServers = () => listed.forget();

export const server = async (id: number | string) =>
  (await ask<{ server: Server }>(`${COMPUTE}/servers/${id}`)).server;

export const flavors = async () =>
  (await ask<{ flavors: Flavor[] }>(`${COMPUTE}/flavors/detail`)).flavors;

export const keypairs = async () =>
  (await ask<{ keypairs: { keypair: Keypair }[] }>(`${COMPUTE}/os-keypairs`)).keypairs.map(
    (each) => each.keypair,
  );

export const addKeypair = async (name: string, public_key?: string) =>
  (
    await ask<{ keypair: Keypair }>(`${COMPUTE}/os-keypairs`, {
      method: "POST",
      json: { keypair: { name, ...(public_key ? { public_key } : {}) } },
    })
  ).keypair;

export const removeKeypair = (name: string) =>
  send(`${COMPUTE}/os-keypairs/${encodeURIComponent(name)}`, { method: "DELETE" });

/** `key` makes a repeat of the same wish harmless (Idempotency-Key). */
export const createServer = async (wish: NewServer, key: string) =>
  (
    await ask<{ server: Server }>(`${COMPUTE}/servers`, {
      method: "POST",
      headers: { "Idempotency-Key": key },
      json: { server: wish },
    })
  ).server;

export const renameServer = (id: number | string, name: string) =>
  send(`${COMPUTE}/servers/${id}`, { method: "PUT", json: { server: { name } } });

export const removeServer = (id: number | string) =>
  send(`${COMPUTE}/servers/${id}`, { method: "DELETE" });

export const act = (id: number | string, action: Record<string, unknown>) =>
  ask<unknown>(`${COMPUTE}/servers/${id}/action`, { method: "POST", json: action });

export interface Console {
  type: string;
  host: string;
  port: number;
  password: string;
  url?: string;
}

/** A ticket for one connection, usable for some seconds. */
export const openConsole = async (id: number | string) =>
  (await act(id, { console: { type: "vnc-wss" } })) as { console: Console };

export const diagnostics = (id: number | string) =>
  ask<Diagnostic[]>(`${COMPUTE}/servers/${id}/diagnostics`);

export const setMetadata = (id: number | string, metadata: Record<string, string>) =>
  ask(`${COMPUTE}/servers/${id}/metadata`, { method: "POST", json: { metadata } });

export const dropMetadata = (id: number | string, key: string) =>
  send(`${COMPUTE}/servers/${id}/metadata/${encodeURIComponent(key)}`, { method: "DELETE" });

export const tags = (id: number | string) =>
  ask<{ tags: string[]; statuses: string[] }>(`${COMPUTE}/servers/${id}/tags`);

export const addTag = (id: number | string, tag: string) =>
  send(`${COMPUTE}/servers/${id}/tags/${encodeURIComponent(tag)}`, { method: "PUT" });

export const dropTag = (id: number | string, tag: string) =>
  send(`${COMPUTE}/servers/${id}/tags/${encodeURIComponent(tag)}`, {
    method: "DELETE",
    allow: [404],
  });

export const serverPassword = async (id: number | string) => {
  const answer = await send(`${COMPUTE}/servers/${id}/password`, { allow: [404] });
  return answer.status === 404 ? null : ((await answer.json()) as { password: string }).password;
};

export const forgetPassword = (id: number | string) =>
  send(`${COMPUTE}/servers/${id}/password`, { method: "DELETE" });

export const attachVolume = (id: number | string, volumeId: number | string) =>
  ask(`${COMPUTE}/servers/${id}/os-volume_attachments`, {
    method: "POST",
    json: { volumeAttachment: { volumeId: Number(volumeId) } },
  });

export const detachVolume = (id: number | string, volume: number | string) =>
  send(`${COMPUTE}/servers/${id}/os-volume_attachments/${volume}`, { method: "DELETE" });

export interface PastAction {
  action: string;
  request_id: string;
  start_time: string;
  user_id: string;
  message: string | null;
  events?: { event: string; finish_time: string | null; result: string | null }[];
}

const HISTORY = { "X-OpenStack-Nova-API-Version": "2.60" };
const TOLD_OF = 20;

/** What was done with a server, newest first; of the last ones also how it ended. */
export const history = async (id: number | string): Promise<PastAction[]> => {
  const at = `${NOVA}/servers/${id}/os-instance-actions`;
  const found = await ask<{ instanceActions: PastAction[] }>(at, { headers: HISTORY });
  return Promise.all(
    found.instanceActions.map(async (one, place) => {
      if (place >= TOLD_OF) return one;
      const path = `${at}/${one.request_id}`;
      return (await ask<{ instanceAction: PastAction }>(path, { headers: HISTORY })).instanceAction;
    }),
  );
};

export interface Pictures {
  refresh: number;
  cpuBar: string;
  cpuTimeSeries: string;
  netBar: string;
  netTimeSeries: string;
}

export const stats = async (id: number) =>
  (await ask<{ stats: Pictures }>(`${COMPUTE}/servers/${id}/stats`)).stats;
