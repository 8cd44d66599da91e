/** Networks: the Internet as one, private ones with their connections. */
import { Button, Checkbox, FormSelect, FormSelectOption, Label, Radio } from "@patternfly/react-core";
import NetworkWiredIcon from "@patternfly/react-icons/dist/esm/icons/network-wired-icon";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import * as network from "../../api/network";
import type { Network } from "../../api/network";
import {
  changed,
  keys,
  reassigned,
  useMe,
  useNetworks,
  usePorts,
  useQuotas,
  useServers,
  useSubnets,
} from "../../api/queries";
import { configuration } from "../../api/session";
import { useBulk } from "../../parts/bulk";
import { useConfirm } from "../../parts/confirm";
import { Copied } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { Block, Facts } from "../../parts/facts";
import { FaultBanner } from "../../parts/fault";
import { Field, TextField } from "../../parts/field";
import { exact, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { ProjectSelect, useProjectFilter, useProjectName } from "../../parts/project";
import { leftOf } from "../../parts/quota";
import { isBusy } from "../../parts/serverstate";
import { ServerStatus } from "../../parts/serverstatus";
import { ShareBox } from "../../parts/sharebox";
import { DataTable } from "../../parts/table";
import { useTexts } from "../../texts";
import { cidr, freeSubnet, within } from "./plan";

export function Networks() {
  const { t } = useTexts();
  const found = useNetworks();
  const subnets = useSubnets().data ?? [];
  const ports = usePorts().data ?? [];
  const projectName = useProjectName();
  const { project } = useProjectFilter();
  const notify = useNotify();
  const confirm = useConfirm();
  const quotas = useQuotas().data ?? {};
  const me = useMe().data;
  const [creating, setCreating] = useState(false);
  const [renaming, setRenaming] = useState<Network | null>(null);
  const [moving, setMoving] = useState<Network | null>(null);
  const servers = useServers().data ?? [];
  // Networks of servers that others share with me, where the networks themselves are not (UI-062).
  const concealed = found.data
    ? [
        ...new Set(
          servers
            .filter((one) => one.user_id !== me?.id)
            .flatMap((one) => one.attachments.map((each) => each.network_id))
            .filter((id) => !found.data.some((one) => one.id === id)),
        ),
      ]
    : [];
  const rows = (found.data ?? []).filter(
    (one) => !project || one.public || one.tenant_id === project,
  );
  const cidrs = (one: Network) =>
    subnets.filter((each) => each.network_id === one.id).map((each) => each.cidr);
  const count = (one: Network) => ports.filter((each) => each.network_id === one.id).length;
  const name = (one: Network) =>
    one.public ? t("networks.internet") : shown(one.name) || t("networks.unnamed", { id: one.id });
  const bulk = useBulk();
  const full = !Object.keys(quotas).some((id) => leftOf(quotas, id, "cyclades.network.private") > 0);
  const button = (
    <Button
      isDisabled={!!me && full}
      title={full ? t("quota.full") : undefined}
      onClick={() => setCreating(true)}
    >
      {t("networks.create")}
    </Button>
  );
  return (
    <View title={t("nav.networks")} actions={button}>
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <DataTable
          name="networks"
          bulk={[
            bulk<Network>({
              title: t("action.destroy"),
              danger: true,
              allowed: (one) => !one.public && count(one) === 0,
              name,
              run: (one) => network.removeNetwork(one.id),
              after: () => changed(keys.networks, keys.subnets, keys.quotas),
            }),
          ]}
          rows={rows}
          id={(one) => one.id}
          first="name"
          empty={<Nothing icon={NetworkWiredIcon} title={t("networks.empty")} actions={button} />}
          columns={[
            {
              id: "name",
              title: t("common.name"),
              main: true,
              cell: (one) => (
                <>
                  <To to={`/networks/${one.id}`}>{name(one)}</To>{" "}
                  {one.public && <Label isCompact>{shown(one.name)}</Label>}
                </>
              ),
              text: name,
              order: (one) => `${one.public ? 0 : 1}${name(one)}`,
            },
            {
              id: "cidr",
              title: t("networks.subnet"),
              cell: (one) => <span className="mono">{cidrs(one).join(", ") || "—"}</span>,
              text: (one) => cidrs(one).join(" "),
            },
            {
              id: "status",
              title: t("common.status"),
              cell: (one) => (
                <Label isCompact color={one.status === "ACTIVE" ? "green" : "grey"}>
                  {one.status === "ACTIVE" ? t("networks.active") : one.status}
                </Label>
              ),
              text: (one) => one.status,
            },
            {
              id: "ports",
              title: t("networks.connections"),
              cell: count,
              text: (one) => String(count(one)),
              order: count,
            },
            {
              id: "project",
              title: t("common.project"),
              cell: (one) => projectName(one.tenant_id),
              text: (one) => projectName(one.tenant_id),
            },
          ]}
          actions={(one) =>
            one.public
              ? []
              : [
                  { title: t("server.rename"), onClick: () => setRenaming(one) },
                  one.user_id === me?.id
                    ? { title: t("action.reassign"), onClick: () => setMoving(one) }
                    : {
                        title: t("action.reassign"),
                        isAriaDisabled: true,
                        tooltipProps: { content: t("reassign.notMine") },
                      },
                  {
                    title: t("action.destroy"),
                    isDanger: true,
                    isDisabled: count(one) > 0,
                    description: count(one) > 0 ? t("networks.inUse") : undefined,
                    onClick: () =>
                      void confirm({
                        title: t("networks.destroyAsk", { name: name(one) }),
                        verb: t("action.destroy"),
                        danger: true,
                        about: { kind: "network", id: one.id, name: one.name },
                      }).then(async (yes) => {
                        if (!yes) return;
                        await notify.attempt(() => network.removeNetwork(one.id));
                        changed(keys.networks, keys.subnets, keys.quotas);
                      }),
                  },
                ]
          }
        />
      )}
      {concealed.length > 0 && (
        <ul className="rows concealed">
          {concealed.map((id) => (
            <li key={id} className="quiet">
              {t("networks.concealed", { id })}
            </li>
          ))}
        </ul>
      )}
      {moving && <Move network={moving} close={() => setMoving(null)} />}
      {creating && <Create close={() => setCreating(false)} used={subnets.map((one) => one.cidr)} />}
      {renaming && <Rename network={renaming} close={() => setRenaming(null)} />}
    </View>
  );
}

