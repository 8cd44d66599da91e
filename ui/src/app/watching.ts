/** What became of things between two looks: what the notification centre tells (UI-314). Pure. */
import type { Key, Values } from "../texts";

export interface News {
  key: Key;
  values: Values;
  to: string;
  bad?: boolean;
}

interface Machine {
  id: number;
  name: string;
  status: string;
}
/** Machines whose building ended. */
export function built(before: readonly Machine[], now: readonly Machine[]): News[] {
  const was = new Map(before.map((one) => [one.id, one.status]));
  return now
    .filter((one) => was.get(one.id) === "BUILD" && one.status !== "BUILD")
    .map((one) => ({
      key: one.status === "ERROR" ? "news.failed" : "news.built",
      values: { name: one.name },
      to: `/servers/${one.id}/overview`,
      bad: one.status === "ERROR",
    }));
}

type Held = Record<string, Record<string, { usage: number; limit: number }>>;
const STEPS = [1, 0.8];
/** Quotas of which 80 or 100 % became used. */
export function filled(before: Held, now: Held, nameOf: (project: string, resource: string) => string): News[] {
  return Object.entries(now).flatMap(([project, resources]) =>
    Object.entries(resources).flatMap(([resource, { usage, limit }]): News[] => {
      const old = before[project]?.[resource];
      if (!old || limit <= 0) return [];
      const step = STEPS.find((one) => usage >= one * limit && old.usage < one * old.limit);
      if (!step) return [];
      return [
        { key: "news.quota", values: { name: nameOf(project, resource), percent: step * 100 }, to: `/usage/${project}`, bad: step === 1 },
      ];
    }),
  );
}

interface Asked {
  id: string;
  name: string;
  last_application?: { state: string } | null;
}
const DECIDED: Record<string, Key> = { approved: "news.approved", denied: "news.denied" };
/** Applications that were decided about. */
export function decided(before: readonly Asked[], now: readonly Asked[]): News[] {
  const was = new Map(before.map((one) => [one.id, one.last_application?.state]));
  return now.flatMap((one): News[] => {
    const key = DECIDED[one.last_application?.state ?? ""];
    if (!key || was.get(one.id) !== "pending") return [];
    return [{ key, values: { name: one.name }, to: `/projects/${one.id}/applications`, bad: key === "news.denied" }];
  });
}
