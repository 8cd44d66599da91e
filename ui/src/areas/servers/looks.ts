/** What a server's row and card say of it. */
import type { Flavor, Server } from "../../api/compute";
import { configuration } from "../../api/session";
import { useMe } from "../../api/queries";
import { bytes } from "../../parts/format";
import { leftOf, type Quotas } from "../../parts/quota";
import type { Allowed } from "../../parts/serverstate";

export function publicAddress(server: Server): string {
  return server.attachments.map((one) => one.ipv4 || one.ipv6).find(Boolean) ?? "";
}

export function allAddresses(server: Server): string {
  return server.attachments
    .flatMap((one) => [one.ipv4, one.ipv6])
    .filter(Boolean)
    .join(" ");
}

export function flavorText(flavor: Flavor | undefined, language: string): string {
  if (!flavor) return "";
  return `${flavor.vcpus} CPU · ${bytes(flavor.ram * 2 ** 20, language)} · ${flavor.disk} GiB`;
}

/** What the cloud offers to this person (UI-070, UI-126). */
export function useAllowed(): Allowed {
  const me = useMe().data;
  const { rescue, snapshots, snapshot_roles } = configuration.told;
  const may = !snapshot_roles.length || snapshot_roles.some((one) => me?.groups.includes(one));
  return { rescue, snapshots: snapshots && may };
}

/** Whether a stopped server's project has room for it to run (UI-068). */
export function mayStart(server: Server, flavor: Flavor | undefined, quotas: Quotas): boolean {
  if (!flavor || !(server.tenant_id in quotas)) return true;
  return (
    leftOf(quotas, server.tenant_id, "cyclades.cpu", false) >= flavor.vcpus &&
    leftOf(quotas, server.tenant_id, "cyclades.ram", false) >= flavor.ram * 2 ** 20
  );
}
