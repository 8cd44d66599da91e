/** Words of projects, memberships and policies, and who may do what with them. */
import type { Me, Membership, Project } from "../../api/identity";
import type { Key } from "../../texts";

export const PROJECT_WORDS: Record<string, Key> = {
  active: "projects.active",
  pending: "projects.pending",
  uninitialized: "projects.pending",
  suspended: "projects.suspended",
  terminated: "projects.terminated",
  deleted: "projects.terminated",
};
export const MEMBER_WORDS: Record<string, Key> = {
  requested: "member.requested",
  accepted: "member.accepted",
  leave_requested: "member.leaving",
  suspended: "member.suspended",
  rejected: "member.rejected",
  cancelled: "member.cancelled",
  removed: "member.removed",
};
export const APPLICATION_WORDS: Record<string, Key> = {
  pending: "application.pending",
  approved: "application.approved",
  replaced: "application.replaced",
  denied: "application.denied",
  dismissed: "application.dismissed",
  cancelled: "application.cancelled",
};
export const POLICIES = ["auto", "moderated", "closed"] as const;
export const POLICY_WORDS: Record<string, Key> = {
  auto: "policy.auto",
  moderated: "policy.moderated",
  closed: "policy.closed",
};
/** Memberships that count for something. */
export const LIVE = new Set(["requested", "accepted", "leave_requested", "suspended"]);

export type OwnAction = "join" | "leave" | "cancel";

/** What I may do about my own membership (UI-256). */
export function ownAction(project: Project, mine: Membership | undefined): OwnAction | null {
  if (mine?.allowed_actions.includes("cancel")) return "cancel";
  if (mine?.allowed_actions.includes("leave")) return "leave";
  if (mine && LIVE.has(mine.state)) return null;
  if (project.system_project || project.state !== "active") return null;
  return project.join_policy === "closed" ? null : "join";
}

/** Whether I steer the project: its owner, or a project administrator. */
export function steers(project: Project, me: Me | undefined): boolean {
  return !!me && (me.is_admin || project.owner === me.id);
}

/** Days before its end at which a project's owner is warned (UI-266). */
export const WARNED = 30;

/** Whole days until a moment; null when there is none. */
export function daysLeft(end: string | null, now = Date.now()): number | null {
  return end ? Math.ceil((Date.parse(end) - now) / 86_400_000) : null;
}
