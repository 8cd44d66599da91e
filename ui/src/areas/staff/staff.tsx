/** The staff's tables, one thing with what belongs to it, and figures (web-ui.md 1.19). */
import { Button } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Row, Value } from "../../api/admin";
import * as admin from "../../api/admin";
import { ask } from "../../api/http";
import { Copied } from "../../parts/copy";
import { Block, Facts } from "../../parts/facts";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useTexts } from "../../texts";
import { Refused, useDesk } from "./desk";
import { Contact, Do } from "./do";
import { mayDo, ordered, SECTIONS, type Deed } from "./sections";
import { StaffList } from "./table";
import { heading, useWord } from "./words";

const EVERY = 15_000;
const MOST = 50;

export function StaffTable() {
  const { t } = useTexts();
  const { kind = "users" } = useParams({ strict: false }) as { kind?: string };
  const section = SECTIONS.find((one) => one.kind === kind);
  if (!section) {
    return (
      <View title={t("nav.staff")}>
        <Nothing title={t("missing.title")}>{t("missing.text")}</Nothing>
      </View>
    );
  }
  return (
    <View title={t(section.title)} trail={[{ title: t("nav.staff"), to: "/staff" }]}>
      <StaffList key={kind} section={section} />
    </View>
  );
}

export function StaffDetail() {
  const { t } = useTexts();
  const { kind, id } = useParams({ strict: false }) as { kind: string; id: string };
  const section = SECTIONS.find((one) => one.kind === kind);
  const word = useWord();
  const desk = useDesk();
  const [doing, setDoing] = useState<Deed | null>(null);
  const [writing, setWriting] = useState(false);
  const numeric = /^\d{1,15}$/.test(id) && section?.field !== "user" && section?.field !== "project";
  const given = { [section?.field ?? "id"]: numeric ? Number(id) : id };
  const found = useQuery({
    queryKey: ["staff", kind, id],
    queryFn: () => admin.show(section?.show ?? "", { ...given, ...section?.showBody }),
    enabled: !!section?.show && !!desk.data,
    refetchInterval: EVERY,
  });
  const trail = [
    { title: t("nav.staff"), to: "/staff" },
    ...(section ? [{ title: t(section.title), to: `/staff/${kind}` }] : []),
  ];
  const row = found.data?.row;
  const title = row ? word(row[section?.name ?? ""] ?? row["email"] ?? row["name"] ?? id) : id;
  const deeds =
    row && section?.deeds && desk.data
      ? section.deeds.filter((one) => mayDo(desk.data, one) && (one.when?.(like(row)) ?? true))
      : [];
  return (
    <View
      title={title}
      trail={trail}
      actions={
        <>
          {deeds.map((deed) => (
            <Button key={deed.title} variant="secondary" isDanger={deed.danger} onClick={() => setDoing(deed)}>
              {t(deed.title)}
            </Button>
          ))}
          {row && section?.contact && row[section.contact] && desk.data && mayDo(desk.data, { title: "staff.contact", verb: "user-contact", body: {} }) && (
            <Button variant="secondary" onClick={() => setWriting(true)}>
              {t("staff.contact")}
            </Button>
          )}
        </>
      }
    >
      {desk.isError && <Refused error={desk.error} retry={() => void desk.refetch()} />}
      {found.isError && <Refused error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && !desk.isError && <Loading text={t("common.loading")} />}
      {row && (
        <Block title={t("files.details")}>
          <Facts
            columns={3}
            facts={Object.entries(row).map(([column, value]): [string, React.ReactNode] => [
              heading(column),
              /uuid|^id$/.test(column) && value ? (
                <Copied key={column} text={String(value)} />
              ) : (
                word(value)
              ),
            ])}
          />
        </Block>
      )}
      {row && (section?.linked ?? []).map(([other, column]) => (
        <Linked
          key={other}
          kind={other}
          column={column}
          value={String(section?.kind === "users" ? (row["uuid"] ?? id) : (row["id"] ?? id))}
        />
      ))}
      {Object.entries(found.data?.tables ?? {}).map(([name, rows]) => (
        <Block key={name} title={`${heading(name)} (${rows.length})`}>
          <Plain rows={rows} />
        </Block>
      ))}
      {writing && row && section && (
        <Contact
          section={section}
          rows={[{ ...row, [section.id]: given[section.field] as Value, [section.name]: title }]}
          close={() => setWriting(false)}
        />
      )}
      {doing && row && section && (
        <Do
          section={section}
          deed={doing}
          rows={[{ ...row, [section.id]: given[section.field] as Value, [section.name]: title }]}
          close={() => setDoing(null)}
        />
      )}
    </View>
  );
}

