/**
 * A table of the staff's: filtered, ordered and cut into pages by the service (UI-270 to UI-276). What
 * is filtered, ordered and shown is in the address; what is chosen survives turning pages.
 */
import {
  Button,
  FormSelect,
  FormSelectOption,
  Label,
  Pagination,
  TextInput,
  Toolbar,
  ToolbarContent,
  ToolbarItem,
} from "@patternfly/react-core";
import { ActionsColumn, ExpandableRowContent, Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Row } from "../../api/admin";
import * as admin from "../../api/admin";
import { useAddress } from "../../parts/address";
import { Facts } from "../../parts/facts";
import { shown } from "../../parts/format";
import { KeysHelp, useHotkeys } from "../../parts/hotkeys";
import { To } from "../../parts/link";
import { Loading, Nothing } from "../../parts/page";
import { usePreferences } from "../../parts/preferences";
import { saveText } from "../../parts/save";
import { csv } from "../../parts/tabledata";
import { useTexts } from "../../texts";
import { readLine, writeLine } from "./compact";
import { Contact, Do } from "./do";
import { Refused, useDesk } from "./desk";
import { mayDo, SECTIONS, type Deed, type Filter, type Section } from "./sections";
import { heading, useWord } from "./words";

const EVERY = 15_000;
const SIZES = [20, 50, 100, 500];

/** The query of a page: terms of filters become what the service understands, others are asked first. */
async function pageOf(
  section: Section,
  terms: { filter: Filter; value: string }[],
  query: { sort: string; limit: number; offset: number },
): Promise<admin.Part> {
  const filters: string[] = [];
  const words: string[] = [];
  for (const { filter, value } of terms) {
    if (filter.how === "text") words.push(value);
    else if (filter.how === "values") filters.push(`${filter.column}=${value}`);
    else if (filter.how === "words" && !filter.without) words.push(...value.split(/\s+/).map((one) => `${filter.column}=${one}`));
    else if (filter.how === "linked") {
      const other = SECTIONS.find((one) => one.kind === filter.kind);
      const found = await admin.part(other?.list ?? "", other?.body ?? {}, { text: value, limit: 1000, offset: 0, sort: "", filter: [] });
      const ids = [...new Set(found.rows.map((row) => row[filter.theirs]).filter((one) => one !== null && one !== undefined))];
      filters.push(`${filter.ours}=${ids.length ? ids.join("|") : "∅"}`);
    }
  }
  const found = await admin.part(section.list, section.body ?? {}, { ...query, text: words.join(" "), filter: filters });
  const without = terms.filter(({ filter }) => filter.how === "words" && filter.without);
  if (!without.length) return found;
  // Said of few rows; the service has no word for it.
  const all = await admin.part(section.list, section.body ?? {}, { sort: query.sort, limit: 1000, offset: 0, text: words.join(" "), filter: filters });
  const rows = all.rows.filter((row) =>
    without.every(({ filter, value }) => filter.how === "words" && !String(row[filter.column] ?? "").includes(value)),
  );
  return { ...all, rows: rows.slice(query.offset, query.offset + query.limit), total: rows.length };
}

