/** Files: containers, objects, versions, sharing; the Pithos mount. */
import { hex } from "../parts/merkle";
import { objectUrl } from "../parts/paths";
import { ask, send as carry, type Sent } from "./http";
import { Seen } from "./seen";

export const PITHOS = "/pithos/object-store/v1";
export const FOLDER = "application/directory";
const FOLDERS = new Set(["application/directory", "application/folder"]);

/** What views look at again and again; a change of one's own makes all of it worth a whole look. */
const seen = new Seen();
const send = async (path: string, sent: Sent = {}): Promise<Response> => {
  const writes = sent.method !== undefined && sent.method !== "HEAD" && !sent.reads;
  try {
    return await carry(path, sent);
  } finally {
    if (writes) seen.forget();
  }
};

export interface Container {
  name: string;
  count: number;
  bytes: number;
  last_modified: string;
  x_container_policy?: { quota: number; versioning: string; project: string };
}

export interface Entry {
  name: string;
  bytes: number;
  content_type: string;
  last_modified: string;
  x_object_hash?: string;
  x_object_uuid?: string;
  x_object_version?: number;
  x_object_modified_by?: string;
  x_object_sharing?: string;
  x_object_public?: string;
  x_object_allowed_to?: string;
  x_object_shared_by?: string;
  /** Only names below it exist, no object of its own. */
  virtual?: boolean;
}

export interface Details {
  type: string;
  size: number;
  modified: string;
  hash: string;
  uuid: string;
  version: string;
  modifiedBy: string;
  sharing: string;
  sharedBy: string;
  allowedTo: string;
  link: string;
  linkExpires: string;
  linkDownloads: string;
  linkDownloaded: string;
  encoding: string;
  disposition: string;
  meta: [string, string][];
}

export const isFolder = (entry: Pick<Entry, "content_type" | "virtual">): boolean =>
  !!entry.virtual || FOLDERS.has(entry.content_type);

const at = (account: string, container?: string, name?: string): string =>
  [
    `${PITHOS}/${encodeURIComponent(account)}`,
    ...(container === undefined ? [] : [encodeURIComponent(container)]),
    ...(name === undefined ? [] : [objectUrl(name)]),
  ].join("/");

export const containers = (account: string): Promise<Container[]> =>
  seen.look(at(account), at(account), { query: { format: "json" } }, (answer) => answer.json());

/** Accounts that share something with the asker. */
export const sharers = () =>
  ask<{ name: string; last_modified: string }[]>(PITHOS, { query: { format: "json" } });

/** Makes the two containers that everybody has, where they are missing (UI-159). */
export async function prepare(account: string): Promise<Container[]> {
  const found = await containers(account);
  const names = new Set(found.map((one) => one.name));
  const missing = ["pithos", "trash"].filter((name) => !names.has(name));
  if (!missing.length) return found;
  for (const name of missing) await createContainer(account, name, account);
  return containers(account);
}

export const createContainer = (account: string, name: string, project: string) =>
  send(at(account, name), {
    method: "PUT",
    headers: {
      "X-Container-Policy-Project": project,
      "X-Container-Policy-Versioning": "auto",
    },
  });
export const removeContainer = (account: string, name: string) =>
  send(at(account, name), { method: "DELETE" });
/** Names of all that a container holds now, in pages as they come. */
export async function* everything(
  account: string,
  container: string,
  signal?: AbortSignal,
): AsyncGenerator<Entry[]> {
  let marker = "";
  for (;;) {
    const page = await ask<Entry[]>(at(account, container), {
      query: { format: "json", marker: marker || undefined, limit: PAGE },
      signal,
    });
    if (page.length) yield page;
    if (page.length < PAGE) return;
    marker = page.at(-1)?.name ?? "";
  }
}
/** Deletes one object as it stands; older versions stay where the container keeps them. */
export const removeObject = (place: Place, signal?: AbortSignal) =>
  send(at(place.account, place.container, place.name), {
    method: "DELETE",
    allow: [404],
    timeout: 0,
    signal,
  });
export const emptyContainer = (account: string, name: string) =>
  send(at(account, name), { method: "DELETE", query: { delimiter: "/" }, timeout: 0 });
export const setContainerProject = (account: string, name: string, project: string) =>
  send(at(account, name), {
    method: "POST",
    query: { update: "" },
    headers: { "X-Container-Policy-Project": project },
  });

