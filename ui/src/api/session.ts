/** Signing in and out, and the silent refresh of the short token. */
import { ask, currentToken, Fault, keepToken, renewBy, send } from "./http";

const KEYSTONE = "/astakos/identity/v3";
const SESSION = "/ui/session_token";

const OURS = { "X-CSRF-Token": "ui" };

export type Way = "pages" | "password";
let way: Way = "password";
let ends: number | null = null;

/** When the session ends whatever is done (milliseconds), as far as that is known. */
export const sessionEnds = (): number | null => ends;

/** How people sign in here: on the daemon's pages (cookie), or by password from this page. */
export function signInWay(): Way {
  return way;
}

/** Takes a token from the session's cookie, if there is one. True when signed in. */
export async function resume(): Promise<boolean> {
  const answer = await send(SESSION, {
    method: "POST",
    headers: OURS,
    open: true,
    allow: [400, 401, 403, 404, 405, 501],
  });
  if (answer.ok) {
    way = "pages";
    const told = (await answer.json()) as { token: string; session_ends?: string };
    keepToken(told.token);
    ends = told.session_ends ? Date.parse(told.session_ends) : null;
    return true;
  }
  way = answer.status === 401 || answer.status === 403 ? "pages" : "password";
  return false;
}

/**
 * Signs in by password without leaving the view. With the daemon's sessions the browser gets a
 * cookie and this page a short token; else the token stays in memory. Raises Fault.
 */
export async function signIn(name: string, password: string): Promise<void> {
  if (way === "pages") {
    await send("/login", {
      method: "POST",
      open: true,
      headers: OURS,
      body: new URLSearchParams({ username: name, password }),
    });
    if (!(await resume())) throw new Fault("refused", 401, "identity", "");
    return;
  }
  const answer = await send(`${KEYSTONE}/auth/tokens`, {
    method: "POST",
    open: true,
    json: {
      auth: {
        identity: {
          methods: ["password"],
          password: { user: { name, password, domain: { name: "Default" } } },
        },
      },
    },
  });
  const given = answer.headers.get("X-Subject-Token");
  if (!given) throw new Fault("refused", 500, "identity", "no token came");
  keepToken(given);
}

/** Ends the session and its token. */
export async function signOut(): Promise<void> {
  const given = currentToken();
  if (way === "pages") {
    await send("/logout", { method: "POST", open: true, headers: OURS, body: new URLSearchParams() });
  } else if (given) {
    await send(`${KEYSTONE}/auth/tokens`, {
      method: "DELETE",
      headers: { "X-Subject-Token": given },
      allow: [401, 403, 404],
    }).catch(() => undefined);
  }
  keepToken("");
}

renewBy(async () => (way === "pages" ? resume() : false));

/** Whose the application is; images by name: favicon, logo, logo_dark, icon, ... */
export interface Brand {
  company: string;
  company_url: string;
  url: string;
  images: Partial<Record<string, string>>;
  copyright: boolean;
  copyright_text: string;
  footer: string;
  styles: string[];
  color: string;
  color_dark: string;
  radius: string;
}

export interface Told {
  service_name: string;
  footer: string;
  server_name: string;
  roles: string[];
  ssh_excluded: string[];
  /** Names of those whose public images are the cloud's own. */
  system_images: string[];
  /** Whose public images stand in sections of their own, by their property LISTING_SECTION. */
  listing_users: string[];
  image_help: string;
  copied_metadata: string[];
  /** By name: CPUs, MiB, GiB, disk template ("": any). */
  suggested_flavors: Record<string, [number, number, number, string]>;
  /** By disk template: its name, and what people should know of it. */
  disk_types: Record<string, [string, string]>;
  /** By "visitor/server": text above, text below, SSH command; "" for the usual ones. */
  connect: Record<string, [string, string, string]>;
  report_errors: boolean;
  slow_on_blur: boolean;
  brand?: Brand;
  hotplug: boolean;
  /** Sections of the staff's area, in their order. */
  staff_order?: string[];
  stats: boolean;
  rescue: boolean;
  sharing: boolean;
  snapshots: boolean;
  snapshot_roles: string[];
  volume_max: number;
  detachable: string[];
  forced_networks: (string | string[])[];
  region: string;
  version: string;
  poll: { every: number; step: number; steady: number; most: number; fast: number };
}

export const configuration: { told: Told } = {
  told: {
    service_name: "Synnefo",
    footer: "",
    server_name: "My {image} server",
    roles: [],
    ssh_excluded: ["windows"],
    system_images: [],
    listing_users: [],
    image_help: "",
    copied_metadata: ["OS", "loginname", "logindomain", "users", "remote"],
    suggested_flavors: {},
    disk_types: {},
    connect: {},
    report_errors: true,
    slow_on_blur: false,
    hotplug: true,
    stats: false,
    rescue: false,
    sharing: false,
    snapshots: true,
    snapshot_roles: [],
    volume_max: 200,
    detachable: [],
    forced_networks: [],
    region: "",
    version: "",
    poll: { every: 5, step: 1.25, steady: 4, most: 15, fast: 2.5 },
  },
};

/** Reads `config.json` once, before the first view. */
export async function configure(): Promise<void> {
  configuration.told = {
    ...configuration.told,
    ...(await ask<Partial<Told>>("/ui/config.json", { open: true })),
  };
}

/** To the daemon's own page, and back to the view of now (UI-005). */
export function toSignIn(): void {
  const here = location.pathname + location.search;
  location.assign(`/login?next=${encodeURIComponent(here)}`);
}
