/** The addresses of the application (web-ui.md 10.1) and, for each, the part that is loaded then. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { parseSearch, stringifySearch, type Search } from "../parts/address";
import { Loading } from "../parts/page";
import { loadRest } from "../texts";
import { Defect } from "./boundary";
import { Missing } from "./missing";
import { Shell } from "./shell";

const root = createRootRoute({
  component: Shell,
  notFoundComponent: Missing,
  validateSearch: (given: Record<string, unknown>): Search => given as Search,
});

type Module = Record<string, unknown>;

function view(path: string, load: () => Promise<Module>, name: string) {
  const both = async () => (await Promise.all([load(), loadRest()]))[0];
  return createRoute({
    getParentRoute: () => root,
    path: path as "/",
    component: lazyRouteComponent((path === "/" ? load : both) as never, name as never),
  });
}

function moved(path: string, to: string) {
  return createRoute({
    getParentRoute: () => root,
    path: path as "/",
    beforeLoad: () => {
      throw redirect({ to: to as never });
    },
  });
}

const serverList = () => import("../areas/servers/list");
const serverDetail = () => import("../areas/servers/detail");
const folder = () => import("../areas/files/folder");
const shared = () => import("../areas/files/shared");
const volumes = () => import("../areas/volumes/volumes");
const networks = () => import("../areas/networks/networks");
const images = () => import("../areas/images/images");
const usage = () => import("../areas/usage/usage");
const projectList = () => import("../areas/projects/list");
const projectDetail = () => import("../areas/projects/detail");
const apply = () => import("../areas/projects/apply");
const staff = () => import("../areas/staff/staff");
const home = () => import("../areas/home/home");

export const router = createRouter({
  routeTree: root.addChildren([
    view("/", home, "Home"),
    view("/servers", serverList, "ServerList"),
    view("/servers/new", () => import("../areas/servers/create"), "CreateServer"),
    view("/servers/$id/console", () => import("../areas/servers/console"), "ServerConsole"),
    view("/servers/$id/$tab", serverDetail, "ServerDetail"),
    view("/servers/$id", serverDetail, "ServerDetail"),
    view("/files", () => import("../areas/files/containers"), "Containers"),
    view("/files/$container", folder, "OwnFolder"),
    view("/files/$container/$", folder, "OwnFolder"),
    view("/trash", folder, "Trash"),
    view("/trash/$", folder, "Trash"),
    view("/shared", shared, "Shared"),
    view("/shared/$account", shared, "SharedContainers"),
    view("/shared/$account/$container", folder, "SharedFolder"),
    view("/shared/$account/$container/$", folder, "SharedFolder"),
    view("/search", () => import("../areas/files/search"), "FileSearch"),
    view("/groups", () => import("../areas/files/groups"), "Groups"),
    view("/volumes", volumes, "Volumes"),
    view("/volumes/new", () => import("../areas/volumes/create"), "CreateVolume"),
    view("/snapshots", volumes, "Snapshots"),
    view("/networks", networks, "Networks"),
    view("/networks/topology", () => import("../areas/networks/topology"), "Topology"),
    view("/networks/$id", networks, "NetworkDetail"),
    view("/addresses", () => import("../areas/networks/addresses"), "Addresses"),
    view("/images", images, "Images"),
    view("/images/register", images, "RegisterImage"),
    view("/images/$id", images, "ImageDetail"),
    view("/usage", usage, "Usage"),
    view("/usage/$project", usage, "Usage"),
    view("/projects", projectList, "ProjectList"),
    view("/projects/browse", projectList, "BrowseProjects"),
    view("/projects/new", apply, "Apply"),
    view("/projects/$id", projectDetail, "ProjectDetail"),
    view("/projects/$id/modify", apply, "Apply"),
    view("/projects/$id/$tab", projectDetail, "ProjectDetail"),
    moved("/account", "/account/profile"),
    view("/account/profile", () => import("../areas/account/profile"), "Profile"),
    view("/account/access", () => import("../areas/account/access"), "Access"),
    view("/account/invitations", () => import("../areas/account/invitations"), "Invitations"),
    view("/account/preferences", () => import("../areas/account/preferences"), "PreferencesPage"),
    view("/help", () => import("../areas/help/help"), "Help"),
    view("/contact", () => import("../areas/account/contact"), "Contact"),
    view("/staff", staff, "StaffHome"),
    view("/staff/stats", staff, "StaffStats"),
    view("/staff/charts", () => import("../areas/staff/charts"), "StaffCharts"),
    view("/staff/search", () => import("../areas/staff/search"), "StaffSearch"),
    view("/staff/$kind", staff, "StaffTable"),
    view("/staff/$kind/$id", staff, "StaffDetail"),
    view("/keys", () => import("../areas/keys/keys"), "Keys"),
  ]),
  basepath: "/ui",
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultPendingComponent: () => <Loading text="…" />,
  defaultErrorComponent: ({ error }) => <Defect error={error as Error} />,
  defaultNotFoundComponent: Missing,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
