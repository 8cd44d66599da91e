/** Networks and servers as a picture: columns of networks, servers between them (UI-144). */
import NetworkWiredIcon from "@patternfly/react-icons/dist/esm/icons/network-wired-icon";
import { useState } from "react";
import * as network from "../../api/network";
import { changed, keys, useNetworks, useServers, useSubnets } from "../../api/queries";
import { useConfirm } from "../../parts/confirm";
import { shown } from "../../parts/format";
import { ButtonTo, To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { useProjectFilter } from "../../parts/project";
import { ServerStatus } from "../../parts/serverstatus";
import { useTexts } from "../../texts";

const WIDTH = 170;
const ROW = 92;
const TOP = 84;
const LEFT = 300;

export function Topology() {
  const { t } = useTexts();
  const networks = useNetworks().data;
  const servers = useServers().data;
  const subnets = useSubnets().data ?? [];
  const notify = useNotify();
  const confirm = useConfirm();
  const { project } = useProjectFilter();
  const [dragged, drag] = useState<number | null>(null);
  if (!networks || !servers) {
    return (
      <View title={t("nav.topology")}>
        <Loading text={t("common.loading")} />
      </View>
    );
  }
  const shownServers = servers.filter((one) => !project || one.tenant_id === project);
  const nets = [...networks]
    .filter((one) => one.public || !project || one.tenant_id === project)
    .sort((a, b) => Number(b.public) - Number(a.public) || a.name.localeCompare(b.name));
  const columnOf = new Map(nets.map((one, at) => [one.id, at]));
  const height = TOP + Math.max(1, shownServers.length) * ROW + 20;
  const width = LEFT + nets.length * WIDTH;
  const x = (at: number) => LEFT + at * WIDTH + WIDTH / 2;
  const y = (at: number) => TOP + at * ROW + ROW / 2;
  const nameOf = (id: string) => {
    const one = nets.find((each) => each.id === id);
    return one?.public ? t("networks.internet") : shown(one?.name ?? id) || id;
  };
  const connect = async (server: number, to: string) => {
    const found = servers.find((one) => one.id === server);
    const yes = await confirm({
      title: t("topology.connectAsk", { server: shown(found?.name ?? ""), network: nameOf(to) }),
      verb: t("networks.connect"),
    });
    if (!yes) return;
    await notify.attempt(() => network.connect(to, server));
    changed(keys.ports, keys.servers);
  };
  return (
    <View title={t("nav.topology")} lead={t("topology.lead")}>
      {!shownServers.length && nets.length <= 1 ? (
        <Nothing
          icon={NetworkWiredIcon}
          title={t("servers.empty")}
          actions={<ButtonTo to="/servers/new">{t("servers.create")}</ButtonTo>}
        />
      ) : (
        <div className="topology" tabIndex={0} role="region" aria-label={t("nav.topology")}>
          <div className="topology-inner" style={{ inlineSize: width, blockSize: height }}>
            <svg width={width} height={height} aria-hidden="true">
              {nets.map((one, at) => (
                <line
                  key={one.id}
                  className={one.public ? "wire public" : "wire"}
                  x1={x(at)}
                  x2={x(at)}
                  y1={TOP - 14}
                  y2={height - 10}
                />
              ))}
              {shownServers.flatMap((server, row) =>
                server.attachments.map((port) => {
                  const at = columnOf.get(String(port.network_id));
                  if (at === undefined) return null;
                  return (
                    <g key={port.id}>
                      <line
                        className="branch"
                        x1={LEFT - 30}
                        x2={x(at)}
                        y1={y(row)}
                        y2={y(row)}
                      />
                      <circle className="plug" cx={x(at)} cy={y(row)} r={6} />
                    </g>
                  );
                }),
              )}
            </svg>
            {nets.map((one, at) => (
              <div
                key={one.id}
                className="topology-net"
                style={{ insetInlineStart: x(at) - WIDTH / 2 + 6, inlineSize: WIDTH - 12 }}
                onDragOver={(event) => {
                  if (dragged !== null && !one.public) event.preventDefault();
                }}
                onDrop={() => {
                  if (dragged !== null) void connect(dragged, one.id);
                  drag(null);
                }}
              >
                <To to={`/networks/${one.id}`}>{nameOf(one.id)}</To>
                <br />
                <small className="mono quiet">
                  {subnets.find((each) => each.network_id === one.id)?.cidr ?? ""}
                </small>
              </div>
            ))}
            {shownServers.map((server, row) => (
              <div
                key={server.id}
                className="topology-server"
                draggable
                onDragStart={() => drag(server.id)}
                onDragEnd={() => drag(null)}
                style={{ insetBlockStart: y(row) - 34 }}
              >
                <To to={`/servers/${server.id}/network`}>{shown(server.name)}</To>
                <ServerStatus server={server} />
              </div>
            ))}
            {shownServers.flatMap((server, row) =>
              server.attachments.map((port) => {
                const at = columnOf.get(String(port.network_id));
                const text = port.ipv4 || port.ipv6;
                if (at === undefined || !text) return null;
                return (
                  <span
                    key={`l${port.id}`}
                    className="topology-ip mono"
                    style={{ insetInlineStart: x(at) + 10, insetBlockStart: y(row) - 22 }}
                  >
                    {text}
                  </span>
                );
              }),
            )}
          </div>
        </div>
      )}
    </View>
  );
}
