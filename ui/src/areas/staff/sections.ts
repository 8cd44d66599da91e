/** What the staff looks after, kind by kind: which verbs list, show and change it (web-ui.md 2.4, 2.5). */
import type { Desk, Row } from "../../api/admin";
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
}

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
    ],
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
