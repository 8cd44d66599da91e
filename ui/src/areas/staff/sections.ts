/** What the staff looks after, kind by kind: which verbs list, show and change it (web-ui.md 2.4, 2.5). */
import type { Desk, Row } from "../../api/admin";
import { configuration } from "../../api/session";
import type { Key } from "../../texts";

export interface Deed {
  title: Key;
  verb: string;
  /** Fields beside those that name the thing. */
  body: Record<string, unknown>;
  /** Whether the state of the thing allows it. */
  when?: (row: Row) => boolean;
  danger?: boolean;
  /** A text that goes with it, by the field's name. */
  reason?: string;
}

export interface Section {
  kind: string;
  title: Key;
  list: string;
  /** Body of the listing. */
  body?: Record<string, unknown>;
  /** Columns shown at first; others are to be chosen. */
  columns: string[];
  /** The column that names a row, and the one that verbs are given. */
  name: string;
  id: string;
  /** What verbs call the thing. */
  field: string;
  show?: string;
  showBody?: Record<string, unknown>;
  deeds?: Deed[];
  /** Filters of web-ui.md 2.4. */
  filters?: Filter[];
  /** What an opened row tells beside its columns. */
  summary?: string[];
  /** What belongs to one of these (UI-280): sections, and the column there that names it. */
  linked?: [kind: string, column: string][];
  /** The column of this section that names the linked thing, when it is not its id. */
  linkedBy?: string;
  /** Whom one writes to, by the column that names the person (UI-281). */
  contact?: string;
}

/** A filter: words looked for in this list (`text`), values of a column, or words of another list. */
export type Filter =
  | { key: string; how: "text" }
  | { key: string; how: "values"; column: string; values: string[] }
  | { key: string; how: "words"; column: string; without?: boolean }
  | {
      key: string;
      how: "linked";
      /** The other section; which column there says what a row of ours is, in which column. */
      kind: string;
      theirs: string;
      ours: string;
    };

const is = (column: string, value: unknown) => (row: Row) => row[column] === value;

