/** What may still be used (web-ui.md 1.11). */
import { UNLIMITED } from "./format";

export interface Holding {
  limit: number;
  usage: number;
  pending?: number;
  project_limit: number;
  project_usage: number;
}

/** By project, by resource. */
export type Quotas = Record<string, Record<string, Holding>>;

export const isUnlimited = (value: number): boolean => value >= UNLIMITED;

/** The smaller of what the user and what the project has left; never negative (UI-153, UI-154). */
export function left(holding: Holding | undefined): number {
  if (!holding) return 0;
  const mine = isUnlimited(holding.limit) ? Infinity : holding.limit - holding.usage;
  const theirs = isUnlimited(holding.project_limit)
    ? Infinity
    : holding.project_limit - holding.project_usage;
  return Math.max(0, Math.min(mine, theirs));
}

/**
 * What is left of `resource` in a project, running resources capped by their total; not so where
 * the total counts already what is asked for (`capped` false).
 */
export function leftOf(
  quotas: Quotas,
  project: string,
  resource: string,
  capped = true,
): number {
  const own = quotas[project];
  if (!own) return 0;
  if (!capped) return left(own[resource]);
  const total = own[resource.replace(/\.([a-z]+)$/, ".total_$1")];
  const value = left(own[resource]);
  return total ? Math.min(value, left(total)) : value;
}

export interface Need {
  vcpus: number;
  ram: number;
  disk: number;
}

/** Which resources of a project a server would exceed; empty when it fits. `ram` MiB, `disk` GiB. */
export function lacking(quotas: Quotas, project: string, need: Need): string[] {
  const wanted: [string, number][] = [
    ["cyclades.vm", 1],
    ["cyclades.cpu", need.vcpus],
    ["cyclades.ram", need.ram * 2 ** 20],
    ["cyclades.disk", need.disk * 2 ** 30],
  ];
  return wanted
    .filter(([resource, amount]) => leftOf(quotas, project, resource) < amount)
    .map(([resource]) => resource);
}

/** Projects in the order in which people choose: their own first, then by name (UI-156). */
export function ordered<P extends { id: string; name: string; system_project?: boolean }>(
  projects: P[],
  own: string,
): P[] {
  return [...projects].sort((one, other) => {
    if (one.id === own) return -1;
    if (other.id === own) return 1;
    return one.name.localeCompare(other.name);
  });
}

/** Part of the limit that is used, 0 to 1 (over it: more). */
export function usedPart(usage: number, limit: number): number {
  if (isUnlimited(limit)) return 0;
  return limit <= 0 ? (usage > 0 ? 1 : 0) : usage / limit;
}
