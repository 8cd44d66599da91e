import { expect, it } from "vitest";
import { rdpFile, reachOf, sshLine, takesPassword, userOf, wordsFor } from "./reach";

const OPEN = new Set(["1"]);
const port = (ipv4: string, ipv6 = "") => ({
  id: 1, network_id: "1", mac_address: "", ipv4, ipv6,
  firewallProfile: "DISABLED" as const, "OS-EXT-IPS:type": "fixed",
});
const server = (more: object = {}) => ({
  metadata: { users: "root debian" }, attachments: [port("198.18.0.2")],
  "SNF:fqdn": null, "SNF:port_forwarding": {}, ...more,
});

it("the user is the image's last, else the system's, else root (UI-110)", () => {
  expect(userOf({ users: "root debian" })).toBe("debian");
  expect(userOf({ OS: "windows" })).toBe("Administrator");
  expect(userOf({})).toBe("root");
});

it("a Linux target has a line for ssh, with the port where it is forwarded (UI-108, UI-111)", () => {
  expect(sshLine(reachOf(server(), OPEN)!)).toBe("ssh debian@198.18.0.2");
  const forwarded = server({ "SNF:port_forwarding": { "22": { host: "gate", port: "2201" } } });
  expect(sshLine(reachOf(forwarded, OPEN)!)).toBe("ssh -p 2201 debian@gate");
});

it("without an address there is no way, and with IPv6 alone that is said (UI-107)", () => {
  expect(reachOf(server({ attachments: [] }), OPEN)).toBeNull();
  expect(reachOf(server({ attachments: [port("", "2001:db8::1")] }), OPEN)?.onlyIPv6).toBe(true);
  expect(reachOf(server(), new Set())).toBeNull();
});

it("no value breaks out of its line in the file for remote desktop (UI-112, UI-113)", () => {
  const file = rdpFile({
    user: "a\r\nprompt:i:0", host: "h", port: 3389, windows: true, onlyIPv6: false,
  });
  expect(file.split("\r\n")).toContain("username:s:aprompt:i:0");
  expect(file.startsWith("full address:s:h:3389\r\n")).toBe(true);
});

it("the settings may say other words for a pair of systems (UI-109)", () => {
  const reach = { user: "debian", host: "h", port: 2201, windows: false, onlyIPv6: false };
  const settings = { "linux/linux": ["Go:", "Bye {user}", "mosh {user}@{host}:{port}"] } as Record<
    string,
    [string, string, string]
  >;
  expect(wordsFor(settings, false, reach)).toEqual(["Go:", "Bye debian", "mosh debian@h:2201"]);
  expect(wordsFor(settings, true, reach)).toEqual(["", "", ""]);
});

it("an image that skips the task of the password takes none (UI-105)", () => {
  expect(takesPassword({ os: "debian" })).toBe(true);
  expect(takesPassword({ exclude_task_changepassword: "yes" })).toBe(false);
  expect(takesPassword({ exclude_all_tasks: "yes" })).toBe(false);
});
