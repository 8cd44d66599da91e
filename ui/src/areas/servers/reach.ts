/** How a server is reached from outside: pure, so that it is tested by itself. */
import type { Server } from "../../api/compute";

export interface Reach {
  user: string;
  host: string;
  port: number;
  windows: boolean;
  onlyIPv6: boolean;
}

/** The last of the image's users, else by system, else root (UI-110). */
export function userOf(metadata: Record<string, string>): string {
  const users = (metadata["users"] ?? "").split(/\s+/).filter(Boolean);
  return users.at(-1) ?? (isWindows(metadata) ? "Administrator" : "root");
}

export function isWindows(metadata: Record<string, string>): boolean {
  return /windows/i.test(metadata["OS"] ?? metadata["os"] ?? "");
}

/** Where to connect from outside, null when there is no way (UI-107, UI-111). `open`: networks that
 * the Internet reaches; an address on another one leads nowhere. */
export function reachOf(
  server: Pick<Server, "metadata" | "attachments" | "SNF:fqdn" | "SNF:port_forwarding">,
  open: ReadonlySet<string>,
): Reach | null {
  const windows = isWindows(server.metadata);
  const port = windows ? 3389 : 22;
  const forwarded = server["SNF:port_forwarding"][String(port)];
  const user = userOf(server.metadata);
  if (forwarded) {
    const given = { host: forwarded.host, port: Number(forwarded.port) };
    return { user, windows, onlyIPv6: false, ...given };
  }
  const outside = server.attachments.filter((one) => open.has(one.network_id));
  const four = outside.find((one) => one.ipv4);
  const six = outside.find((one) => one.ipv6);
  if (!four && !six) return null;
  const host = four?.ipv4 ?? six?.ipv6 ?? "";
  return { user, host, port, windows, onlyIPv6: !four };
}

export function sshLine(reach: Reach): string {
  return `ssh ${reach.port === 22 ? "" : `-p ${reach.port} `}${reach.user}@${reach.host}`;
}

/** A file for remote desktop clients; line ends in values are dropped (UI-112, UI-113). */
export function rdpFile(reach: Reach, domain = ""): string {
  const clean = (text: string) => text.replace(/[\r\n]/g, "");
  return (
    [
      `full address:s:${clean(reach.host)}:${reach.port}`,
      `username:s:${clean(domain ? `${domain}\\${reach.user}` : reach.user)}`,
      `domain:s:${clean(domain)}`,
      "screen mode id:i:2",
      "prompt for credentials:i:1",
      "",
    ].join("\r\n")
  );
}

const YES = new Set(["yes", "true", "1"]);

/** Whether the image lets the cloud set its administrator's password. */
export function takesPassword(properties: Readonly<Record<string, string>>): boolean {
  return !["exclude_all_tasks", "exclude_task_changepassword"].some((key) =>
    YES.has((properties[key] ?? "").toLowerCase()),
  );
}

/**
 * What the settings say instead of the usual words for this pair of systems: text above, text below,
 * and SSH line; "" for the usual (UI-109).
 */
export function wordsFor(
  settings: Readonly<Record<string, readonly [string, string, string]>>,
  visitorIsWindows: boolean,
  reach: Reach,
): [string, string, string] {
  const system = (windows: boolean) => (windows ? "windows" : "linux");
  const [above, below, line] = settings[
    `${system(visitorIsWindows)}/${system(reach.windows)}`
  ] ?? ["", "", ""];
  const filled = (text: string) =>
    text.replace(/\{(user|host|port)\}/g, (_, key: "user" | "host" | "port") => String(reach[key]));
  return [filled(above), filled(below), filled(line)];
}
