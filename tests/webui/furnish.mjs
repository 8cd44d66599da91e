// A cloud with something in it, and the addresses of its main pages.
import { until } from "./site.mjs";

const COMPUTE = "/cyclades/compute/v2.0";
const PITHOS = "/pithos/object-store/v1";

/** A server of `who`'s that runs; its id. */
export async function server(site, who, name, more = {}) {
  // The cloud's own: other journeys leave images too, and one of the same name.
  const images = (await site.call(who, "GET", "/cyclades/compute/v2.0/images/detail")).images
    .filter((one) => one.name === "hello")
    .sort((one, other) => one.created.localeCompare(other.created));
  const { flavors } = await site.call(who, "GET", `${COMPUTE}/flavors/detail`);
  const smallest = flavors.sort((a, b) => a.ram - b.ram || a.disk - b.disk)[0];
  const made = await site.call(who, "POST", `${COMPUTE}/servers`, {
    server: { name, imageRef: images[0].id, flavorRef: smallest.id, metadata: {}, ...more },
  });
  await settled(site, who, made.server.id);
  return made.server.id;
}

/** Waits until a server rests in a state. */
export async function settled(site, who, id, status = "ACTIVE") {
  await until(`server ${id} is ${status}`, async () => {
    const { server: now } = await site.call(who, "GET", `${COMPUTE}/servers/${id}`);
    return now.status === status && !now["SNF:task_state"];
  });
}

/** A stored file of `who`'s. */
export async function file(site, who, container, name, text, headers = {}) {
  const { id } = await site.me(who);
  const at = `${PITHOS}/${id}/${encodeURIComponent(container)}`;
  await site.call(who, "PUT", at, undefined, { allow: [202] });
  await site.call(who, "PUT", `${at}/${name.split("/").map(encodeURIComponent).join("/")}`, undefined, {
    body: text,
    headers,
  });
}

/** An image of `who`'s; its id. */
export async function image(site, who, name, properties = {}, open = false) {
  const { id } = await site.me(who);
  await file(site, who, "pithos", `${name}.diskdump`, "a disk");
  await site.call(who, "POST", "/cyclades/image/v1.0/images/", undefined, {
    headers: {
      "X-Image-Meta-Name": name,
      "X-Image-Meta-Location": `pithos://${id}/pithos/${encodeURIComponent(`${name}.diskdump`)}`,
      "X-Image-Meta-Is-Public": open ? "True" : "False",
      ...Object.fromEntries(
        Object.entries(properties).map(([key, text]) => [`X-Image-Meta-Property-${key}`, text]),
      ),
    },
  });
  const { images } = await site.call(who, "GET", "/cyclades/compute/v2.0/images/detail");
  return images.find((one) => one.name === name && one.user_id === id).id;
}

/** A project of `who`'s that stands; its id. */
export async function project(site, who, name, more = {}) {
  const made = await site.call(who, "POST", "/astakos/account/v1.0/projects", {
    name,
    end_date: "2090-01-01T00:00:00+00:00",
    join_policy: "moderated",
    leave_policy: "auto",
    max_members: 10,
    resources: { "cyclades.vm": { member_capacity: 2, project_capacity: 8 } },
    ...more,
  });
  await site.call("admin", "POST", `/astakos/account/v1.0/projects/${made.id}/action`, {
    approve: { app_id: made.application },
  });
  return made.id;
}

/** Fills demo's account with one of everything. */
export async function fill(site) {
  const web = await server(site, "demo", "web server");
  const shop = await server(site, "demo", "shop");
  await site.call("demo", "POST", `${COMPUTE}/servers/${shop}/action`, { shutdown: {} });
  await settled(site, "demo", shop, "STOPPED");
  const { network } = await site.call("demo", "POST", "/cyclades/network/v2.0/networks", {
    network: { name: "back office", type: "MAC_FILTERED" },
  });
  await site.call("demo", "POST", "/cyclades/network/v2.0/subnets", {
    subnet: { network_id: network.id, cidr: "192.168.3.0/24", ip_version: 4 },
  });
  await file(site, "demo", "pithos", "notes.txt", "to do\n", { "Content-Type": "text/plain" });
  await file(site, "demo", "pithos", "notes.txt", "done\n", { "Content-Type": "text/plain" });
  await file(site, "demo", "pithos", "letters/June.pdf", "%PDF", { "Content-Type": "application/pdf" });
  return { server: web, network: network.id, project: await project(site, "demo", "lab.example.org"), person: (await site.me("demo")).id };
}

let filled;
/** What `fill` made, once for all journeys of a run. */
export async function furnished(site) {
  filled ??= await fill(site);
  return filled;
}

/** The main pages: a name for the picture, and the address below /ui. */
export const PAGES = (known) => [
  ["home", "/"],
  ["servers", "/servers?view=table"],
  ["servers-cards", "/servers?view=cards"],
  ["server-new", "/servers/new"],
  ["server", `/servers/${known.server}/overview`],
  ["server-volumes", `/servers/${known.server}/volumes`],
  ["server-network", `/servers/${known.server}/network`],
  ["server-connect", `/servers/${known.server}/connect`],
  ["server-tags", `/servers/${known.server}/tags`],
  ["server-log", `/servers/${known.server}/log`],
  ["server-history", `/servers/${known.server}/history`],
  ["volumes", "/volumes"],
  ["snapshots", "/snapshots"],
  ["images", "/images"],
  ["image-register", "/images/register"],
  ["keys", "/keys"],
  ["networks", "/networks"],
  ["network", `/networks/${known.network}`],
  ["topology", "/networks/topology"],
  ["addresses", "/addresses"],
  ["files", "/files"],
  ["folder", "/files/pithos"],
  ["file-search", "/search?words=notes"],
  ["shared", "/shared"],
  ["trash", "/trash"],
  ["groups", "/groups"],
  ["usage", "/usage"],
  ["projects", "/projects"],
  ["projects-browse", "/projects/browse"],
  ["project-new", "/projects/new"],
  ["project", `/projects/${known.project}/overview`],
  ["project-resources", `/projects/${known.project}/resources`],
  ["project-members", `/projects/${known.project}/members`],
  ["project-application", `/projects/${known.project}/applications`],
  ["profile", "/account/profile"],
  ["access", "/account/access"],
  ["preferences", "/account/preferences"],
  ["help", "/help?about=files"],
  ["contact", "/contact"],
  ["staff", "/staff"],
  ["staff-users", "/staff/users"],
  ["staff-user", `/staff/users/${known.person}`],
  ["staff-projects", "/staff/projects"],
  ["staff-applications", "/staff/applications"],
  ["staff-servers", "/staff/servers"],
  ["staff-networks", "/staff/networks"],
  ["staff-backends", "/staff/backends"],
  ["staff-audit", "/staff/audit"],
  ["staff-stats", "/staff/stats"],
  ["staff-charts", "/staff/charts"],
  ["staff-addresses", "/staff/addresses"],
  ["staff-search", "/staff/search?q=demo@localhost"],
];
