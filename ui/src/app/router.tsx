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
  return createRoute({
    getParentRoute: () => root,
    path: path as "/",
    component: lazyRouteComponent(load as never, name as never),
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
const home = () => import("../areas/home/home");

export const router = createRouter({
  routeTree: root.addChildren([
    view("/", home, "Home"),
    view("/servers", serverList, "ServerList"),
    view("/servers/new", () => import("../areas/servers/create"), "CreateServer"),
    view("/servers/$id/console", () => import("../areas/servers/console"), "ServerConsole"),
    view("/servers/$id/$tab", serverDetail, "ServerDetail"),
    view("/servers/$id", serverDetail, "ServerDetail"),
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

void moved;

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