export const SECTIONS: Section[] = [
  {
    kind: "users",
    title: "nav.staffUsers",
    list: "user-list",
    columns: ["displayname", "realname", "active", "verified", "moderated", "last_login"],
    name: "displayname",
    id: "uuid",
    field: "user",
    show: "user-show",
    showBody: { quota: true, projects: true },
    deeds: [
      { title: "staff.verify", verb: "user-modify", body: { verify: true }, when: is("verified", false) },
      { title: "staff.accept", verb: "user-modify", body: { accept: true }, when: is("moderated", false) },
      { title: "staff.reject", verb: "user-modify", body: {}, when: is("moderated", false), danger: true, reason: "reject" },
      { title: "staff.activate", verb: "user-modify", body: { active: true }, when: (row) => row["moderated"] === true && row["active"] === false },
      { title: "staff.deactivate", verb: "user-modify", body: { active: false }, when: is("active", true), danger: true, reason: "reason" },
      { title: "staff.enableLocal", verb: "user-enable-local", body: {}, when: (row) => !String(row["providers"] ?? "").includes("local"), danger: true },
      { title: "staff.sendVerification", verb: "user-activation-send", body: {}, when: is("verified", false) },
    ],
  },
  {
    kind: "projects",
    title: "nav.projects",
    list: "project-list",
    body: { mails: true },
    columns: ["name", "user.email", "status", "pending_app", "creation_date", "end_date"],
    name: "name",
    id: "id",
    field: "project",
    show: "project-show",
    showBody: { members: true, quota: true },
    deeds: [
      { title: "staff.suspend", verb: "project-control", body: { action: "suspend" }, when: is("status", "Active"), danger: true, reason: "message" },
      { title: "staff.unsuspend", verb: "project-control", body: { action: "unsuspend" }, when: is("status", "Suspended") },
      { title: "staff.terminate", verb: "project-control", body: { action: "terminate" }, when: is("status", "Active"), danger: true, reason: "message" },
    ],
  },
  {
    kind: "applications",
    title: "nav.staffApplications",
    list: "project-list",
    body: { mails: true, pending: true },
    columns: ["name", "user.email", "status", "pending_app", "creation_date"],
    name: "name",
    id: "id",
    field: "project",
  },
  {
    kind: "servers",
    title: "nav.servers",
    list: "server-list",
    body: { mails: true },
    columns: ["id", "name", "user.email", "state", "suspended", "flavor", "backend", "ipv4"],
    name: "name",
    id: "id",
    field: "server",
    show: "server-show",
    deeds: [
      { title: "action.start", verb: "server-modify", body: { action: "start" }, when: is("state", "STOPPED") },
      { title: "action.shutdown", verb: "server-modify", body: { action: "stop" }, when: is("state", "STARTED"), danger: true },
      { title: "action.reboot", verb: "server-modify", body: { action: "reboot_soft" }, when: is("state", "STARTED"), danger: true },
      { title: "staff.suspend", verb: "server-modify", body: { suspended: true }, when: is("suspended", false), danger: true },
      { title: "staff.release", verb: "server-modify", body: { suspended: false }, when: is("suspended", true) },
      { title: "action.destroy", verb: "server-remove", body: {}, danger: true },
    ],
  },
  {
    kind: "volumes",
    title: "nav.volumes",
    list: "volume-list",
    body: { mails: true },
    columns: ["id", "user.email", "status", "size", "disk_template", "server_id"],
    name: "id",
    id: "id",
    field: "volume",
    show: "volume-show",
  },
  {
    kind: "networks",
    title: "nav.networks",
    list: "network-list",
    body: { mails: true },
    columns: ["id", "name", "user.email", "state", "public", "drained", "subnet.ipv4"],
    name: "name",
    id: "id",
    field: "network",
    show: "network-inspect",
  },
  {
    kind: "addresses",
    title: "nav.addresses",
    list: "floating-ip-list",
    body: { mails: true },
    columns: ["id", "user.email", "address", "network", "server", "created"],
    name: "address",
    id: "id",
    field: "floating_ip",
    show: "floating-ip-show",
    summary: ["user.uuid", "port", "project"],
    contact: "user.uuid",
    filters: [
      { key: "ip", how: "text" },
      { key: "user", how: "linked", kind: "users", theirs: "uuid", ours: "user.uuid" },
      { key: "vm", how: "linked", kind: "servers", theirs: "id", ours: "server" },
      { key: "net", how: "linked", kind: "networks", theirs: "id", ours: "network" },
      { key: "proj", how: "linked", kind: "projects", theirs: "id", ours: "project" },
    ],
    deeds: [{ title: "action.destroy", verb: "floating-ip-remove", body: {}, danger: true }],
  },
  {
    kind: "history",
    title: "staff.history",
    list: "ip-list",
    columns: ["address", "user", "server", "network", "action", "date", "reason"],
    name: "address",
    id: "key",
    field: "address",
    filters: [
      { key: "ip", how: "text" },
      { key: "user", how: "linked", kind: "users", theirs: "uuid", ours: "user" },
      { key: "vm", how: "linked", kind: "servers", theirs: "id", ours: "server" },
      { key: "net", how: "linked", kind: "networks", theirs: "id", ours: "network" },
    ],
  },
  {
    kind: "ports",
    title: "nav.topology",
    list: "port-list",
    columns: ["id", "network", "server_id", "mac_address", "fixed_ips"],
    name: "id",
    id: "id",
    field: "port",
  },
  {
    kind: "images",
    title: "nav.images",
    list: "image-list",
    body: { mails: true },
    columns: ["name", "user.email", "public", "snapshot"],
    name: "name",
    id: "id",
    field: "image",
    show: "image-show",
  },
  {
    kind: "flavors",
    title: "staff.flavors",
    list: "flavor-list",
    columns: ["id", "name", "cpu", "ram", "disk", "template", "public"],
    name: "name",
    id: "id",
    field: "flavor",
    show: "flavor-show",
  },
  {
    kind: "backends",
    title: "staff.backends",
    list: "backend-list",
    columns: ["id", "clustername", "drained", "offline", "vms", "mem", "disk", "version"],
    name: "clustername",
    id: "id",
    field: "backend",
    deeds: [
      { title: "staff.drain", verb: "backend-modify", body: { drained: true }, when: is("drained", false), danger: true },
      { title: "staff.undrain", verb: "backend-modify", body: { drained: false }, when: is("drained", true) },
      { title: "staff.offline", verb: "backend-modify", body: { offline: true }, when: is("offline", false), danger: true },
      { title: "staff.online", verb: "backend-modify", body: { offline: false }, when: is("offline", true) },
    ],
  },
  {
    kind: "jobs",
    title: "staff.jobs",
    list: "job-list",
    columns: ["backend", "job", "status", "what", "received"],
    name: "job",
    id: "job",
    field: "job",
  },
  {
    kind: "queues",
    title: "staff.queues",
    list: "queue-list",
    columns: ["name", "waiting", "dead"],
    name: "name",
    id: "name",
    field: "queue",
  },
  {
    kind: "health",
    title: "staff.health",
    list: "health-list",
    columns: ["check", "ok", "required", "since", "reason"],
    name: "check",
    id: "check",
    field: "check",
  },
  {
    kind: "tasks",
    title: "staff.tasks",
    list: "task-list",
    columns: ["name", "period", "last run", "last result", "next run"],
    name: "name",
    id: "name",
    field: "name",
    deeds: [{ title: "staff.runNow", verb: "task-run", body: {}, when: (row) => row["last result"] !== "running" }],
  },
  {
    kind: "groups",
    title: "profile.groups",
    list: "group-list",
    columns: ["id", "name", "users_count"],
    name: "name",
    id: "id",
    field: "group",
  },
  {
    kind: "quotas",
    title: "staff.overQuota",
    list: "quota-list",
    body: { over: true },
    columns: ["holder", "source", "resource", "limit", "usage"],
    name: "holder",
    id: "holder",
    field: "user",
  },
  {
    kind: "audit",
    title: "staff.audit",
    list: "audit-list",
    columns: ["time", "actor", "action", "target", "outcome", "peer"],
    name: "time",
    id: "id",
    field: "id",
  },
];

