/** A server's connections, and the firewall of those that the Internet reaches. */
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import type { Server } from "../../api/compute";
import * as compute from "../../api/compute";
import * as network from "../../api/network";
import { changed, keys, useNetworks } from "../../api/queries";
import { configuration } from "../../api/session";
import { useConfirm } from "../../parts/confirm";
import { Copied } from "../../parts/copy";
import { Block } from "../../parts/facts";
import { shown } from "../../parts/format";
import { useNotify } from "../../parts/notify";
import { isBusy } from "../../parts/serverstate";
import { useTexts, type Key } from "../../texts";
import { Choose } from "./choose";

const PROFILES = ["DISABLED", "ENABLED", "PROTECTED"] as const;
const PROFILE_WORDS: Record<(typeof PROFILES)[number], Key> = {
  DISABLED: "firewall.DISABLED",
  ENABLED: "firewall.ENABLED",
  PROTECTED: "firewall.PROTECTED",
};

export function Ports({ server }: { server: Server }) {
  const { t } = useTexts();
  const networks = useNetworks().data;
  const notify = useNotify();
  const confirm = useConfirm();
  const [connecting, setConnecting] = useState(false);
  const [profiles, setProfiles] = useState<Record<string, string>>({});
  const name = (id: string) => {
    const found = networks?.find((one) => one.id === id);
    if (!found) return networks ? t("networks.concealed", { id }) : id;
    return found.public ? t("networks.internet") : shown(found.name) || id;
  };
  // Without hotplug only what is stopped changes its connections (UI-138).
  const stopFirst = !configuration.told.hotplug && server.status !== "STOPPED";
  return (
    <Block
      title={t("nav.network")}
      actions={
        <Button
          variant="secondary"
          isDisabled={stopFirst}
          title={stopFirst ? t("ports.stopFirst") : undefined}
          onClick={() => setConnecting(true)}
        >
          {t("networks.connect")}
        </Button>
      }
    >
      {stopFirst && <p className="quiet">{t("ports.stopFirst")}</p>}
      {server.attachments.length === 0 && <p className="quiet">{t("server.noPorts")}</p>}
      <ul className="rows ports">
        {server.attachments.map((port) => {
          const isPublic = networks?.find((one) => one.id === port.network_id)?.public;
          const chosen = profiles[String(port.id)] ?? port.firewallProfile;
          return (
            <li key={port.id}>
              <span>
                <strong>{name(port.network_id)}</strong>
                <br />
                {[port.ipv4, port.ipv6].filter(Boolean).map((address) => (
                  <Copied key={address} text={address} />
                ))}
                <br />
                <span className="quiet mono">{port.mac_address}</span>
              </span>
              {isPublic ? (
                <span>
                  <select
                    aria-label={t("firewall.title")}
                    value={chosen}
                    onChange={(event) =>
                      setProfiles({ ...profiles, [String(port.id)]: event.target.value })
                    }
                  >
                    {PROFILES.map((each) => (
                      <option key={each} value={each}>
                        {t(PROFILE_WORDS[each])}
                      </option>
                    ))}
                  </select>{" "}
                  {chosen !== port.firewallProfile && (
                    <Button
                      size="sm"
                      onClick={() =>
                        void notify
                          .attempt(
                            () =>
                              compute.act(server.id, {
                                firewallProfile: { profile: chosen, nic: Number(port.id) },
                              }),
                            t("firewall.applied"),
                          )
                          .then(() => changed(keys.servers))
                      }
                    >
                      {t("firewall.apply")}
                    </Button>
                  )}
                </span>
              ) : (
                <span />
              )}
              <Button
                variant="link"
                isInline
                isDanger
                isDisabled={isBusy(server) || stopFirst}
                onClick={() =>
                  void confirm({
                    title: t("networks.disconnectAsk", {
                      server: shown(server.name),
                      network: name(port.network_id),
                    }),
                    verb: t("networks.disconnect"),
                  }).then(async (yes) => {
                    if (!yes) return;
                    await notify.attempt(() => network.disconnect(String(port.id)));
                    changed(keys.servers, keys.ports, keys.addresses);
                  })
                }
              >
                {t("networks.disconnect")}
              </Button>
            </li>
          );
        })}
      </ul>
      {connecting && (
        <Choose
          title={t("networks.connect")}
          choices={(networks ?? [])
            .filter((one) => !one.public)
            .map((one) => [one.id, shown(one.name) || one.id])}
          close={() => setConnecting(false)}
          run={async (id) => {
            await network.connect(id, server.id);
            changed(keys.servers, keys.ports);
          }}
        />
      )}
    </Block>
  );
}