export interface Capabilities {
  blockSize: number;
  blockHash: string;
  versioning: string;
}
/** Block size and hash of a container (UI-197). */
export async function capabilities(account: string, container: string): Promise<Capabilities> {
  const answer = await send(at(account, container), { method: "HEAD" });
  return {
    blockSize: Number(answer.headers.get("X-Container-Block-Size")) || 4 * 2 ** 20,
    blockHash: answer.headers.get("X-Container-Block-Hash") ?? "sha256",
    versioning: answer.headers.get("X-Container-Policy-Versioning") ?? "auto",
  };
}

const PAGE = 10_000;

/** What lies directly in a folder ("" is the top), folders that exist only by names below them too. */
export async function list(
  account: string,
  container: string,
  folder: string,
  signal?: AbortSignal,
  /** Told with what came so far, page by page: a large folder is shown before it is whole. */
  some?: (entries: Entry[]) => void,
): Promise<Entry[]> {
  const prefix = folder ? `${folder}/` : "";
  const asked = (marker: string): Sent => ({
    query: {
      format: "json",
      delimiter: "/",
      prefix: prefix || undefined,
      marker: marker || undefined,
      limit: PAGE,
    },
    signal,
  });
  const path = at(account, container);
  return seen.look(`${path}?${prefix}`, path, asked(""), async (answer) => {
    const found = new Map<string, Entry>();
    let page = (await answer.json()) as (Entry | { subdir: string })[];
    for (;;) {
      let marker = "";
      for (const each of page) {
        if ("subdir" in each) {
          const name = each.subdir.replace(/\/$/, "");
          marker = each.subdir;
          if (name === folder || found.has(name)) continue;
          found.set(name, {
            name,
            bytes: 0,
            content_type: FOLDER,
            last_modified: "",
            virtual: true,
          });
        } else {
          marker = each.name;
          if (each.name === prefix) continue;
          found.set(each.name, each);
        }
      }
      if (page.length < PAGE) return [...found.values()];
      some?.([...found.values()]);
      page = await ask(path, asked(marker));
    }
  });
}

export async function details(
  account: string,
  container: string,
  name: string,
  version?: number,
): Promise<Details> {
  const answer = await send(at(account, container, name), {
    method: "HEAD",
    query: version === undefined ? {} : { version },
  });
  const head = (key: string) => answer.headers.get(key) ?? "";
  const meta: [string, string][] = [];
  answer.headers.forEach((value, key) => {
    if (key.startsWith("x-object-meta-")) meta.push([key.slice(14), value]);
  });
  return {
    type: head("Content-Type"),
    size: Number(head("Content-Length")),
    modified: head("Last-Modified"),
    hash: head("X-Object-Hash"),
    uuid: head("X-Object-UUID"),
    version: head("X-Object-Version"),
    modifiedBy: head("X-Object-Modified-By"),
    sharing: head("X-Object-Sharing"),
    sharedBy: head("X-Object-Shared-By"),
    allowedTo: head("X-Object-Allowed-To"),
    link: head("X-Object-Public"),
    linkExpires: head("X-Object-Public-Expires"),
    linkDownloads: head("X-Object-Public-Downloads"),
    linkDownloaded: head("X-Object-Public-Downloaded"),
    encoding: head("Content-Encoding"),
    disposition: head("Content-Disposition"),
    meta,
  };
}

/** The nearest folder, itself or above, that is shared; "" when none is. */
export async function sharedAbove(account: string, container: string, folder: string): Promise<string> {
  for (let up = folder; up; up = up.slice(0, Math.max(0, up.lastIndexOf("/")))) {
    const [first] = await ask<Entry[]>(at(account, container), {
      query: { format: "json", prefix: up, limit: 1 },
    });
    if (first?.name === up && first.x_object_sharing) return up;
  }
  return "";
}

export const createFolder = (account: string, container: string, name: string) =>
  send(at(account, container, name), {
    method: "PUT",
    headers: { "Content-Type": FOLDER, "If-None-Match": "*" },
    body: new Blob([]),
  });

export interface Place {
  account: string;
  container: string;
  name: string;
}

/** Copies or moves an object, a folder with all below it. `overwrite` false: 412 when taken. */
export function transfer(
  how: "copy" | "move",
  from: Place,
  to: Place,
  folder: boolean,
  type: string,
  overwrite = false,
) {
  const source = `/${encodeURIComponent(from.container)}/${from.name.split("/").map(encodeURIComponent).join("/")}`;
  return send(at(to.account, to.container, to.name), {
    method: "PUT",
    query: folder ? { delimiter: "/" } : {},
    headers: {
      [how === "copy" ? "X-Copy-From" : "X-Move-From"]: source,
      "Content-Type": type,
      ...(from.account === to.account ? {} : { "X-Source-Account": from.account }),
      ...(overwrite ? {} : { "If-None-Match": "*" }),
    },
    body: new Blob([]),
    timeout: 0,
  });
}

