/** People, their projects and quotas: `/astakos/account/v1.0`. */
import type { Quotas } from "../parts/quota";
import { ask, send } from "./http";

const ACCOUNT = "/astakos/account/v1.0";
const KEYSTONE = "/astakos/identity/v3";

export interface Me {
  id: string;
  name: string;
  email: string;
  first_name: string;
  last_name: string;
  is_admin: boolean;
  groups: string[];
  default_project: string;
  projects: { id: string; name: string; roles: string[] }[];
  methods: { module: string; identifier: string }[];
  created: string;
  last_login: string | null;
  token: { scope: string; expires: string };
}

export interface Capacity {
  project_capacity: number;
  member_capacity: number;
}

export interface Project {
  id: string;
  name: string;
  state: string;
  owner: string | null;
  /** First and last name; the address is for those who steer the project. */
  owner_name?: string;
  homepage: string;
  description: string;
  creation_date: string;
  end_date: string | null;
  join_policy: string;
  leave_policy: string;
  max_members: number | null;
  private: boolean;
  system_project: boolean;
  resources: Record<string, Capacity>;
  last_application?: Application | null;
}

export interface Membership {
  id: number;
  user: string;
  project: string;
  state: string;
  allowed_actions: string[];
}

/** What an applicant asks for. */
export interface Application {
  id: number;
  state: string;
  name: string | null;
  owner: string | null;
  applicant: string;
  homepage: string | null;
  description: string | null;
  start_date: string | null;
  end_date: string | null;
  comments: string;
  join_policy: string | null;
  leave_policy: string | null;
  max_members: number | null;
  private: boolean | null;
  resources: Record<string, Capacity>;
}

export interface Resource {
  service: string;
  description: string;
  unit: string | null;
  ui_visible: boolean;
}

export interface Token {
  prefix: string;
  label: string;
  scope: string;
  project: string | null;
  methods: string[];
  issued: string;
  expires: string;
  last_used: string | null;
  /** From where it was used then. */
  address: string | null;
}

export type Preferences = Record<string, unknown>;

export const me = () => ask<Me>(`${ACCOUNT}/me`);
export const saveNames = (first_name: string, last_name: string) =>
  ask<Me>(`${ACCOUNT}/me`, { method: "PATCH", json: { first_name, last_name } });
export const savePassword = (old: string, fresh: string) =>
  ask<{ token: string }>(`${ACCOUNT}/me/password`, {
    method: "POST",
    json: { old, new: fresh },
  });
export const saveEmail = (email: string) =>
  ask<unknown>(`${ACCOUNT}/me/email`, { method: "POST", json: { email } });
export const tokens = async () =>
  (await ask<{ tokens: Token[] }>(`${ACCOUNT}/me/tokens`)).tokens;
export const chooseProject = (project_id: string) =>
  send(`${ACCOUNT}/myaccount/default_project`, { method: "POST", json: { project_id } });
export const makeToken = (label: string, seconds?: number) =>
  ask<{ token: string; expires: string }>(`${ACCOUNT}/me/tokens`, {
    method: "POST",
    json: { label, ...(seconds ? { seconds } : {}) },
  });
export const endToken = (prefix: string) =>
  send(`${ACCOUNT}/me/tokens/${prefix}`, { method: "DELETE" });

/** Every token and every other session ends; the one new token. */
export const renewTokens = () =>
  ask<{ token: string; expires: string }>(`${ACCOUNT}/me/tokens/renew`, { method: "POST" });

export const preferences = () => ask<Preferences>(`${ACCOUNT}/me/preferences`);
export const savePreferences = (wanted: Preferences) =>
  send(`${ACCOUNT}/me/preferences`, { method: "PUT", json: wanted });

export const quotas = () => ask<Quotas>(`${ACCOUNT}/quotas`);
export const resources = () => ask<Record<string, Resource>>(`${ACCOUNT}/resources`);
/** Those I am a member of, all that concern me, or all that anybody may join. */
export const projects = (mode: "member" | "all" | "active" = "member") =>
  ask<Project[]>(`${ACCOUNT}/projects`, { query: { mode: mode === "all" ? undefined : mode } });
