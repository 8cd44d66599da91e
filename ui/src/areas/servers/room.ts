/** Whether a server of some size fits where it is to go: pure. */
import type { Flavor } from "../../api/compute";
import { leftOf, type Quotas } from "../../parts/quota";

/** Whether the cloud counts the resource at all. */
const counted = (quotas: Quotas, resource: string): boolean =>
  Object.values(quotas).some((own) => resource in own);

type Size = Pick<Flavor, "vcpus" | "ram" | "disk">;

/**
 * What a server may grow by. A stopped one holds none of what running servers use: only the totals
 * count (UI-075).
 */
export function leftForResize(
  quotas: Quotas,
  project: string,
  running: boolean,
): { vcpus: number; ram: number } {
  const names = running
    ? (["cyclades.cpu", "cyclades.ram"] as const)
    : (["cyclades.total_cpu", "cyclades.total_ram"] as const);
  const [vcpus, ram] = names.map((name) =>
    counted(quotas, name) ? leftOf(quotas, project, name) : Infinity,
  );
  return { vcpus: vcpus ?? 0, ram: ram ?? 0 };
}

/** The resources that a server takes from its project, and how much of each. */
export function usedBy(size: Size, running: boolean): [string, number][] {
  const found: [string, number][] = [
    ["cyclades.vm", 1],
    ["cyclades.total_cpu", size.vcpus],
    ["cyclades.total_ram", size.ram * 2 ** 20],
    ["cyclades.disk", size.disk * 2 ** 30],
  ];
  if (running) {
    found.push(["cyclades.cpu", size.vcpus], ["cyclades.ram", size.ram * 2 ** 20]);
  }
  return found;
}

/** Whether a project can hold the server: running ones need what runs, too (UI-076). */
export function fitsProject(
  quotas: Quotas,
  project: string,
  size: Size,
  running: boolean,
): boolean {
  return usedBy(size, running).every(
    ([resource, amount]) =>
      !counted(quotas, resource) || leftOf(quotas, project, resource, false) >= amount,
  );
}
