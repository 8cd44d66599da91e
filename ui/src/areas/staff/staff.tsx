/** The staff's tables, one thing with what belongs to it, and figures (web-ui.md 1.19). */
import { Alert, Button, TextArea } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import type { Row, Value } from "../../api/admin";
import * as admin from "../../api/admin";
import { Fault } from "../../api/http";
import { client } from "../../api/queries";
import { Copied } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { Block, Facts } from "../../parts/facts";
import { FaultBanner } from "../../parts/fault";
import { Field } from "../../parts/field";
import { exact, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { DataTable, type Column } from "../../parts/table";
import { useTexts } from "../../texts";
import { mayDo, SECTIONS, type Deed, type Section } from "./sections";

const EVERY = 15_000;
const TIME = /^\d{4}-\d{2}-\d{2}T/;

const useDesk = () =>
  useQuery({ queryKey: ["staff", "desk"], queryFn: admin.desk, staleTime: 300_000, retry: false });

/** A value as the command shows it, in the reader's language. */
function useWord(): (value: Value | undefined) => string {
  const { t, language } = useTexts();
  return (value) => {
    if (value === null || value === undefined || value === "") return "—";
    if (typeof value === "boolean") return t(value ? "common.yes" : "common.no");
    if (typeof value === "object") return JSON.stringify(value);
    const text = String(value);
    return TIME.test(text) ? exact(text, language) : shown(text);
  };
}

const HEADINGS: Record<string, string> = {
  displayname: "Name",
  realname: "Real name",
  clustername: "Cluster",
  user_email: "E-mail",
};

/** "user.email" as a heading. */
const heading = (column: string) => {
  const known = HEADINGS[column.replace(/\W/g, "_")];
  if (known) return known;
  const words = column.replace(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

function Refused({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTexts();
  if (error instanceof Fault && (error.status === 403 || error.status === 404)) {
    return <Nothing title={t("staff.notYours")}>{t("staff.notYoursText")}</Nothing>;
  }
  return <FaultBanner error={error} retry={retry} />;
}

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
  return <Table key={kind} section={section} />;
}

function Table({ section }: { section: Section }) {
  const { t } = useTexts();
  const word = useWord();
  const desk = useDesk();
  const found = useQuery({
    queryKey: ["staff", section.kind],
    queryFn: () => admin.list(section.list, section.body),
    refetchInterval: EVERY,
    enabled: !!desk.data,
  });
  const [doing, setDoing] = useState<{ deed: Deed; rows: Row[] } | null>(null);
  const rows = found.data ?? [];
  const deeds = (section.deeds ?? []).filter((one) => desk.data && mayDo(desk.data, one));
  const known = [...new Set([...section.columns, ...Object.keys(rows[0] ?? {})])];
  const columns = known.map((column): Column<Row> => {
    const main = column === section.name;
    return {
      id: column,
      title: heading(column),
      main,
      spare: !section.columns.includes(column),
      text: (row) => (row[column] === null ? "" : String(row[column] ?? "")),
      order: (row) => (typeof row[column] === "number" ? row[column] : String(row[column] ?? "")),
      cell: (row) => {
        const id = encodeURIComponent(String(row[section.id]));
        if (main && section.kind === "applications")
          return <To to={`/projects/${id}/applications`}>{word(row[column])}</To>;
        if (main && section.show) return <To to={`/staff/${section.kind}/${id}`}>{word(row[column])}</To>;
        return word(row[column]);
      },
    };
  });
  columns.sort((one, other) => Number(!!other.main) - Number(!!one.main));
  return (
    <View title={t(section.title)} trail={[{ title: t("nav.staff"), to: "/staff" }]}>
      {desk.isError && <Refused error={desk.error} retry={() => void desk.refetch()} />}
      {found.isError && <Refused error={found.error} retry={() => void found.refetch()} />}
      {!desk.isError && found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <DataTable
          name={`staff-${section.kind}`}
          rows={rows}
          columns={columns}
          id={(row) => `${row[section.id]}${section.kind === "quotas" ? row["resource"] : ""}`}
          empty={<Nothing title={t("staff.nothing")} />}
          bulk={deeds.map((deed) => ({
            title: t(deed.title),
            danger: deed.danger,
            allowed: (chosen: Row[]) => chosen.every((row) => deed.when?.(row) ?? true),
            run: (chosen: Row[]) => setDoing({ deed, rows: chosen }),
          }))}
          actions={
            deeds.length
              ? (row) =>
                  deeds
                    .filter((deed) => deed.when?.(row) ?? true)
                    .map((deed) => ({
                      title: t(deed.title),
                      isDanger: deed.danger,
                      onClick: () => setDoing({ deed, rows: [row] }),
                    }))
              : undefined
          }
        />
      )}
      {doing && <Do section={section} {...doing} close={() => setDoing(null)} />}
    </View>
  );
}

/** The window of an action: what it is done to, its reason, and each failure by name (UI-276). */
function Do({
  section,
  deed,
  rows,
  close,
}: {
  section: Section;
  deed: Deed;
  rows: Row[];
  close: () => void;
}) {
  const { t } = useTexts();
  const notify = useNotify();
  const [reason, setReason] = useState("");
  const [done, setDone] = useState(0);
  return (
    <Dialog
      title={t("staff.ask", { action: t(deed.title), count: rows.length })}
      verb={t(deed.title)}
      close={close}
      ready={!deed.reason || !!reason.trim()}
      submit={async () => {
        let fine = 0;
        for (const [at, row] of rows.entries()) {
          const asked = await notify.attempt(
            () =>
              admin.run(deed.verb, {
                [section.field]: row[section.id],
                ...deed.body,
                ...(deed.reason ? { [deed.reason]: reason } : {}),
              }),
            undefined,
            String(row[section.name]),
          );
          if (asked) fine += 1;
          setDone(at + 1);
        }
        if (fine) notify.tell("success", t("staff.done", { count: fine }));
        void client.invalidateQueries({ queryKey: ["staff"] });
      }}
    >
      {deed.danger && <Alert isInline variant="warning" title={t("staff.careful")} />}
      <ul>
        {rows.map((row) => (
          <li key={String(row[section.id])}>
            {shown(String(row[section.name]))}{" "}
            <span className="quiet">{shown(String(row["user.email"] ?? ""))}</span>
          </li>
        ))}
      </ul>
      {deed.reason && (
        <Field id="staff-reason" label={t("application.reason")} required>
          <TextArea
            id="staff-reason"
            value={reason}
            onChange={(_, value) => setReason(value)}
            resizeOrientation="vertical"
          />
        </Field>
      )}
      {done > 0 && <p aria-live="polite">{t("staff.progress", { done, all: rows.length })}</p>}
    </Dialog>
  );
}

export function StaffDetail() {
  const { t } = useTexts();
  const { kind, id } = useParams({ strict: false }) as { kind: string; id: string };
  const section = SECTIONS.find((one) => one.kind === kind);
  const word = useWord();
  const desk = useDesk();
  const [doing, setDoing] = useState<Deed | null>(null);
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
      actions={deeds.map((deed) => (
        <Button key={deed.title} variant="secondary" isDanger={deed.danger} onClick={() => setDoing(deed)}>
          {t(deed.title)}
        </Button>
      ))}
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
      {Object.entries(found.data?.tables ?? {}).map(([name, rows]) => (
        <Block key={name} title={`${heading(name)} (${rows.length})`}>
          <Plain rows={rows} />
        </Block>
      ))}
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
          {SECTIONS.filter((one) => desk.data.verbs.includes(one.list)).map((one) => (
            <li key={one.kind}>
              <To to={`/staff/${one.kind}`}>{t(one.title)}</To>
            </li>
          ))}
          <li>
            <To to="/staff/stats">{t("nav.staffStats")}</To>
          </li>
        </ul>
      )}
    </View>
  );
}
