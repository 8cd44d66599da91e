/** The third step: what the server is connected to. */
import { Alert, Button, Checkbox, Radio } from "@patternfly/react-core";
import { useState } from "react";
import type { Address, Network, Subnet } from "../../../api/network";
import * as network from "../../../api/network";
import { changed, keys } from "../../../api/queries";
import { configuration } from "../../../api/session";
import { FaultDetails, titleOf } from "../../../parts/fault";
import { shown } from "../../../parts/format";
import { useMyProjects, useProjectName } from "../../../parts/project";
import { leftOf, type Quotas } from "../../../parts/quota";
import { useTexts, type Key } from "../../../texts";

const FORCED: Record<string, Key> = {
  "SNF:ANY_PUBLIC": "wizard.anyPublic",
  "SNF:ANY_PUBLIC_IPV4": "wizard.anyPublic4",
  "SNF:ANY_PUBLIC_IPV6": "wizard.anyPublic6",
};

export function NetworkStep({
  networks,
  subnets,
  free,
  project,
  quotas,
  internet,
  setInternet,
  ip,
  setIp,
  nets,
  setNets,
}: {
  networks: readonly Network[];
  subnets: readonly Subnet[];
  free: readonly Address[];
  project: string;
  quotas: Quotas;
  internet: boolean;
  setInternet: (wanted: boolean) => void;
  /** "" for whichever the cloud gives. */
  ip: string;
  setIp: (id: string) => void;
  nets: readonly string[];
  setNets: (ids: string[]) => void;
}) {
  const { t } = useTexts();
  const projectName = useProjectName();
  const projects = useMyProjects();
  const [fault, setFault] = useState<unknown>(null);
  const of = (one: Network) => subnets.filter((each) => each.network_id === one.id);
  const sixOnly = networks.filter(
    (one) => one.public && of(one).length > 0 && of(one).every((each) => each.ip_version === 6),
  );
  const privates = networks.filter((one) => !one.public);
  const forced = configuration.told.forced_networks.map((entry) =>
    (Array.isArray(entry) ? entry : [entry])
      .map((each) =>
        FORCED[each]
          ? t(FORCED[each] as Key)
          : shown(networks.find((one) => one.id === each)?.name ?? each),
      )
      .join(" / "),
  );
  const payer = [project, ...projects.map((one) => one.id)].find(
    (id) => leftOf(quotas, id, "cyclades.floating_ip") >= 1,
  );
  const box = (one: Network) => (
    <Checkbox
      key={one.id}
      id={`net-${one.id}`}
      label={shown(one.name) || one.id}
      description={of(one)
        .map((each) => each.cidr)
        .join(", ")}
      isChecked={nets.includes(one.id)}
      onChange={(_, wanted) =>
        setNets(wanted ? [...nets, one.id] : nets.filter((each) => each !== one.id))
      }
    />
  );
  return (
    <>
      {fault !== null && (
        <Alert isInline variant="danger" title={t(titleOf(fault))} className="gap-below">
          <FaultDetails error={fault} />
        </Alert>
      )}
      {forced.map((title, at) => (
        <Checkbox
          key={title}
          id={`forced-${at}`}
          label={title}
          description={t("wizard.forced")}
          isChecked
          isDisabled
        />
      ))}
      <Checkbox
        id="internet"
        label={t("networks.internet")}
        description={t("wizard.internetText")}
        isChecked={internet}
        onChange={(_, wanted) => setInternet(wanted)}
      />
      {internet && (
        <div className="indent">
          <Radio
            id="ip-any"
            name="ip"
            label={t("wizard.anyIp")}
            isChecked={!ip}
            onChange={() => setIp("")}
          />
          {free.map((one) => (
            <Radio
              key={one.id}
              id={`ip-${one.id}`}
              name="ip"
              label={`${one.floating_ip_address} · ${projectName(one.tenant_id)}`}
              isChecked={ip === one.id}
              onChange={() => setIp(one.id)}
            />
          ))}
          <Button
            variant="link"
            isInline
            isDisabled={!payer}
            onClick={() =>
              void network
                .allocate({ project: payer })
                .then((fresh) => {
                  setFault(null);
                  changed(keys.addresses, keys.quotas);
                  setIp(fresh.id);
                })
                .catch(setFault)
            }
          >
            {t("addresses.create")}
          </Button>
        </div>
      )}
      {sixOnly.length > 0 && <h3 className="group-title">{t("wizard.anyPublic6")}</h3>}
      {sixOnly.map(box)}
      <h3 className="group-title">{t("networks.private")}</h3>
      {privates.length === 0 && <p className="quiet">{t("networks.empty")}</p>}
      {privates.map(box)}
    </>
  );
}
