/** Which projects the page of usage shows, and how they are marked (UI-247). */
import type { Project } from "../../api/identity";
import type { Holding, Quotas } from "../../parts/quota";
import { ordered } from "../../parts/quota";
import type { Key } from "../../texts";

export interface Listed {
  id: string;
  name: string;
  holdings: Record<string, Holding>;
  mark: Key | null;
}

/** Own first; those that are over and hold nothing of mine are left out. */
export function listed(
  quotas: Quotas,
  projects: Pick<Project, "id" | "name" | "state">[],
  me: { default_project: string; projects: { id: string }[] },
): Listed[] {
  const joined = new Set(me.projects.map((one) => one.id));
  const all = Object.entries(quotas).map(([id, holdings]): Listed => {
    const known = projects.find((one) => one.id === id);
    const used = Object.values(holdings).some((one) => one.usage > 0);
    let mark: Key | null = null;
    if (known?.state === "terminated" || known?.state === "deleted") mark = "projects.terminated";
    else if (known?.state === "suspended") mark = "projects.suspended";
    else if (!joined.has(id)) mark = "usage.notMember";
    return { id, name: known?.name ?? id, holdings: used || !mark ? holdings : {}, mark };
  });
  return ordered(
    all.filter((one) => !one.mark || Object.keys(one.holdings).length > 0),
    me.default_project,
  );
}