function Move({ network: one, close }: { network: Network; close: () => void }) {
  const { t } = useTexts();
  const quotas = useQuotas().data ?? {};
  const [project, setProject] = useState(one.tenant_id ?? "");
  const [shared, share] = useState(one.shared_to_project);
  return (
    <Dialog
      title={t("reassign.title", { name: shown(one.name) })}
      verb={t("action.reassign")}
      variant="small"
      close={close}
      ready={project !== one.tenant_id || shared !== one.shared_to_project}
      submit={async () => {
        await network.reassignNetwork(one.id, project, shared);
        reassigned(keys.networks);
      }}
    >
      <Field id="network-to" label={t("common.project")}>
        <ProjectSelect
          id="network-to"
          value={project}
          onChange={(id) => {
            setProject(id);
            share(false);
          }}
          disabled={(id) =>
            id !== one.tenant_id && leftOf(quotas, id, "cyclades.network.private") < 1
          }
        />
      </Field>
      <ShareBox value={shared} set={share} />
    </Dialog>
  );
}

function Rename({ network: one, close }: { network: Network; close: () => void }) {
  const { t } = useTexts();
  const notify = useNotify();
  const [name, setName] = useState(one.name);
  return (
    <Dialog
      title={t("server.rename")}
      verb={t("common.save")}
      variant="small"
      close={close}
      ready={!!name.trim() && name !== one.name}
      submit={async () => {
        await network.renameNetwork(one.id, name.trim());
        notify.undo(t("server.renamed", { old: shown(one.name), name: shown(name.trim()) }), async () => {
          await network.renameNetwork(one.id, one.name);
          changed(keys.networks);
        });
        changed(keys.networks);
      }}
    >
      <TextField id="network-name" label={t("common.name")} value={name} set={setName} required />
    </Dialog>
  );
}

const SUGGESTED = ["10.0.0.0/24", "192.168.0.0/24"];