export const project = (id: string) => ask<Project>(`${ACCOUNT}/projects/${id}`);
export const memberships = (of?: string) =>
  ask<Membership[]>(`${ACCOUNT}/projects/memberships`, { query: { project: of } });
export const feedback = (message: string, data: Record<string, unknown>) =>
  send(`${ACCOUNT}/feedback`, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      feedback_msg: message,
      feedback_data: JSON.stringify(data),
    }),
  });

/** Names of people by id, and the other way; unknown ones are left out. */
export const namesOf = async (ids: string[]) =>
  (
    await ask<{ uuid_catalog: Record<string, string> }>(`${ACCOUNT}/user_catalogs`, {
      method: "POST",
      json: { uuids: ids },
    })
  ).uuid_catalog;
export const idsOf = async (names: string[]) =>
  (
    await ask<{ displayname_catalog: Record<string, string> }>(`${ACCOUNT}/user_catalogs`, {
      method: "POST",
      json: { displaynames: names },
    })
  ).displayname_catalog;

export const applyForProject = (wish: Record<string, unknown>) =>
  ask<{ id: string; application: number }>(`${ACCOUNT}/projects`, { method: "POST", json: wish });
export const modifyProject = (id: string, wish: Record<string, unknown>) =>
  ask<unknown>(`${ACCOUNT}/projects/${id}`, { method: "PUT", json: wish });
export const projectAction = (id: string, action: string, given: Record<string, unknown> = {}) =>
  ask<unknown>(`${ACCOUNT}/projects/${id}/action`, { method: "POST", json: { [action]: given } });
export const joinProject = (id: string) =>
  ask<unknown>(`${ACCOUNT}/projects/memberships`, {
    method: "POST",
    json: { join: { project: id } },
  });
export const enrollMember = (project: string, user: string) =>
  ask<unknown>(`${ACCOUNT}/projects/memberships`, {
    method: "POST",
    json: { enroll: { project, user } },
  });
export const membershipAction = (id: number, action: string, reason = "") =>
  ask<unknown>(`${ACCOUNT}/projects/memberships/${id}/action`, {
    method: "POST",
    json: { [action]: reason },
  });

export interface AccessRule {
  service: string;
  method: string;
  path: string;
}
export interface Credential {
  id: string;
  name: string;
  roles?: { name: string }[];
  access_rules?: AccessRule[];
  secret?: string;
  expires_at: string | null;
  description: string;
}
const credentialsOf = (user: string) => `${KEYSTONE}/users/${user}/application_credentials`;
export const credentials = async (user: string) =>
  (await ask<{ application_credentials: Credential[] }>(credentialsOf(user)))
    .application_credentials;
export const makeCredential = async (
  user: string,
  name: string,
  more: { expires_at?: string; roles?: { name: string }[]; access_rules?: AccessRule[] } = {},
) =>
  (
    await ask<{ application_credential: Credential }>(credentialsOf(user), {
      method: "POST",
      json: { application_credential: { name, ...more } },
    })
  ).application_credential;
export const endCredential = (user: string, id: string) =>
  send(`${credentialsOf(user)}/${id}`, { method: "DELETE" });

/** The services of the cloud, as its settings present them. */
export interface Presented {
  name: string;
  url: string;
  verbose_name: string;
  dashboard: { show: boolean; order: number; description: string; icon?: string };
}
export const services = async () =>
  (await ask<Presented[]>("/astakos/ui/get_services", { open: true }))
    .filter((one) => one.dashboard.show)
    .sort((one, other) => one.dashboard.order - other.dashboard.order);

export interface Invitation {
  id: number;
  realname: string;
  email: string;
  consumed: string | null;
}
export const invitations = () =>
  ask<{ left: number; invitations: Invitation[] }>(`${ACCOUNT}/me/invitations`);
export const invite = (realname: string, email: string) =>
  ask<unknown>(`${ACCOUNT}/me/invitations`, { method: "POST", json: { realname, email } });