const BOOL = ["true", "false"];
const linked = (key: string, kind: string, theirs: string, ours: string): Filter => ({ key, how: "linked", kind, theirs, ours });

/** What the tables of web-ui.md 2.4 add to the sections. */
const MORE: Record<string, Partial<Section>> = {
  users: {
    columns: ["id", "email", "first_name", "last_name", "active", "rejected", "moderated", "verified"],
    name: "email",
    summary: ["uuid", "status", "providers", "last_login"],
    contact: "uuid",
    linked: [
      ["servers", "user.uuid"],
      ["volumes", "user.uuid"],
      ["networks", "user.uuid"],
      ["addresses", "user.uuid"],
      ["projects", "owner"],
    ],
    filters: [
      { key: "user", how: "text" },
      linked("vm", "servers", "user.uuid", "uuid"),
      linked("vol", "volumes", "user.uuid", "uuid"),
      linked("net", "networks", "user.uuid", "uuid"),
      linked("ip", "addresses", "user.uuid", "uuid"),
      linked("proj", "projects", "owner", "uuid"),
      { key: "status", how: "values", column: "status", values: ["active", "inactive", "pending moderation", "pending verification", "rejected"] },
      { key: "has_auth_providers", how: "words", column: "providers" },
      { key: "has_not_auth_providers", how: "words", column: "providers", without: true },
    ],
  },
  servers: {
    columns: ["id", "user.email", "name", "state", "suspended"],
    summary: ["user.uuid", "image.id", "flavor", "created", "project", "backend", "ipv4", "ipv6"],
    contact: "user.uuid",
    linked: [
      ["volumes", "server_id"],
      ["addresses", "server"],
      ["history", "server"],
    ],
    filters: [
      { key: "vm", how: "text" },
      linked("user", "users", "uuid", "user.uuid"),
      linked("vol", "volumes", "server_id", "id"),
      linked("net", "ports", "server_id", "id"),
      linked("proj", "projects", "id", "project"),
      { key: "operstate", how: "values", column: "state", values: ["STARTED", "STOPPED", "BUILD", "ERROR"] },
      { key: "suspended", how: "values", column: "suspended", values: BOOL },
    ],
  },
  volumes: {
    columns: ["id", "user.email", "name", "status", "size", "disk_template", "server_id", "created"],
    summary: ["user.uuid", "project", "source", "volume_type", "updated"],
    contact: "user.uuid",
    filters: [
      { key: "vol", how: "text" },
      linked("user", "users", "uuid", "user.uuid"),
      linked("vm", "servers", "id", "server_id"),
      linked("proj", "projects", "id", "project"),
      { key: "status", how: "values", column: "status", values: ["AVAILABLE", "IN_USE", "ERROR", "CREATING"] },
      { key: "disk_template", how: "words", column: "disk_template" },
      { key: "source", how: "words", column: "source" },
    ],
  },
  networks: {
    columns: ["id", "user.email", "name", "state", "public", "drained"],
    summary: ["user.uuid", "subnet.ipv4", "subnet.ipv6", "project", "created", "updated"],
    contact: "user.uuid",
    linked: [
      ["addresses", "network"],
      ["history", "network"],
    ],
    filters: [
      { key: "net", how: "text" },
      linked("user", "users", "uuid", "user.uuid"),
      linked("vm", "ports", "network", "id"),
      linked("ip", "addresses", "network", "id"),
      linked("proj", "projects", "id", "project"),
      { key: "state", how: "values", column: "state", values: ["ACTIVE", "PENDING", "ERROR"] },
      { key: "public", how: "values", column: "public", values: BOOL },
      { key: "drained", how: "values", column: "drained", values: BOOL },
    ],
    deeds: [
      { title: "staff.drain", verb: "network-modify", body: { drained: true }, when: is("drained", false), danger: true },
      { title: "staff.undrain", verb: "network-modify", body: { drained: false }, when: is("drained", true) },
      { title: "action.destroy", verb: "network-remove", body: {}, danger: true },
    ],
  },
  projects: {
    columns: ["id", "user.email", "name", "status", "pending_app", "creation_date", "end_date"],
    summary: ["owner", "description"],
    contact: "owner",
    linked: [
      ["servers", "project"],
      ["volumes", "project"],
      ["networks", "project"],
      ["addresses", "project"],
    ],
    filters: [
      { key: "proj", how: "text" },
      linked("user", "users", "uuid", "owner"),
      linked("vm", "servers", "project", "id"),
      linked("vol", "volumes", "project", "id"),
      linked("net", "networks", "project", "id"),
      linked("ip", "addresses", "project", "id"),
      { key: "project_status", how: "values", column: "status", values: ["Active", "Suspended", "Terminated", "Uninitialized"] },
    ],
  },
  backends: { summary: ["pnodes", "disk_templates", "hypervisor", "ips"] },
};
for (const section of SECTIONS) Object.assign(section, MORE[section.kind]);

/** Whether the rights cover a deed: the verb as a whole, or each of its fields (UI-275). */
export function mayDo(desk: Desk, deed: Deed): boolean {
  if (desk.rights.includes("*") || desk.rights.includes(deed.verb)) return true;
  const given = Object.entries(deed.body);
  if (!given.length || deed.reason) return false;
  return given.every(([name, value]) =>
    desk.rights.some((right) => {
      const [field, values] = right.replace(`${deed.verb}/`, "").split("=");
      return (
        right.startsWith(`${deed.verb}/`) &&
        field === name &&
        (!values || values.split("|").includes(String(value)))
      );
    }),
  );
}

/** Sections in the configured order (UI-268); those that are not named come behind. */
export function ordered(): Section[] {
  const wanted = configuration.told.staff_order ?? [];
  const place = (one: Section) => {
    const at = wanted.indexOf(one.kind);
    return at < 0 ? wanted.length : at;
  };
  return [...SECTIONS].sort((one, other) => place(one) - place(other));
}