function Create({ close, used }: { close: () => void; used: string[] }) {
  const { t } = useTexts();
  const me = useMe().data;
  const quotas = useQuotas().data ?? {};
  const [name, setName] = useState("");
  const [project, setProject] = useState(me?.default_project ?? "");
  const [how, setHow] = useState<"auto" | "suggested" | "manual">("auto");
  const [suggested, setSuggested] = useState(SUGGESTED[0] ?? "");
  const [manual, setManual] = useState("");
  const [dhcp, setDhcp] = useState(true);
  const [gate, setGate] = useState<"none" | "auto" | "manual">("auto");
  const [gateway, setGateway] = useState("");
  const subnet = how === "auto" ? freeSubnet(used) : how === "suggested" ? suggested : manual.trim();
  const known = cidr(subnet);
  const wrongSubnet = how === "manual" && !!manual && !known && t("networks.notSubnet");
  const wrongGateway =
    gate === "manual" && !!gateway && !within(gateway, subnet) && t("networks.notInside");
  return (
    <Dialog
      title={t("networks.create")}
      verb={t("common.create")}
      close={close}
      ready={!!name.trim() && !!known && (gate !== "manual" || (!!gateway && !wrongGateway))}
      submit={async () => {
        const made = await network.createNetwork({
          name: name.trim(),
          type: "MAC_FILTERED",
          project,
        });
        try {
          await network.createSubnet({
            network_id: made.id,
            cidr: subnet,
            ip_version: known?.version ?? 4,
            enable_dhcp: dhcp,
            ...(gate === "none" ? { gateway_ip: null } : {}),
            ...(gate === "manual" ? { gateway_ip: gateway.trim() } : {}),
          });
        } catch (error) {
          // No half of a network stays behind.
          await network.removeNetwork(made.id).catch(() => undefined);
          throw error;
        } finally {
          changed(keys.networks, keys.subnets, keys.quotas);
        }
      }}
    >
      <TextField id="network-name" label={t("common.name")} value={name} set={setName} required />
      <Field id="network-project" label={t("common.project")}>
        <ProjectSelect
          id="network-project"
          value={project}
          onChange={setProject}
          disabled={(id) => leftOf(quotas, id, "cyclades.network.private") < 1}
          note={(id) =>
            leftOf(quotas, id, "cyclades.network.private") < 1 ? t("quota.full") : ""
          }
        />
      </Field>
      <fieldset>
        <legend className="legend">{t("networks.subnet")}</legend>
        <Radio
          id="subnet-auto"
          name="subnet"
          label={t("networks.autoSubnet", { cidr: freeSubnet(used) })}
          isChecked={how === "auto"}
          onChange={() => setHow("auto")}
        />
        <Radio
          id="subnet-suggested"
          name="subnet"
          label={t("networks.suggested")}
          isChecked={how === "suggested"}
          onChange={() => setHow("suggested")}
        />
        {how === "suggested" && (
          <FormSelect
            aria-label={t("networks.suggested")}
            value={suggested}
            onChange={(_, value) => setSuggested(value)}
          >
            {SUGGESTED.map((one) => (
              <FormSelectOption key={one} value={one} label={one} />
            ))}
          </FormSelect>
        )}
        <Radio
          id="subnet-manual"
          name="subnet"
          label={t("networks.manual")}
          isChecked={how === "manual"}
          onChange={() => setHow("manual")}
        />
      </fieldset>
      {how === "manual" && (
        <TextField
          id="subnet-cidr"
          label={t("networks.cidr")}
          value={manual}
          set={setManual}
          wrong={wrongSubnet}
          hint="192.168.7.0/24, fd00:7::/64"
          required
        />
      )}
      <Checkbox
        id="dhcp"
        label="DHCP"
        description={t("networks.dhcpText")}
        isChecked={dhcp}
        onChange={(_, wanted) => setDhcp(wanted)}
      />
      <Field id="network-gate" label={t("networks.gateway")}>
        <FormSelect
          id="network-gate"
          value={gate}
          onChange={(_, value) => setGate(value as typeof gate)}
        >
          <FormSelectOption value="auto" label={t("networks.gateAuto")} />
          <FormSelectOption value="none" label={t("common.none")} />
          <FormSelectOption
            value="manual"
            label={t("networks.manual")}
            isDisabled={how === "auto"}
          />
        </FormSelect>
      </Field>
      {gate === "manual" && (
        <TextField
          id="network-gateway"
          label={t("networks.gateway")}
          value={gateway}
          set={setGateway}
          wrong={wrongGateway}
          required
        />
      )}
    </Dialog>
  );
}