/** What belongs to it, of one kind: newest first, fifty at most, each leading on (UI-280). */
function Linked({ kind, column, value }: { kind: string; column: string; value: string }) {
  const { t } = useTexts();
  const word = useWord();
  const desk = useDesk();
  const [doing, setDoing] = useState<{ deed: Deed; row: Row } | null>(null);
  const section = SECTIONS.find((one) => one.kind === kind);
  const found = useQuery({
    queryKey: ["staff", "linked", kind, column, value],
    queryFn: () =>
      admin.part(section?.list ?? "", section?.body ?? {}, {
        text: "", filter: [`${column}=${value}`], sort: "", limit: 1000, offset: 0,
      }),
    enabled: !!section && !!desk.data?.verbs.includes(section.list),
    refetchInterval: EVERY,
  }).data;
  if (!section || !found || !found.rows.length) return null;
  const age = (row: Row) => String(row["created"] ?? row["creation_date"] ?? row["date"] ?? "");
  const rows = [...found.rows].sort((a, b) => age(b).localeCompare(age(a))).slice(0, MOST);
  const deeds = (row: Row) =>
    (section.deeds ?? []).filter((one) => desk.data && mayDo(desk.data, one) && (one.when?.(row) ?? true));
  return (
    <Block title={`${t(section.title)} (${found.total})`}>
      <div className="wide-table" tabIndex={0} role="region" aria-label={t(section.title)}>
        <table className="plain-table">
          <thead>
            <tr>
              {section.columns.map((one) => (
                <th key={one} scope="col">
                  {heading(one)}
                </th>
              ))}
              <th scope="col">{t("table.actions")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>
                {section.columns.map((one) => (
                  <td key={one}>
                    {one === section.name && section.show ? (
                      <To to={`/staff/${kind}/${encodeURIComponent(String(row[section.id]))}`}>{word(row[one])}</To>
                    ) : (
                      word(row[one])
                    )}
                  </td>
                ))}
                <td>
                  {deeds(row).map((deed) => (
                    <Button
                      key={deed.title}
                      size="sm"
                      variant="secondary"
                      className="gap-after"
                      isDanger={deed.danger}
                      onClick={() => setDoing({ deed, row })}
                    >
                      {t(deed.title)}
                    </Button>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {found.total > MOST && <p className="quiet">{t("staff.newest", { count: MOST })}</p>}
      {doing && <Do section={section} deed={doing.deed} rows={[doing.row]} close={() => setDoing(null)} />}
    </Block>
  );
}

/** A shown row with the words of the listing. */
const like = (row: Row): Row => ({ ...row, verified: row["email_verified"] ?? row["verified"] ?? null });

function Plain({ rows }: { rows: Row[] }) {
  const { t } = useTexts();
  const word = useWord();
  const first = rows[0];
  if (!first) return <p className="quiet">{t("staff.nothing")}</p>;
  const columns = Object.keys(first);
  return (
    <div className="wide-table" tabIndex={0}>
      <table className="plain-table">
        <thead>
          <tr>
            {columns.map((one) => (
              <th key={one} scope="col">
                {heading(one)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {columns.map((one) => (
                <td key={one}>{word(row[one])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Figures of the cloud, and the way to every table. */
export function StaffStats() {
  const { t } = useTexts();
  const desk = useDesk();
  const stats = useQuery({
    queryKey: ["staff", "stats"],
    queryFn: () => admin.show("stats-astakos", {}),
    enabled: !!desk.data,
    refetchInterval: EVERY,
  });
  const word = useWord();
  return (
    <View title={t("nav.staffStats")} trail={[{ title: t("nav.staff"), to: "/staff" }]}>
      {desk.isError && <Refused error={desk.error} retry={() => void desk.refetch()} />}
      {(["public", "detailed"] as const).map((part) => (
        <Raw key={part} title={t(part === "public" ? "staff.figuresPublic" : "staff.figuresDetailed")} address={part === "public" ? "/cyclades/admin/stats" : "/cyclades/admin/stats/detail"} />
      ))}
      {stats.data && (
        <>
          <Block title={t("nav.staffUsers")}>
            <Facts
              columns={3}
              facts={Object.entries(stats.data.row).map(([name, value]): [string, string] => [
                heading(name),
                word(value),
              ])}
            />
          </Block>
          {Object.entries(stats.data.tables ?? {}).map(([name, rows]) => (
            <Block key={name} title={heading(name)}>
              <Plain rows={rows} />
            </Block>
          ))}
        </>
      )}
    </View>
  );
}

export function StaffHome() {
  const { t } = useTexts();
  const desk = useDesk();
  return (
    <View title={t("nav.staff")} lead={t("staff.lead")}>
      {desk.isError && <Refused error={desk.error} retry={() => void desk.refetch()} />}
      {desk.data && (
        <ul className="rows">
          {ordered().filter((one) => one.kind !== "ports" && desk.data.verbs.includes(one.list)).map((one) => (
            <li key={one.kind}>
              <To to={`/staff/${one.kind}`}>{t(one.title)}</To>
            </li>
          ))}
          <li>
            <To to="/staff/charts">{t("staff.charts")}</To>
          </li>
          <li>
            <To to="/staff/search">{t("staff.search")}</To>
          </li>
          <li>
            <To to="/staff/stats">{t("nav.staffStats")}</To>
          </li>
        </ul>
      )}
    </View>
  );
}

/** Figures as the service gives them (UI-285). */
function Raw({ title, address }: { title: string; address: string }) {
  const found = useQuery({
    queryKey: ["staff", "figures", address],
    queryFn: () => ask<unknown>(address),
    refetchInterval: EVERY,
    retry: false,
  });
  if (!found.data) return null;
  return (
    <Block title={title}>
      <pre className="mono preview-text" role="region" aria-label={title} tabIndex={0}>
        {JSON.stringify(found.data, null, 2)}
      </pre>
    </Block>
  );
}
