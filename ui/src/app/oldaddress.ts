/** Addresses of the old pages: where each is now (web-ui.md 4). */

const PANES: Record<string, string> = {
  disks: "/volumes",
  networks: "/networks",
  ips: "/addresses",
  "public-keys": "/keys",
};

/** The place below /ui that an old fragment means; null for what is none. */
export function placeOfFragment(hash: string): string | null {
  const parts = hash.replace(/^#\/?/, "").split("/").filter(Boolean);
  const [pane, view, what, id] = parts;
  if (pane && PANES[pane]) return PANES[pane];
  if (pane !== "machines") return null;
  if (view === "icon") return "/servers?view=cards";
  if (view === "single" && what === "details" && /^\d+$/.test(id ?? "")) return `/servers/${id}`;
  return "/servers?view=table";
}

/** The place that an old path below /ui means; null for what is none. */
export function placeOfPath(path: string): string | null {
  for (const [pattern, to] of PATHS) {
    const found = pattern.exec(path);
    if (found) return to.replace("$1", found[1] ?? "");
  }
  return null;
}

const PATHS: [RegExp, string][] = [
  [/^\/containers\/(.+)$/, "/files/$1"],
  [/^\/containers\/?$/, "/files"],
  [/^\/shared\/accounts\/(.+)$/, "/shared/$1"],
  [/^\/landing\/?$/, "/"],
  [/^\/profile\/?$/, "/account/profile"],
  [/^\/api_access\/?$/, "/account/access"],
  [/^\/resources\/?$/, "/usage"],
  [/^\/feedback\/?$/, "/contact"],
];