export function NetworkDetail() {
  const { t, language } = useTexts();
  const { id } = useParams({ strict: false }) as { id: string };
  const networks = useNetworks();
  const subnets = (useSubnets().data ?? []).filter((one) => one.network_id === id);
  const ports = (usePorts().data ?? []).filter((one) => one.network_id === id);
  const servers = useServers().data ?? [];
  const projectName = useProjectName();
  const notify = useNotify();
  const confirm = useConfirm();
  const [connecting, setConnecting] = useState(false);
  const found = networks.data?.find((one) => one.id === id);
  const trail = [{ title: t("nav.networks"), to: "/networks" }];
  if (!found) {
    return (
      <View title={t("networks.unnamed", { id })} trail={trail}>
        {networks.isPending ? (
          <Loading text={t("common.loading")} />
        ) : (
          <Nothing title={t("missing.title")}>{t("missing.text")}</Nothing>
        )}
      </View>
    );
  }
  const title = found.public ? t("networks.internet") : shown(found.name) || t("networks.unnamed", { id });
  return (
    <View
      title={title}
      trail={trail}
      actions={
        !found.public && (
          <Button onClick={() => setConnecting(true)}>{t("networks.connectServers")}</Button>
        )
      }
    >
      <Block title={t("files.details")}>
        <Facts
          columns={3}
          facts={[
            [t("common.id"), <Copied key="id" text={found.id} />],
            [t("common.status"), found.status],
            [t("common.type"), found.type],
            [t("common.project"), projectName(found.tenant_id)],
            [t("common.created"), exact(found.created, language)],
            ...subnets.map((one): [string, React.ReactNode] => [
              `${t("networks.subnet")} (IPv${one.ip_version})`,
              <span key={one.id} className="mono">
                {one.cidr} {one.gateway_ip && `→ ${one.gateway_ip}`} {one.enable_dhcp && "DHCP"}
              </span>,
            ]),
          ]}
        />
      </Block>
      <Block title={`${t("networks.connections")} (${ports.length})`}>
        <ul className="rows">
          {ports.map((port) => {
            const server = servers.find((one) => String(one.id) === String(port.device_id));
            return (
              <li key={port.id}>
                <span>
                  {server ? (
                    <To to={`/servers/${server.id}/network`}>{shown(server.name)}</To>
                  ) : (
                    <span className="quiet">{port.device_id || t("networks.noServer")}</span>
                  )}
                  <br />
                  <span className="mono quiet">
                    {port.fixed_ips.map((one) => one.ip_address).join(", ")} · {port.mac_address}
                  </span>
                </span>
                {server ? <ServerStatus server={server} /> : <span />}
                <Button
                  variant="link"
                  isInline
                  isDanger
                  isDisabled={
                    !!server &&
                    (isBusy(server) ||
                      (!configuration.told.hotplug && server.status === "ACTIVE"))
                  }
                  onClick={() =>
                    void confirm({
                      title: t("networks.disconnectAsk", {
                        server: shown(server?.name ?? port.device_id),
                        network: title,
                      }),
                      verb: t("networks.disconnect"),
                    }).then(async (yes) => {
                      if (!yes) return;
                      await notify.attempt(() => network.disconnect(port.id));
                      changed(keys.ports, keys.servers);
                    })
                  }
                >
                  {t("networks.disconnect")}
                </Button>
              </li>
            );
          })}
        </ul>
        {ports.length === 0 && <p className="quiet">{t("networks.noPorts")}</p>}
      </Block>
      {connecting && (
        <ConnectServers
          network={found}
          connected={ports.map((one) => String(one.device_id))}
          close={() => setConnecting(false)}
        />
      )}
    </View>
  );
}

function ConnectServers({
  network: one,
  connected,
  close,
}: {
  network: Network;
  connected: string[];
  close: () => void;
}) {
  const { t } = useTexts();
  const servers = (useServers().data ?? []).filter(
    (each) =>
      !each.suspended &&
      !isBusy(each) &&
      each.status !== "ERROR" &&
      (configuration.told.hotplug || each.status !== "ACTIVE"),
  );
  const [chosen, choose] = useState<number[]>([]);
  return (
    <Dialog
      title={t("networks.connectServers")}
      verb={t("networks.connect")}
      close={close}
      ready={chosen.length > 0}
      submit={async () => {
        for (const id of chosen) await network.connect(one.id, id);
        changed(keys.ports, keys.servers);
      }}
    >
      {servers.length === 0 && <p className="quiet">{t("networks.noServers")}</p>}
      {servers.map((each) => (
        <Checkbox
          key={each.id}
          id={`connect-${each.id}`}
          label={shown(each.name)}
          description={connected.includes(String(each.id)) ? t("networks.already") : undefined}
          isChecked={chosen.includes(each.id)}
          onChange={(_, wanted) =>
            choose(wanted ? [...chosen, each.id] : chosen.filter((id) => id !== each.id))
          }
        />
      ))}
    </Dialog>
  );
}