/** Deletes for good, with all versions. */
export const purge = (place: Place, folder: boolean) =>
  send(at(place.account, place.container, place.name), {
    method: "DELETE",
    query: folder
      ? { delimiter: "/" }
      : { until: Math.ceil(Date.now() / 1000) + 1 },
    timeout: 0,
  });

export interface Version {
  number: number;
  /** Seconds since the epoch. */
  time: number;
}
export const versions = async (place: Place): Promise<Version[]> =>
  (
    await ask<{ versions: [number, string | number][] }>(
      at(place.account, place.container, place.name),
      { query: { version: "list", format: "json" } },
    )
  ).versions.map(([number, time]) => ({ number, time: Number(time) }));

/** Makes an older version the current one, by a copy onto itself, or a file of another name. */
export const restoreVersion = (place: Place, version: number, type: string, name?: string) =>
  send(at(place.account, place.container, name ?? place.name), {
    method: "PUT",
    headers: {
      ...(name === undefined ? {} : { "If-None-Match": "*" }),
      "X-Copy-From": `/${encodeURIComponent(place.container)}/${place.name.split("/").map(encodeURIComponent).join("/")}`,
      "X-Source-Version": String(version),
      "Content-Type": type,
    },
    body: new Blob([]),
    timeout: 0,
  });

export const setSharing = (place: Place, sharing: string) =>
  send(at(place.account, place.container, place.name), {
    method: "POST",
    query: { update: "" },
    headers: { "X-Object-Sharing": sharing || "~" },
  });

export const setPublic = (place: Place, wanted: boolean) =>
  send(at(place.account, place.container, place.name), {
    method: "POST",
    query: { update: "" },
    headers: { "X-Object-Public": wanted ? "true" : "false" },
  });

/** Until when (ISO 8601, "" for ever) and how often ("" without end; counts anew) a link is good. */
export const setLinkTerms = (place: Place, terms: { expires?: string; downloads?: string }) =>
  send(at(place.account, place.container, place.name), {
    method: "POST",
    query: { update: "" },
    headers: {
      "X-Object-Public": "true",
      ...(terms.expires !== undefined && { "X-Object-Public-Expires": terms.expires }),
      ...(terms.downloads !== undefined && { "X-Object-Public-Downloads": terms.downloads }),
    },
  });

/** Type, encoding and disposition ("" takes one away); a new type is a copy onto itself. */
export async function setHeaders(
  place: Place,
  now: Details,
  wanted: { type: string; encoding: string; disposition: string },
): Promise<void> {
  if (wanted.encoding !== now.encoding || wanted.disposition !== now.disposition) {
    await send(at(place.account, place.container, place.name), {
      method: "POST",
      query: { update: "" },
      headers: {
        "Content-Encoding": wanted.encoding,
        "Content-Disposition": wanted.disposition,
      },
    });
  }
  if (wanted.type !== now.type) await transfer("copy", place, place, false, wanted.type, true);
}

export const setMeta = (place: Place, meta: Record<string, string>) =>
  send(at(place.account, place.container, place.name), {
    method: "POST",
    query: { update: "" },
    headers: Object.fromEntries(
      Object.entries(meta).map(([key, value]) => [`X-Object-Meta-${key}`, value || "~"]),
    ),
  });

/**
 * Where the browser gets a file by itself: the address ends up with a grant of some seconds for this
 * one file, never with the token (UI-182).
 */
export const viewAddress = (place: Place, how: "attachment" | "inline", version?: number): string =>
  `/pithos/ui/view/${encodeURIComponent(place.account)}/${encodeURIComponent(place.container)}/${objectUrl(place.name)}` +
  `?disposition-type=${how}${version === undefined ? "" : `&version=${version}`}`;

/** The first bytes of a file as text. */
export async function beginning(place: Place, size: number, most: number): Promise<string> {
  if (!size) return "";
  const answer = await send(at(place.account, place.container, place.name), {
    headers: { Accept: "*/*", Range: `bytes=0-${Math.min(size, most) - 1}` },
  });
  return answer.text();
}
export const textOf = async (place: Place, version?: number): Promise<string> =>
  (await download(place, version)).text();

