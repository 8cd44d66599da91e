/** Public addresses of one's own. */
import { Button, FormSelect, FormSelectOption, Label } from "@patternfly/react-core";
import GlobeIcon from "@patternfly/react-icons/dist/esm/icons/globe-icon";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import * as network from "../../api/network";
import type { Address } from "../../api/network";
import { changed, keys, reassigned, useAddresses, useMe, usePorts, useQuotas, useServers } from "../../api/queries";
import { configuration } from "../../api/session";
import { useBulk } from "../../parts/bulk";
import { useConfirm } from "../../parts/confirm";
import { Copied } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { FaultBanner } from "../../parts/fault";
import { Field } from "../../parts/field";
import { exact, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { ProjectSelect, useProjectFilter, useProjectName } from "../../parts/project";
import { leftOf } from "../../parts/quota";
import { onceFree } from "../../parts/oncefree";
import { isBusy, isRunning } from "../../parts/serverstate";
import { ShareBox } from "../../parts/sharebox";
import { DataTable } from "../../parts/table";
import { useTexts } from "../../texts";

export function Addresses() {
  const { t } = useTexts();
  const found = useAddresses();
  const ports = usePorts().data ?? [];
  const servers = useServers().data ?? [];
  const quotas = useQuotas().data ?? {};
  const projectName = useProjectName();
  const { project } = useProjectFilter();
  const me = useMe().data;
  const notify = useNotify();
  const confirm = useConfirm();
  const [doing, setDoing] = useState<{ what: "attach" | "reassign"; address: Address } | null>(null);
  const [creating, setCreating] = useState(false);
  const [past, setPast] = useState(false);
  const rows = (found.data ?? []).filter((one) => !project || one.tenant_id === project);
  const port = (one: Address) => ports.find((each) => each.id === String(one.port_id));
  const server = (one: Address) =>
    servers.find((each) => String(each.id) === String(one.instance_id ?? port(one)?.device_id));
  const refresh = () => changed(keys.addresses, keys.ports, keys.servers, keys.quotas);
  const bulk = useBulk();
  const detach = async (one: Address) => {
    const from = server(one);
    const done = await notify.attempt(() => network.disconnect(String(one.port_id)));
    // Connections of a running server are broken by now: only that of a resting one comes back whole.
    if (done && from && !isRunning(from)) {
      notify.undo(t("addresses.detached", { address: one.floating_ip_address }), async () => {
        await onceFree(() => network.connect(one.floating_network_id, from.id, one.floating_ip_address));
        refresh();
      });
    }
    refresh();
  };
  const full = !Object.keys(quotas).some((id) => leftOf(quotas, id, "cyclades.floating_ip") > 0);
  const state = (one: Address) =>
    one.port_id ? (server(one) ? t("addresses.inUse") : t("addresses.portOnly")) : t("addresses.available");
  const about = (one: Address) => ({
    kind: "address" as const,
    id: one.id,
    name: one.floating_ip_address,
  });
  const button = (
    <Button isDisabled={full} title={full ? t("quota.full") : undefined} onClick={() => setCreating(true)}>
      {t("addresses.create")}
    </Button>
  );
  return (
    <View
      title={t("nav.addresses")}
      actions={
        <>
          {button}
          <Button variant="secondary" onClick={() => setPast(true)}>
            {t("addresses.history")}
          </Button>
        </>
      }
    >
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <DataTable
          name="addresses"
          bulk={[
            bulk<Address>({
              title: t("action.destroy"),
              danger: true,
              allowed: (one) => !one.port_id,
              name: (one) => one.floating_ip_address,
              run: (one) => network.release(one.id),
              after: refresh,
            }),
          ]}
          rows={rows}
          id={(one) => one.id}
          first="address"
          empty={
            <Nothing icon={GlobeIcon} title={t("addresses.empty")} actions={button}>
              {t("addresses.emptyText")}
            </Nothing>
          }
          columns={[
            {
              id: "address",
              title: t("servers.address"),
              main: true,
              cell: (one) => <Copied text={one.floating_ip_address} />,
              text: (one) => one.floating_ip_address,
            },
            {
              id: "status",
              title: t("common.status"),
              cell: (one) => (
                <Label isCompact color={one.port_id ? "green" : "grey"}>
                  {state(one)}
                </Label>
              ),
              text: state,
            },
            {
              id: "server",
              title: t("volumes.server"),
              cell: (one) => {
                const used = server(one);
                return used ? <To to={`/servers/${used.id}/network`}>{shown(used.name)}</To> : "—";
              },
              text: (one) => server(one)?.name ?? "",
            },
            {
              id: "mac",
              title: "MAC",
              cell: (one) => <span className="mono">{port(one)?.mac_address ?? "—"}</span>,
              text: (one) => port(one)?.mac_address ?? "",
            },
            {
              id: "project",
              title: t("common.project"),
              cell: (one) => projectName(one.tenant_id),
              text: (one) => projectName(one.tenant_id),
            },
          ]}
          actions={(one) => [
            ...(one.port_id
              ? [
                  {
                    title: t("volumes.detach"),
                    onClick: () =>
                      void confirm({
                        title: t("addresses.detachAsk", { address: one.floating_ip_address }),
                        verb: t("volumes.detach"),
                        about: about(one),
                      }).then(async (yes) => {
                        if (!yes) return;
                        await detach(one);
                      }),
                  },
                ]
              : [{ title: t("addresses.attach"), onClick: () => setDoing({ what: "attach", address: one }) }]),
            one.user_id === me?.id
              ? {
                  title: t("action.reassign"),
                  onClick: () => setDoing({ what: "reassign", address: one }),
                }
              : {
                  title: t("action.reassign"),
                  isAriaDisabled: true,
                  tooltipProps: { content: t("reassign.notMine") },
                },
            ...(one.port_id
              ? []
              : [
                  {
                    title: t("action.destroy"),
                    isDanger: true,
                    onClick: () =>
                      void confirm({
                        title: t("addresses.releaseAsk", { address: one.floating_ip_address }),
                        body: t("addresses.releaseText"),
                        verb: t("action.destroy"),
                        danger: true,
                        about: about(one),
                      }).then(async (yes) => {
                        if (!yes) return;
                        await notify.attempt(() => network.release(one.id));
                        refresh();
                      }),
                  },
                ]),
          ]}
        />
      )}
      {past && <Past close={() => setPast(false)} />}
      {creating && <Create close={() => setCreating(false)} />}
      {doing?.what === "attach" && <Attach address={doing.address} close={() => setDoing(null)} />}
      {doing?.what === "reassign" && <Reassign address={doing.address} close={() => setDoing(null)} />}
    </View>
  );
}