export function StaffList({ section }: { section: Section }) {
  const { t } = useTexts();
  const word = useWord();
  const desk = useDesk();
  const [search, change] = useAddress();
  const [wishes, prefer] = usePreferences();
  const filters: Filter[] = section.filters ?? [{ key: "text", how: "text" }];
  const { terms, wrong } = readLine(search["q"] ?? "", filters.map((one) => one.key));
  const known = terms.flatMap((one) => {
    const filter = filters.find((each) => each.key === one.key);
    return filter ? [{ filter, value: one.value }] : [];
  });
  const sort = search["sort"] ?? "";
  const size = Number(search["size"]) || 20;
  const page = Number(search["page"]) || 1;
  const asked = { sort, limit: size, offset: (page - 1) * size };
  const found = useQuery({
    queryKey: ["staff", section.kind, search["q"] ?? "", sort, size, page],
    queryFn: () => pageOf(section, known, asked),
    refetchInterval: EVERY,
    enabled: !!desk.data,
    placeholderData: (before) => before,
  });
  const idOf = (row: Row) => `${row[section.id] ?? ""}${section.kind === "quotas" ? row["resource"] : ""}`;
  const [chosen, choose] = useState<ReadonlyMap<string, Row>>(new Map());
  const [last, setLast] = useState<number | null>(null);
  const [only, setOnly] = useState(false);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [doing, setDoing] = useState<{ deed: Deed; rows: Row[] } | null>(null);
  const [writing, setWriting] = useState<Row[] | null>(null);
  const rows = only ? [...chosen.values()] : (found.data?.rows ?? []);
  const total = only ? chosen.size : (found.data?.total ?? 0);
  const picked = [...chosen.values()];
  const may = desk.data;
  const deeds = (section.deeds ?? []).filter((one) => may && mayDo(may, one));
  const mayWrite = !!section.contact && !!may && mayDo(may, { title: "staff.contact", verb: "user-contact", body: {} });
  const columns = [...new Set(section.columns)];
  const sorts = sort.split(",").filter(Boolean);
  useHotkeys({
    i: () => document.querySelector<HTMLElement>(".works")?.classList.toggle("hidden-works"),
  });

  const order = (column: string, more: boolean) => {
    const now = sorts.find((one) => one.replace(/^-/, "") === column);
    const next = now === column ? `-${column}` : column;
    const others = more ? sorts.filter((one) => one.replace(/^-/, "") !== column) : [];
    change({ sort: [...others, next].join(","), page: undefined });
  };
  const pick = (at: number, wanted: boolean, range: boolean) => {
    const next = new Map(chosen);
    const [from, to] = range && last !== null ? [Math.min(last, at), Math.max(last, at)] : [at, at];
    for (const row of rows.slice(from, to + 1)) {
      if (wanted) next.set(idOf(row), row);
      else next.delete(idOf(row));
    }
    setLast(at);
    choose(next);
  };
  const everything = async () => {
    const all = await pageOf(section, known, { sort, limit: 1000, offset: 0 });
    choose(new Map(all.rows.map((row) => [idOf(row), row])));
  };
  const save = async () => {
    const all = await pageOf(section, known, { sort, limit: 1000, offset: 0 });
    saveText(
      `${section.kind}.csv`,
      csv(all.rows, columns.map((id) => ({ id, title: heading(id), text: (row: Row) => String(row[id] ?? "") }))),
      "text/csv",
    );
  };
  const name = (row: Row) => {
    const id = encodeURIComponent(String(row[section.id]));
    const text = word(row[section.name]);
    if (section.kind === "applications") return <To to={`/projects/${id}/applications`}>{text}</To>;
    return section.show ? <To to={`/staff/${section.kind}/${id}`}>{text}</To> : text;
  };
  const actions = (row: Row) => [
    ...deeds
      .filter((deed) => deed.when?.(row) ?? true)
      .map((deed) => ({ title: t(deed.title), isDanger: deed.danger, onClick: () => setDoing({ deed, rows: [row] }) })),
    ...(mayWrite ? [{ title: t("staff.contact"), onClick: () => setWriting([row]) }] : []),
  ];

  if (desk.isError) return <Refused error={desk.error} retry={() => void desk.refetch()} />;
  return (
    <>
      <Filters section={section} filters={filters} line={search["q"] ?? ""} wrong={wrong} wishes={wishes.staffFilters?.[section.kind]} keep={(shownNow) => prefer({ staffFilters: { ...wishes.staffFilters, [section.kind]: shownNow } })} set={(q) => change({ q, page: undefined })} />
      <Toolbar className="table-tools" inset={{ default: "insetNone" }}>
        <ToolbarContent>
          {deeds.map((deed) => (
            <ToolbarItem key={deed.title}>
              <Button
                size="sm"
                variant={deed.danger ? "danger" : "secondary"}
                isDisabled={!picked.length || !picked.every((row) => deed.when?.(row) ?? true)}
                onClick={() => setDoing({ deed, rows: picked })}
              >
                {t(deed.title)}
              </Button>
            </ToolbarItem>
          ))}
          {mayWrite && (
            <ToolbarItem>
              <Button size="sm" variant="secondary" isDisabled={!picked.length} onClick={() => setWriting(picked)}>
                {t("staff.contact")}
              </Button>
            </ToolbarItem>
          )}
          <ToolbarItem>
            <Button size="sm" variant="link" onClick={() => void everything()}>
              {t("staff.selectAll", { count: found.data?.total ?? 0 })}
            </Button>
          </ToolbarItem>
          {picked.length > 0 && (
            <>
              <ToolbarItem>
                <Button size="sm" variant="link" aria-pressed={only} onClick={() => setOnly(!only)}>
                  {t(only ? "staff.showAll" : "staff.showSelected", { count: picked.length })}
                </Button>
              </ToolbarItem>
              <ToolbarItem>
                <Button
                  size="sm"
                  variant="link"
                  onClick={() => {
                    choose(new Map());
                    setOnly(false);
                  }}
                >
                  {t("staff.clear")}
                </Button>
              </ToolbarItem>
            </>
          )}
          <ToolbarItem align={{ default: "alignEnd" }}>
            <Button size="sm" variant="link" onClick={() => void save()}>
              CSV
            </Button>
            <KeysHelp keys={[["i", t("work.title")], ["Esc", t("common.close")]]} />
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      {found.isError && <Refused error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && rows.length === 0 && <Nothing title={t("staff.nothing")} />}
      {rows.length > 0 && (
        <Table aria-label={`staff-${section.kind}`} variant="compact">
          <Thead>
            <Tr>
              {section.summary && <Th screenReaderText={t("staff.more")} />}
              <Th
                screenReaderText={t("table.select")}
                select={{
                  isSelected: rows.every((row) => chosen.has(idOf(row))),
                  onSelect: (_, wanted) => {
                    const next = new Map(chosen);
                    for (const row of rows) {
                      if (wanted) next.set(idOf(row), row);
                      else next.delete(idOf(row));
                    }
                    choose(next);
                  },
                }}
              />
              {columns.map((column, index) => {
                const place = sorts.findIndex((one) => one.replace(/^-/, "") === column);
                return (
                  <Th
                    key={column}
                    modifier="nowrap"
                    sort={{
                      columnIndex: index,
                      sortBy: {
                        index: place >= 0 ? index : undefined,
                        direction: sorts[place]?.startsWith("-") ? "desc" : "asc",
                      },
                      onSort: (event) => order(column, event.shiftKey),
                    }}
                  >
                    {heading(column)}
                    {sorts.length > 1 && place >= 0 && <sup>{place + 1}</sup>}
                  </Th>
                );
              })}
              {(deeds.length > 0 || mayWrite) && <Th screenReaderText={t("table.actions")} />}
            </Tr>
          </Thead>
          {rows.map((row, at) => {
            const id = idOf(row);
            const isOpen = open.has(id);
            return (
              <Tbody key={id || at} isExpanded={isOpen}>
                <Tr isRowSelected={chosen.has(id)}>
                  {section.summary && (
                    <Td
                      expand={{
                        rowIndex: at,
                        isExpanded: isOpen,
                        onToggle: () => {
                          const next = new Set(open);
                          if (!next.delete(id)) next.add(id);
                          setOpen(next);
                        },
                      }}
                    />
                  )}
                  <Td
                    select={{
                      rowIndex: at,
                      isSelected: chosen.has(id),
                      onSelect: (event, wanted) =>
                        pick(at, wanted, !!(event.nativeEvent as MouseEvent).shiftKey),
                    }}
                  />
                  {columns.map((column) => (
                    <Td key={column} dataLabel={heading(column)} modifier="breakWord">
                      {column === section.name ? name(row) : word(row[column])}
                    </Td>
                  ))}
                  {(deeds.length > 0 || mayWrite) && (
                    <Td isActionCell>
                      <ActionsColumn items={actions(row)} popperProps={{ position: "right" }} />
                    </Td>
                  )}
                </Tr>
                {section.summary && isOpen && (
                  <Tr isExpanded>
                    <Td colSpan={columns.length + 3}>
                      <ExpandableRowContent>
                        <Facts columns={3} facts={section.summary.map((column) => [heading(column), word(row[column])])} />
                      </ExpandableRowContent>
                    </Td>
                  </Tr>
                )}
              </Tbody>
            );
          })}
        </Table>
      )}
      {!only && total > 0 && (
        <Pagination
          itemCount={total}
          page={page}
          perPage={size}
          variant="bottom"
          perPageOptions={SIZES.map((value) => ({ title: String(value), value }))}
          onSetPage={(_, wanted) => change({ page: wanted > 1 ? String(wanted) : undefined })}
          onPerPageSelect={(_, wanted) => change({ size: String(wanted), page: undefined })}
          titles={{ paginationAriaLabel: t("table.pages") }}
        />
      )}
      {doing && <Do section={section} {...doing} close={() => setDoing(null)} />}
      {writing && <Contact section={section} rows={writing} close={() => setWriting(null)} />}
    </>
  );
}

