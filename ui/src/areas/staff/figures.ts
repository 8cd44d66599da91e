/** What the figures of the cloud say, as bars want it. Pure. */
import type { Key } from "../../texts";

interface Sums {
  count: number;
  cpu: Record<string, number>;
  ram: Record<string, number>;
  disk: Record<string, Record<string, number> | number>;
}
interface Node {
  cpu: number;
  ram: { total: number; free: number };
  disk: { total: number; free: number };
}
export interface Figures {
  clusters: Record<
    string,
    { virtual_cpu: number; virtual_ram: number; virtual_disk: number; nodes: Record<string, Node> }
  >;
  servers: Record<string, Sums>;
  images: Record<string, number>;
  ip_pools: Record<string, { count: number; total: number; free: number }>;
}

/** Virtual against physical, for each cluster. */
export function infrastructure(found: Figures) {
  return Object.entries(found.clusters).flatMap(([cluster, one]) => {
    const nodes = Object.values(one.nodes);
    const sum = (of: (node: Node) => number) => nodes.reduce((all, node) => all + of(node), 0);
    return [
      { cluster, key: "resource.cpu" as Key, used: one.virtual_cpu, all: sum((node) => node.cpu), bytes: false },
      { cluster, key: "resource.ram" as Key, used: one.virtual_ram, all: sum((node) => node.ram.total), bytes: true },
      { cluster, key: "resource.disk" as Key, used: one.virtual_disk, all: sum((node) => node.disk.total), bytes: true },
    ];
  });
}

export const serversByState = (found: Figures): [string, number][] =>
  Object.entries(found.servers).map(([state, one]) => [state, one.count]);

export const pools = (found: Figures) =>
  Object.entries(found.ip_pools).map(([name, one]) => ({ name, used: one.total - one.free, all: one.total }));

/** Machines by the kind of a part of theirs, over all states. */
export function counted(found: Figures, part: "disk"): [string, number][] {
  const sums = new Map<string, number>();
  for (const one of Object.values(found.servers)) {
    for (const [kind, amounts] of Object.entries(one[part])) {
      const count = typeof amounts === "number" ? amounts : Object.values(amounts).reduce((all, each) => all + each, 0);
      sums.set(kind, (sums.get(kind) ?? 0) + count);
    }
  }
  return [...sums];
}

export interface Share {
  resource: string;
  used: number;
  /** 0: no limit is in the sum. */
  allocated: number;
  bytes: boolean;
}

/** What is used and allocated of each resource: by all, then by those of one way to sign in alone. */
export function shares(rows: Record<string, unknown>[]): { provider: string; rows: Share[] }[] {
  const parts = new Map<string, Share[]>();
  for (const row of rows) {
    const part = parts.get(String(row["provider"])) ?? [];
    parts.set(String(row["provider"]), part);
    part.push({
      resource: String(row["resource"]),
      used: Number(row["used"]),
      allocated: Number(row["allocated"]),
      bytes: row["unit"] === "bytes",
    });
  }
  return [...parts].map(([provider, each]) => ({ provider, rows: each }));
}

/** People by way to sign in and by what they are: counts of `total`, `verified` and `active`. */
export const ways = (rows: Record<string, unknown>[]) =>
  rows.flatMap((row) =>
    (["total", "verified", "active"] as const).map((status) => ({
      provider: String(row["provider"]),
      status,
      count: Number(row[status] ?? 0),
    })),
  );

/** Percent of the whole bar; by logarithms small counts are seen beside large ones. */
export function width(value: number, most: number, log: boolean): number {
  if (value <= 0 || most <= 0) return 0;
  return Math.min(100, log ? (100 * Math.log10(1 + value)) / Math.log10(1 + most) : (100 * value) / most);
}
