/** The last step: all that was chosen, and the same wish for programs (UI-099, UI-103). */
import { Alert, ExpandableSection } from "@patternfly/react-core";
import type { NewServer } from "../../../api/compute";
import type { Address, Network } from "../../../api/network";
import { Copied } from "../../../parts/copy";
import { Facts } from "../../../parts/facts";
import { FaultDetails, titleOf } from "../../../parts/fault";
import { bytes, shown } from "../../../parts/format";
import { useProjectName } from "../../../parts/project";
import { useTexts } from "../../../texts";
import { commandOf, type Wanted } from "../plan";

export function ConfirmStep({
  names,
  wanted,
  wish,
  internet,
  address,
  networks,
  fault,
}: {
  names: readonly string[];
  wanted: Wanted;
  wish: NewServer;
  internet: boolean;
  address: Address | undefined;
  networks: readonly Network[];
  fault: unknown;
}) {
  const { t, language } = useTexts();
  const projectName = useProjectName();
  const { image, flavor } = wanted;
  const nets = (wanted.networks ?? [])
    .filter((one) => !one.fixed_ip)
    .map((one) => shown(networks.find((each) => each.id === one.uuid)?.name ?? one.uuid));
  return (
    <>
      {fault !== null && (
        <Alert isInline variant="danger" title={t(titleOf(fault))} className="gap-below">
          <FaultDetails error={fault} />
        </Alert>
      )}
      <Facts
        facts={[
          [t("common.name"), names.map(shown).join(", ")],
          [
            t("servers.image"),
            [
              shown(image.name),
              shown(image.properties["os"] ?? ""),
              bytes(image.size, language),
            ]
              .filter(Boolean)
              .join(" · "),
          ],
          [t("common.project"), projectName(wanted.project)],
          [
            t("servers.flavor"),
            `${flavor.vcpus} CPU · ${bytes(flavor.ram * 2 ** 20, language)} · ${flavor.disk} GiB · ${flavor["SNF:disk_template"]}`,
          ],
          [
            t("servers.tags"),
            Object.entries(wish.metadata)
              .map(([key, value]) => `${shown(key)}: ${shown(value)}`)
              .join(", ") || "—",
          ],
          [t("nav.keys"), wanted.keys.map(shown).join(", ") || "—"],
          [
            t("nav.addresses"),
            internet
              ? address
                ? `${address.floating_ip_address} (${projectName(address.tenant_id)})`
                : t("networks.internet")
              : "—",
          ],
          [t("nav.networks"), nets.join(", ") || "—"],
          [t("wizard.disks"), wanted.disks.map((size) => `${size} GiB`).join(", ")],
          [t("wizard.files"), wanted.files.map((one) => shown(one.path)).join(", ")],
        ]}
      />
      <ExpandableSection toggleText={t("wizard.asCommand")}>
        <Copied text={commandOf(wish)} />
      </ExpandableSection>
      <ExpandableSection toggleText={t("wizard.asJson")}>
        <pre className="mono">POST /cyclades/compute/v2.0/servers</pre>
        <Copied text={JSON.stringify({ server: wish }, null, 2)} />
      </ExpandableSection>
    </>
  );
}
