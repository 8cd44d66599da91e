/** The navigation by area, and who sees what of it. */
import type { Key } from "../texts";

export interface Place {
  to: string;
  title: Key;
  staff?: boolean;
}

export const PLACES: { title: Key; places: Place[]; staff?: boolean }[] = [
  {
    title: "nav.cloud",
    places: [
      { to: "/", title: "nav.home" },
      { to: "/servers", title: "nav.servers" },
      { to: "/volumes", title: "nav.volumes" },
      { to: "/snapshots", title: "nav.snapshots" },
      { to: "/images", title: "nav.images" },
      { to: "/keys", title: "nav.keys" },
    ],
  },
  {
    title: "nav.network",
    places: [
      { to: "/networks", title: "nav.networks" },
      { to: "/addresses", title: "nav.addresses" },
      { to: "/networks/topology", title: "nav.topology" },
    ],
  },
  {
    title: "nav.storage",
    places: [
      { to: "/files", title: "nav.files" },
      { to: "/shared", title: "nav.shared" },
      { to: "/trash", title: "nav.trash" },
      { to: "/groups", title: "nav.groups" },
    ],
  },
  {
    title: "nav.account",
    places: [
      { to: "/usage", title: "nav.usage" },
      { to: "/projects", title: "nav.projects" },
      { to: "/account/profile", title: "nav.profile" },
      { to: "/account/access", title: "nav.access" },
      { to: "/account/preferences", title: "nav.preferences" },
      { to: "/help", title: "help.title" },
    ],
  },
  {
    title: "nav.staff",
    staff: true,
    places: [
      { to: "/staff/users", title: "nav.staffUsers" },
      { to: "/staff/servers", title: "nav.servers" },
      { to: "/staff/volumes", title: "nav.volumes" },
      { to: "/staff/networks", title: "nav.networks" },
      { to: "/staff/addresses", title: "nav.addresses" },
      { to: "/staff/projects", title: "nav.projects" },
      { to: "/staff/applications", title: "nav.staffApplications" },
      { to: "/staff/backends", title: "nav.staffBackends" },
      { to: "/staff/audit", title: "nav.staffAudit" },
      { to: "/staff/stats", title: "nav.staffStats" },
      { to: "/staff", title: "nav.staffMore" },
    ],
  },
];