/** A place from which the files and folders come as one ZIP, once, within a minute (UI-188). */
export const archive = async (account: string, container: string, names: string[]) =>
  (
    await ask<{ address: string }>("/pithos/zip", {
      method: "POST",
      json: { account, container, names },
    })
  ).address;

export interface Found extends Entry {
  container: string;
}
/** Own files with `words` in their names, in one container or everywhere. */
export const search = async (words: string, container?: string, signal?: AbortSignal) =>
  (
    await ask<{ files: Found[] }>("/pithos/search", {
      query: { q: words, container, limit: 200 },
      signal,
    })
  ).files;

/** Forgets the versions up to that of `until` (seconds); what stands now stays. */
export const forgetVersions = (place: Place, until: number) =>
  send(at(place.account, place.container, place.name), {
    method: "DELETE",
    query: { until },
    timeout: 0,
  });

/** A whole small file by a form, for when blocks are refused (UI-202). */
export async function postForm(place: Place, file: Blob, signal?: AbortSignal): Promise<void> {
  const form = new FormData();
  form.set("X-Object-Data", file);
  await send(at(place.account, place.container, place.name), {
    method: "POST",
    body: form,
    signal,
    timeout: 0,
  });
}

/** The whole content. */
export const download = async (place: Place, version?: number): Promise<Blob> =>
  (
    await send(at(place.account, place.container, place.name), {
      query: version === undefined ? {} : { version },
      headers: { Accept: "*/*" },
      timeout: 0,
    })
  ).blob();

/** Groups of an account: by name, the ids of their members. */
export const groups = (account: string): Promise<Record<string, string[]>> =>
  seen.look(`${at(account)} groups`, at(account), { method: "HEAD" }, async (answer) => {
    const found: Record<string, string[]> = {};
    answer.headers.forEach((value, key) => {
      if (key.startsWith("x-account-group-")) {
        found[decodeURIComponent(key.slice(16))] = value.split(",").filter(Boolean);
      }
    });
    return found;
  });
export const setGroup = (account: string, name: string, members: string[]) =>
  send(at(account), {
    method: "POST",
    query: { update: "" },
    headers: {
      [`X-Account-Group-${encodeURIComponent(name)}`]: members.join(",") || "~",
    },
  });

/** The browser's word for the type; what it does not know is left to the server (UI-200). */
const typeHeaders = (type: string): Record<string, string> =>
  type ? { "Content-Type": type } : { "Content-Type": "application/octet-stream", "X-Detect-Content-Type": "true" };

/**
 * Of some hashes those that the server lacks: a map of them and of one that cannot be there is
 * always refused, so nothing is made, and the refusal names the missing ones.
 */
export async function lacking(
  place: Place,
  hashes: string[],
  blockSize: number,
  signal?: AbortSignal,
): Promise<string[]> {
  const impossible = hex(crypto.getRandomValues(new Uint8Array((hashes[0] ?? "").length / 2)));
  const map = { bytes: (hashes.length + 1) * blockSize, hashes: [...hashes, impossible] };
  const missing = await putMap(place, map, "application/octet-stream", { signal });
  return (missing ?? []).filter((hash) => hash !== impossible);
}

/** PUT of a hashmap: null when the object stands, else the hashes whose blocks are missing. */
export async function putMap(
  place: Place,
  map: { bytes: number; hashes: string[] },
  type: string,
  more: Pick<Sent, "signal"> = {},
): Promise<string[] | null> {
  const answer = await send(at(place.account, place.container, place.name), {
    method: "PUT",
    query: { hashmap: "", format: "json" },
    headers: typeHeaders(type),
    body: JSON.stringify(map),
    allow: [409],
    timeout: 0,
    ...more,
  });
  if (answer.status !== 409) return null;
  const text = await answer.text();
  const told: unknown = text.trim().startsWith("[") ? JSON.parse(text) : text.split("\n");
  return (told as string[]).filter(Boolean);
}

/** Stores one block in one's own container; its hash is the server's to tell. */
export async function postBlock(
  account: string,
  container: string,
  block: Uint8Array<ArrayBuffer>,
  signal?: AbortSignal,
): Promise<void> {
  await send(at(account, container), {
    method: "POST",
    query: { update: "" },
    headers: { "Content-Type": "application/octet-stream" },
    body: new Blob([block]),
    signal,
    timeout: 0,
  });
}