/** What became of the addresses that I had (UI-145). */
function Past({ close }: { close: () => void }) {
  const { t, language } = useTexts();
  const servers = useServers().data ?? [];
  const found = useQuery({ queryKey: ["address-history"], queryFn: network.addressHistory });
  return (
    <Dialog
      title={t("addresses.history")}
      verb={t("common.close")}
      close={close}
      submit={async () => undefined}
    >
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data?.length === 0 && <p className="quiet">{t("addresses.noHistory")}</p>}
      <ul className="rows">
        {found.data?.map((one, at) => (
          <li key={at}>
            <span className="mono">{one.address}</span>
            <span>
              {t(one.action === "associate" ? "addresses.came" : "addresses.left", {
                server: shown(
                  servers.find((each) => String(each.id) === one.server_id)?.name ??
                    t("server.title", { id: one.server_id }),
                ),
              })}
            </span>
            <span className="quiet">{exact(one.date, language)}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function Create({ close }: { close: () => void }) {
  const { t } = useTexts();
  const me = useMe().data;
  const quotas = useQuotas().data ?? {};
  const [project, setProject] = useState(me?.default_project ?? "");
  const room = (id: string) => leftOf(quotas, id, "cyclades.floating_ip");
  return (
    <Dialog
      title={t("addresses.create")}
      verb={t("common.create")}
      variant="small"
      close={close}
      ready={room(project) >= 1}
      submit={async () => {
        await network.allocate({ project });
        changed(keys.addresses, keys.quotas);
      }}
    >
      <Field id="address-project" label={t("common.project")}>
        <ProjectSelect
          id="address-project"
          value={project}
          onChange={setProject}
          disabled={(id) => room(id) < 1}
          note={(id) => (room(id) < 1 ? t("quota.full") : "")}
        />
      </Field>
    </Dialog>
  );
}

function Attach({ address, close }: { address: Address; close: () => void }) {
  const { t } = useTexts();
  const servers = (useServers().data ?? []).filter(
    (one) =>
      !one.suspended &&
      !isBusy(one) &&
      one.status !== "ERROR" &&
      (configuration.told.hotplug || one.status !== "ACTIVE"),
  );
  const [server, setServer] = useState(String(servers[0]?.id ?? ""));
  return (
    <Dialog
      title={t("addresses.attachTitle", { address: address.floating_ip_address })}
      verb={t("addresses.attach")}
      variant="small"
      close={close}
      ready={!!server}
      submit={async () => {
        await network.connect(address.floating_network_id, server, address.floating_ip_address);
        changed(keys.addresses, keys.ports, keys.servers);
      }}
    >
      <Field id="address-server" label={t("volumes.server")}>
        <FormSelect id="address-server" value={server} onChange={(_, value) => setServer(value)}>
          {servers.map((one) => (
            <FormSelectOption key={one.id} value={String(one.id)} label={shown(one.name)} />
          ))}
        </FormSelect>
      </Field>
    </Dialog>
  );
}

function Reassign({ address, close }: { address: Address; close: () => void }) {
  const { t } = useTexts();
  const quotas = useQuotas().data ?? {};
  const [project, setProject] = useState(address.tenant_id);
  const [shared, share] = useState(address.shared_to_project);
  return (
    <Dialog
      title={t("action.reassign")}
      verb={t("action.reassign")}
      variant="small"
      close={close}
      ready={project !== address.tenant_id || shared !== address.shared_to_project}
      submit={async () => {
        await network.reassignAddress(address.id, project, shared);
        reassigned(keys.addresses);
      }}
    >
      <Field id="address-project" label={t("common.project")}>
        <ProjectSelect
          id="address-project"
          value={project}
          onChange={(id) => {
            setProject(id);
            share(false);
          }}
          disabled={(id) =>
            id !== address.tenant_id && leftOf(quotas, id, "cyclades.floating_ip") < 1
          }
        />
      </Field>
      <ShareBox value={shared} set={share} />
    </Dialog>
  );
}