/** The filters of a section: one field each, those that one chose to see, or all in one line (UI-272). */
function Filters({
  section,
  filters,
  line,
  wrong,
  wishes,
  keep,
  set,
}: {
  section: Section;
  filters: Filter[];
  line: string;
  wrong: string[];
  wishes?: string[];
  keep: (shown: string[]) => void;
  set: (line: string | undefined) => void;
}) {
  const { t } = useTexts();
  const [compact, setCompact] = useState(false);
  const [typed, setTyped] = useState(line);
  const { terms } = readLine(line, filters.map((one) => one.key));
  const seen = wishes ?? filters.slice(0, 4).map((one) => one.key);
  useEffect(() => setTyped(line), [line]);
  useEffect(() => {
    if (typed === line) return undefined;
    const timer = setTimeout(() => set(typed || undefined), 300);
    return () => clearTimeout(timer);
  }, [typed]);
  const put = (key: string, value: string) =>
    setTyped(writeLine([...readLine(typed, filters.map((one) => one.key)).terms.filter((one) => one.key !== key), ...(value ? [{ key, value }] : [])]));
  const valueOf = (key: string) =>
    readLine(typed, filters.map((one) => one.key)).terms.find((one) => one.key === key)?.value ?? "";
  return (
    <Toolbar inset={{ default: "insetNone" }} className="table-tools" id={`filters-${section.kind}`}>
      <ToolbarContent>
        {compact ? (
          <ToolbarItem>
            <TextInput
              aria-label={t("staff.line")}
              className="filter-line"
              placeholder={filters.map((one) => `${one.key}:`).join(" ")}
              value={typed}
              validated={wrong.length ? "error" : "default"}
              onChange={(_, value) => setTyped(value)}
            />
            {wrong.length > 0 && (
              <span role="alert">{t("staff.noFilter", { words: wrong.map(shown).join(" "), names: filters.map((one) => one.key).join(", ") })}</span>
            )}
          </ToolbarItem>
        ) : (
          filters
            .filter((one) => seen.includes(one.key))
            .map((one) => (
              <ToolbarItem key={one.key}>
                {one.how === "values" ? (
                  <FormSelect aria-label={one.key} value={valueOf(one.key)} onChange={(_, value) => put(one.key, value)}>
                    <FormSelectOption value="" label={`${one.key}: …`} />
                    {one.values.map((value) => (
                      <FormSelectOption key={value} value={value} label={`${one.key}: ${value}`} />
                    ))}
                  </FormSelect>
                ) : (
                  <TextInput aria-label={one.key} placeholder={one.key} value={valueOf(one.key)} onChange={(_, value) => put(one.key, value)} />
                )}
              </ToolbarItem>
            ))
        )}
        {!compact && filters.length > 1 && (
          <ToolbarItem>
            <FormSelect
              aria-label={t("staff.filters")}
              value=""
              onChange={(_, key) => {
                if (!key) return;
                if (seen.includes(key)) put(key, "");
                keep(seen.includes(key) ? seen.filter((one) => one !== key) : [...seen, key]);
              }}
            >
              <FormSelectOption value="" label={t("staff.filters")} />
              {filters.map((one) => (
                <FormSelectOption key={one.key} value={one.key} label={`${seen.includes(one.key) ? "✓" : "+"} ${one.key}`} />
              ))}
            </FormSelect>
          </ToolbarItem>
        )}
        {filters.length > 1 && (
          <ToolbarItem>
            <Button size="sm" variant="link" aria-pressed={compact} onClick={() => setCompact(!compact)}>
              {t("staff.oneLine")}
            </Button>
          </ToolbarItem>
        )}
        {terms.length > 0 && !compact && (
          <ToolbarItem>
            {terms.map((one) => (
              <Label key={one.key} isCompact onClose={() => put(one.key, "")} closeBtnAriaLabel={`${t("common.remove")} ${one.key}`}>
                {one.key}: {shown(one.value)}
              </Label>
            ))}
          </ToolbarItem>
        )}
      </ToolbarContent>
    </Toolbar>
  );
}
