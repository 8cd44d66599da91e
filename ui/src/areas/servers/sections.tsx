/** The parts of a card that open and close: what a server is, its disks, its addresses (UI-049). */
import { Button, ExpandableSection } from "@patternfly/react-core";
import { useState, type ReactNode } from "react";
import type { Flavor, Server } from "../../api/compute";
import type { Image } from "../../api/images";
import * as network from "../../api/network";
import { changed, keys, useNetworks, useVolumes } from "../../api/queries";
import { useConfirm } from "../../parts/confirm";
import { Facts } from "../../parts/facts";
import { bytes, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { useNotify } from "../../parts/notify";
import { stateShown } from "../../parts/serverstate";
import { useTexts } from "../../texts";
import { StatsBars } from "./stats";

const SHUT = new Set(["BUILD", "ERROR", "DESTROY"]);

function Section({
  title,
  disabled,
  children,
}: {
  title: string;
  disabled: boolean;
  children: () => ReactNode;
}) {
  const [open, setOpen] = useState(false);
  if (disabled) {
    return (
      <Button variant="link" isInline isDisabled>
        {title}
      </Button>
    );
  }
  return (
    <ExpandableSection
      toggleText={title}
      isExpanded={open}
      onToggle={(_, wanted) => setOpen(wanted)}
    >
      {open && children()}
    </ExpandableSection>
  );
}

export function Sections({
  server,
  flavor,
  image,
  resize,
}: {
  server: Server;
  flavor: Flavor | undefined;
  image: Image | undefined;
  resize: () => void;
}) {
  const { t } = useTexts();
  const shut = SHUT.has(stateShown(server));
  return (
    <div className="card-sections">
      <Section title={t("section.info")} disabled={shut}>
        {() => <Info server={server} flavor={flavor} image={image} resize={resize} />}
      </Section>
      <Section
        title={t("section.disks", { count: server.volumes.length })}
        disabled={shut || server.volumes.length === 0}
      >
        {() => <Disks server={server} />}
      </Section>
      <Section title={t("section.ips", { count: server.attachments.length })} disabled={shut}>
        {() => <Addresses server={server} />}
      </Section>
    </div>
  );
}

function Info({
  server,
  flavor,
  image,
  resize,
}: Parameters<typeof Sections>[0]) {
  const { t, language } = useTexts();
  const sized = (text: string, what: string) => (
    <Button
      variant="link"
      isInline
      aria-label={t("section.resize", { what: `${what} ${text}` })}
      onClick={resize}
    >
      {text}
    </Button>
  );
  return (
    <>
      <Facts
        columns={1}
        facts={[
          [t("server.cpus"), flavor && sized(String(flavor.vcpus), t("server.cpus"))],
          [
            t("server.memory"),
            flavor && sized(bytes(flavor.ram * 2 ** 20, language), t("server.memory")),
          ],
          [t("server.disk"), flavor && `${flavor.disk} GiB`],
          [t("servers.image"), image ? shown(image.name) : t("servers.imageGone")],
          [t("server.imageSize"), image ? bytes(image.size, language) : t("servers.sizeNone")],
          [t("servers.tags"), server.tags.map(shown).join(", ") || "—"],
        ]}
      />
      <StatsBars id={server.id} />
      <To to={`/servers/${server.id}/overview`}>{t("section.report")}</To>
    </>
  );
}

function Disks({ server }: { server: Server }) {
  const { t } = useTexts();
  const volumes = useVolumes().data ?? [];
  const index = (id: string) =>
    volumes
      .find((one) => one.id === id)
      ?.attachments.find((each) => each.server_id === server.id)?.device_index;
  const ids = server.volumes
    .map(String)
    .sort((one, other) => (index(one) ?? 99) - (index(other) ?? 99));
  return (
    <ul className="rows">
      {ids.map((id) => {
        const found = volumes.find((one) => one.id === id);
        if (!found) {
          return (
            <li key={id}>
              <span className="quiet">{t("volumes.concealed", { id })}</span>
            </li>
          );
        }
        const at = index(id) ?? 0;
        return (
          <li key={id}>
            <span className="mono">{at}</span>
            <span>{found.size} GiB</span>
            <span>
              {shown(found.display_name) ||
                (at === 0 ? t("volumes.boot") : t("volumes.unnamed", { id }))}
            </span>
            <To to={`/servers/${server.id}/volumes`}>{t("action.snapshot")}</To>
          </li>
        );
      })}
    </ul>
  );
}

function Addresses({ server }: { server: Server }) {
  const { t } = useTexts();
  const networks = useNetworks().data ?? [];
  const confirm = useConfirm();
  const notify = useNotify();
  if (!server.attachments.length) return <p className="quiet">{t("server.noPorts")}</p>;
  return (
    <ul className="rows">
      {server.attachments.map((port) => {
        const found = networks.find((one) => one.id === port.network_id);
        const name = found
          ? shown(found.name) || (found.public ? t("networks.internet") : found.id)
          : t("networks.concealed", { id: port.network_id });
        const disconnect = async () => {
          const yes = await confirm({
            title: t("networks.disconnectAsk", { server: shown(server.name), network: name }),
            verb: t("networks.disconnect"),
          });
          if (!yes) return;
          await notify.attempt(() => network.disconnect(String(port.id)));
          changed(keys.servers, keys.ports, keys.addresses);
        };
        return (
          <li key={port.id}>
            <span>
              {[
                [port.ipv4, "IPv4"],
                [port.ipv6, "IPv6"],
              ]
                .filter(([address]) => address)
                .map(([address, version]) => (
                  <span key={version} className="mono">
                    {address} <small className="quiet">{version}</small>{" "}
                  </span>
                ))}
            </span>
            <span>{name}</span>
            <Button variant="link" isInline isDanger onClick={() => void disconnect()}>
              {t("networks.disconnect")}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}
