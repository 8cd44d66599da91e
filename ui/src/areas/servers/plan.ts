/** What the wizard proposes for a new server, and what it asks for in the end: pure. */
import type { Flavor, NewServer } from "../../api/compute";
import type { Image } from "../../api/images";
import type { Address } from "../../api/network";

export type ImageKind = "system" | "mine" | "shared" | "public";

/** Public images are the cloud's own where their owner is one of `system`. */
export function kindOf(
  image: Pick<Image, "owner" | "is_public">,
  me: string,
  system: ReadonlySet<string>,
): ImageKind {
  if (image.owner === me) return "mine";
  if (!image.is_public) return "shared";
  return system.has(image.owner) ? "system" : "public";
}

/** The section that a public image of somebody who may have sections stands in, else "". */
export function sectionOf(
  image: Pick<Image, "owner" | "is_public" | "properties">,
  listing: ReadonlySet<string>,
): string {
  if (!image.is_public || !listing.has(image.owner)) return "";
  return image.properties["listing_section"] ?? image.properties["LISTING_SECTION"] ?? "";
}

/** Properties of an image that a new server keeps as metadata (UI-064). */
export function copiedFrom(
  properties: Readonly<Record<string, string>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = properties[name.toLowerCase()] ?? properties[name];
      return value ? [[name, value]] : [];
    }),
  );
}

/** `name`, with a number after it when it is taken (UI-097). */
export function freeName(name: string, taken: readonly string[]): string {
  const used = new Set(taken);
  if (!used.has(name)) return name;
  for (let number = 2; ; number++) {
    const other = `${name} ${number}`;
    if (!used.has(other)) return other;
  }
}

/** The names of `count` servers. */
export function numbered(name: string, count: number): string[] {
  if (count <= 1) return [name];
  return Array.from({ length: count }, (_, at) => `${name}-${at + 1}`);
}

/** The free address that is taken first: one of the project, else any (UI-095). */
export function bestAddress(free: readonly Address[], project: string): string {
  return (free.find((one) => one.tenant_id === project) ?? free[0])?.id ?? "";
}

export const FIELDS = ["vcpus", "ram", "disk", "SNF:disk_template"] as const;
export type SizeField = (typeof FIELDS)[number];

/**
 * The flavor after `field` was set to `value`: with the other fields as they were where there is
 * one, else the first that `fits` with the last choice, else the first with it (UI-091).
 */
export function chooseFlavor(
  flavors: readonly Flavor[],
  now: Flavor | undefined,
  field: SizeField,
  value: Flavor[SizeField],
  fits: (flavor: Flavor) => boolean,
): Flavor | undefined {
  const those = flavors.filter((one) => one[field] === value);
  const same = those.find((one) =>
    FIELDS.every((each) => each === field || one[each] === now?.[each]),
  );
  if (same && fits(same)) return same;
  return those.find(fits) ?? same ?? those[0];
}

/** The values of a field, in order. */
export function valuesOf(flavors: readonly Flavor[], field: SizeField): Flavor[SizeField][] {
  return [...new Set(flavors.map((one) => one[field]))].sort((one, other) =>
    typeof one === "number" && typeof other === "number"
      ? one - other
      : String(one).localeCompare(String(other)),
  );
}

/** The flavor that the settings mean: CPUs, MiB, GiB, disk template ("": any) (UI-090). */
export function suggested(
  flavors: readonly Flavor[],
  [cpu, ram, disk, template]: readonly [number, number, number, string],
): Flavor | undefined {
  return flavors.find(
    (one) =>
      one.vcpus === cpu &&
      one.ram === ram &&
      one.disk === disk &&
      (!template || one["SNF:disk_template"] === template),
  );
}

export interface Wanted {
  image: Image;
  flavor: Flavor;
  project: string;
  role: string;
  keys: readonly string[];
  userData: string;
  files: readonly { path: string; contents: string }[];
  /** GiB of further empty disks. */
  disks: readonly number[];
  /** null: what the cloud gives by itself. */
  networks: readonly { uuid: string; fixed_ip?: string }[] | null;
}

/** What is sent to make the server `name` (UI-100). */
export function requestOf(name: string, wanted: Wanted, copied: readonly string[]): NewServer {
  const { image, flavor } = wanted;
  return {
    name,
    imageRef: image.id,
    flavorRef: flavor.id,
    metadata: {
      ...copiedFrom(image.properties, copied),
      ...(wanted.role ? { Role: wanted.role } : {}),
    },
    project: wanted.project,
    ...(wanted.keys.length ? { "SNF:key_names": [...wanted.keys] } : {}),
    ...(wanted.userData ? { user_data: base64(wanted.userData) } : {}),
    ...(wanted.files.length ? { personality: [...wanted.files] } : {}),
    ...(wanted.disks.length
      ? {
          block_device_mapping_v2: [
            {
              source_type: image.is_snapshot ? "snapshot" : "image",
              uuid: image.id,
              volume_size: flavor.disk,
              delete_on_termination: true,
            },
            ...wanted.disks.map((size) => ({
              source_type: "blank",
              volume_size: size,
              delete_on_termination: true,
            })),
          ],
        }
      : {}),
    ...(wanted.networks ? { networks: [...wanted.networks] } : {}),
  };
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** The same wish for OpenStack's command line client (UI-103). Files stay what they are here. */
export function commandOf(wish: NewServer): string {
  const parts = ["openstack", "--os-project-id", wish.project ?? "", "server", "create"];
  parts.push("--image", wish.imageRef, "--flavor", String(wish.flavorRef));
  for (const [key, value] of Object.entries(wish.metadata)) {
    parts.push("--property", `${key}=${value}`);
  }
  for (const key of wish["SNF:key_names"] ?? []) parts.push("--key-name", key);
  if (wish.user_data) parts.push("--user-data", "user-data.txt");
  for (const { path } of wish.personality ?? []) {
    parts.push("--file", `${path}=${path.split("/").at(-1) ?? ""}`);
  }
  for (const disk of wish.block_device_mapping_v2?.slice(1) ?? []) {
    parts.push("--block-device", `source_type=blank,volume_size=${disk.volume_size}`);
  }
  if (wish.networks && !wish.networks.length) parts.push("--nic", "none");
  for (const { uuid, fixed_ip } of wish.networks ?? []) {
    parts.push("--nic", `net-id=${uuid}${fixed_ip ? `,v4-fixed-ip=${fixed_ip}` : ""}`);
  }
  parts.push(wish.name);
  return parts.map(quoted).join(" ");
}
