/** What the form of an application holds, whether it may be sent, and what is sent (UI-258). */
import type { Capacity, Project, Resource } from "../../api/identity";
import { amountText, parseAmount } from "../../parts/amount";
import { UNLIMITED } from "../../parts/format";
import type { Key } from "../../texts";

export interface Wish {
  name: string;
  homepage: string;
  description: string;
  comments: string;
  starts: string;
  ends: string;
  join: string;
  leave: string;
  unlimited: boolean;
  members: string;
  private: boolean;
  /** By resource: per member and in total, as typed. */
  amounts: Record<string, { member: string; total: string }>;
}

export const EMPTY: Wish = {
  name: "",
  homepage: "",
  description: "",
  comments: "",
  starts: "",
  ends: "",
  join: "moderated",
  leave: "auto",
  unlimited: true,
  members: "",
  private: false,
  amounts: {},
};

/** The form over a project that stands. */
export function wishOf(project: Project, resources: Record<string, Resource>): Wish {
  const limited = project.max_members !== null && project.max_members < UNLIMITED;
  return {
    ...EMPTY,
    name: project.name,
    homepage: project.homepage,
    description: project.description,
    ends: project.end_date?.slice(0, 10) ?? "",
    join: project.join_policy,
    leave: project.leave_policy,
    unlimited: !limited,
    members: limited ? String(project.max_members) : "",
    private: project.private,
    amounts: Object.fromEntries(
      Object.entries(project.resources).map(([name, each]) => [
        name,
        {
          member: amountText(each.member_capacity, resources[name]?.unit ?? null),
          total: amountText(each.project_capacity, resources[name]?.unit ?? null),
        },
      ]),
    ),
  };
}

const DOMAIN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/i;

/** What is wrong, by field. Empty when it may be sent. */
export function faultsOf(
  wish: Wish,
  resources: Record<string, Resource>,
  today: string,
  locked: boolean,
): Record<string, Key> {
  const found: Record<string, Key> = {};
  if (!locked) {
    if (!DOMAIN.test(wish.name.trim())) found["name"] = "apply.notDomain";
    if (wish.homepage && !/^https?:\/\/[^\s/]+/.test(wish.homepage)) found["homepage"] = "apply.notAddress";
    if (!wish.ends) found["ends"] = "common.needed";
    else if (wish.ends <= today) found["ends"] = "apply.past";
    else if (wish.starts && wish.ends <= wish.starts) found["ends"] = "apply.endFirst";
    if (wish.starts && wish.starts < today) found["starts"] = "apply.past";
    if (!wish.unlimited && !/^[1-9]\d{0,9}$/.test(wish.members)) found["members"] = "apply.notNumber";
  }
  if (!Object.keys(wish.amounts).length) found["amounts"] = "apply.noResources";
  for (const [name, { member, total }] of Object.entries(wish.amounts)) {
    const unit = resources[name]?.unit ?? null;
    const one = parseAmount(member, unit);
    const all = parseAmount(total, unit);
    if (one === null || all === null) found[name] = "apply.notAmount";
    else if (all < one) found[name] = "apply.totalSmall";
  }
  return found;
}

export function capacitiesOf(
  wish: Wish,
  resources: Record<string, Resource>,
): Record<string, Capacity> {
  return Object.fromEntries(
    Object.entries(wish.amounts).map(([name, { member, total }]) => {
      const unit = resources[name]?.unit ?? null;
      return [
        name,
        {
          member_capacity: parseAmount(member, unit) ?? 0,
          project_capacity: parseAmount(total, unit) ?? 0,
        },
      ];
    }),
  );
}

/** The body of the request; of a system project resources alone. */
export function bodyOf(
  wish: Wish,
  resources: Record<string, Resource>,
  locked: boolean,
): Record<string, unknown> {
  const amounts = { resources: capacitiesOf(wish, resources), comments: wish.comments };
  if (locked) return amounts;
  return {
    ...amounts,
    name: wish.name.trim(),
    homepage: wish.homepage,
    description: wish.description,
    ...(wish.starts ? { start_date: `${wish.starts}T00:00:00+00:00` } : {}),
    end_date: `${wish.ends}T00:00:00+00:00`,
    join_policy: wish.join,
    leave_policy: wish.leave,
    max_members: wish.unlimited ? "inf" : Number(wish.members),
    private: wish.private,
  };
}
