/** Figures as bars (UI-284); each is a table as well, for whoever does not see bars. */
import { Checkbox } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Row } from "../../api/admin";
import * as admin from "../../api/admin";
import { Block } from "../../parts/facts";
import { bytes, number } from "../../parts/format";
import { View } from "../../parts/page";
import { useResourceName } from "../../parts/quotabar";
import { useTexts } from "../../texts";
import { Refused, useDesk } from "./desk";
import { counted, infrastructure, pools, serversByState, shares, ways, width, type Figures } from "./figures";

const EVERY = 30_000;

export function StaffCharts() {
  const { t, language } = useTexts();
  const desk = useDesk();
  const [log, setLog] = useState(false);
  const name = useResourceName();
  const ask = (verb: string) => ({
    queryKey: ["staff", "charts", verb],
    queryFn: () => admin.show(verb, {}),
    enabled: !!desk.data,
    refetchInterval: EVERY,
  });
  const people = useQuery(ask("stats-astakos")).data;
  const cloud = useQuery(ask("stats-cyclades")).data?.row as unknown as Figures | undefined;
  const users = useQuery({ queryKey: ["staff", "users"], queryFn: () => admin.list("user-list"), enabled: !!desk.data }).data;
  const plain = (value: number) => number(value, language);
  const providers = (people?.tables?.["providers"] ?? []) as Row[];
  return (
    <View title={t("staff.charts")} trail={[{ title: t("nav.staff"), to: "/staff" }]}>
      {desk.isError && <Refused error={desk.error} retry={() => void desk.refetch()} />}
      <Checkbox id="log" label={t("staff.log")} isChecked={log} onChange={(_, on) => setLog(on)} className="gap-below" />
      {cloud && (
        <>
          <Bars
            title={t("staff.infrastructure")}
            bars={infrastructure(cloud).map((one) => ({
              name: `${t(one.key)} (${one.cluster})`,
              value: one.used,
              of: one.all,
              shown: one.bytes ? `${bytes(one.used, language)} / ${bytes(one.all, language)}` : `${plain(one.used)} / ${plain(one.all)}`,
            }))}
          />
          <Bars log={log} title={t("staff.serversByState")} bars={serversByState(cloud).map(([what, value]) => ({ name: what, value, shown: plain(value) }))} />
          <Bars
            title={t("staff.pools")}
            bars={pools(cloud).map((one) => ({ name: one.name, value: one.used, of: one.all, shown: `${plain(one.used)} / ${plain(one.all)}` }))}
          />
          <Bars log={log} title={t("staff.templates")} bars={counted(cloud, "disk").map(([what, value]) => ({ name: what, value, shown: plain(value) }))} />
          <Bars log={log} title={t("nav.images")} bars={Object.entries(cloud.images).map(([what, value]) => ({ name: what, value, shown: plain(value) }))} />
        </>
      )}
      {people && (
        <>
          {shares(people.tables?.["resources"] ?? []).map(({ provider, rows }) => (
            <Bars
              key={provider}
              title={provider === "all" ? t("staff.resources") : t("staff.resourcesOf", { provider })}
              bars={rows.map((row) => {
                const shown = (value: number) => (row.bytes ? bytes(value, language) : plain(value));
                const whole = row.allocated ? shown(row.allocated) : t("staff.unlimited");
                return { name: name(row.resource), value: row.used, of: row.allocated || row.used || 1, shown: `${shown(row.used)} / ${whole}` };
              })}
            />
          ))}
          <Bars
            log={log}
            title={t("staff.byProvider")}
            bars={ways(providers).map((one) => ({ name: `${one.provider}: ${t(`staff.people.${one.status}`)}`, value: one.count, shown: plain(one.count) }))}
          />
          <Bars
            log={log}
            title={t("staff.exclusive")}
            bars={providers.map((row) => ({ name: String(row["provider"]), value: Number(row["exclusive"] ?? 0), shown: plain(Number(row["exclusive"] ?? 0)) }))}
          />
        </>
      )}
      {users && (
        <Bars
          log={log}
          title={t("staff.byStatus")}
          bars={[...new Set(users.map((row) => String(row["status"])))].map((status) => {
            const value = users.filter((row) => row["status"] === status).length;
            return { name: status, value, shown: plain(value) };
          })}
        />
      )}
    </View>
  );
}

interface Bar {
  name: string;
  value: number;
  /** What the bar is a part of; else the longest bar is the whole. */
  of?: number;
  shown: string;
}

function Bars({ title, bars, log = false }: { title: string; bars: Bar[]; log?: boolean }) {
  const { t } = useTexts();
  const most = Math.max(1, ...bars.map((one) => one.value));
  return (
    <Block title={title}>
      {bars.length === 0 && <p className="quiet">{t("staff.nothing")}</p>}
      <table className="bars" aria-label={title}>
        <tbody>
          {bars.map((one) => (
            <tr key={one.name}>
              <th scope="row">{one.name}</th>
              <td className="bar-cell">
                <div className="quota-track" aria-hidden>
                  <div className="quota-fill some" style={{ inlineSize: `${width(one.value, one.of ?? most, log && one.of === undefined)}%` }} />
                </div>
              </td>
              <td>{one.shown}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Block>
  );
}
