/**
 * The one table: filter, order and page in the address, chosen columns, selection for many at once,
 * and the list as a file. Rows are what a list holds; the table never asks the daemon itself.
 */
import {
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  MenuItemAction,
  MenuToggle,
  Pagination,
  SearchInput,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from "@patternfly/react-core";
import ArrowUpIcon from "@patternfly/react-icons/dist/esm/icons/arrow-up-icon";
import ColumnsIcon from "@patternfly/react-icons/dist/esm/icons/columns-icon";
import DownloadIcon from "@patternfly/react-icons/dist/esm/icons/download-icon";
import { ActionsColumn, Table, Tbody, Td, Th, Thead, Tr, type IAction } from "@patternfly/react-table";
import { Fragment, memo, useCallback, useMemo, useRef, useState, type ReactNode } from "react";
import { useTexts } from "../texts";
import { useAddress } from "./address";
import { useOnline } from "./online";
import { Nothing } from "./page";
import { usePreferences } from "./preferences";
import { saveText } from "./save";
import { arrange, csv } from "./tabledata";
import { useNear } from "./window";

export interface Column<R> {
  id: string;
  title: string;
  cell: (row: R) => ReactNode;
  /** What is searched, exported, and sorted by when there is no `order`. */
  text: (row: R) => string;
  order?: (row: R) => string | number;
  /** Hidden until chosen. */
  spare?: boolean;
  /** Names the row for readers of the screen. */
  main?: boolean;
  width?: 10 | 15 | 20 | 25 | 30 | 40;
}

export interface Bulk<R> {
  title: string;
  danger?: boolean;
  allowed: (rows: R[]) => boolean;
  run: (rows: R[]) => void | Promise<void>;
}

interface RowProps<R> {
  row: R;
  name: string;
  index: number;
  columns: Column<R>[];
  selected: boolean;
  toggle?: (name: string, wanted: boolean) => void;
  actions?: (row: R) => IAction[];
}

/** Drawn anew only when something of it changes: a list that scrolls draws what comes into sight. */
const Row = memo(function Row<R>({
  row,
  name,
  index,
  columns,
  selected,
  toggle,
  actions,
}: RowProps<R>) {
  return (
    <Tr isRowSelected={selected}>
      {toggle && (
        <Td
          select={{
            rowIndex: index,
            isSelected: selected,
            onSelect: (_, wanted) => toggle(name, wanted),
          }}
        />
      )}
      {columns.map((one) => (
        <Td key={one.id} dataLabel={one.title} modifier="breakWord">
          {one.cell(row)}
        </Td>
      ))}
      {actions && (
        <Td isActionCell>
          <ActionsColumn
            items={actions(row)}
            actionsToggle={undefined}
            popperProps={{ position: "right" }}
          />
        </Td>
      )}
    </Tr>
  );
}) as <R>(props: RowProps<R>) => ReactNode;

export function DataTable<R>({
  name,
  rows,
  columns,
  id,
  empty,
  actions,
  bulk = [],
  tools,
  filters,
  first,
  top,
  group,
}: {
  /** For readers, files and kept columns. */
  name: string;
  rows: R[];
  columns: Column<R>[];
  id: (row: R) => string;
  empty: ReactNode;
  actions?: (row: R) => IAction[];
  bulk?: Bulk<R>[];
  tools?: ReactNode;
  filters?: ReactNode;
  /** Order at first: a column, "-" before it for descending. */
  first?: string;
  /** Rows that come before the others, whatever the order. */
  top?: (row: R) => boolean;
  /** Titles of groups, in their order, and whose group a row is in. */
  group?: { titles: string[]; of: (row: R) => number };
}) {
  const { t, language } = useTexts();
  const [search, change] = useAddress();
  const [wishes, prefer] = usePreferences();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [choosing, setChoosing] = useState(false);
  const [exporting, setExporting] = useState(false);

  const chosen = wishes.columns?.[name];
  const visible = useMemo(
    () =>
      chosen
        ? [
            ...columns.filter((one) => one.main),
            ...chosen.flatMap((id) => columns.filter((one) => one.id === id && !one.main)),
          ]
        : columns.filter((one) => one.main || !one.spare),
    [columns, chosen],
  );
  const toggle = useCallback((name: string, wanted: boolean) => {
    setSelected((now) => {
      const next = new Set(now);
      if (wanted) next.add(name);
      else next.delete(name);
      return next;
    });
  }, []);
  const keep = (ids: string[]) => prefer({ columns: { ...wishes.columns, [name]: ids } });
  const order = search["sort"] ?? wishes.orders?.[name] ?? first ?? "";
  const filter = search["q"] ?? "";
  const found = useMemo(() => {
    const ordered = arrange(rows, columns, filter, order, language);
    if (top) return [...ordered.filter(top), ...ordered.filter((row) => !top(row))];
    return group ? ordered.sort((one, other) => group.of(one) - group.of(other)) : ordered;
  }, [rows, columns, filter, order, language, group, top]);
  const size = Number(search["size"]) || 50;
  const page = Math.min(Number(search["page"]) || 1, Math.max(1, Math.ceil(found.length / size)));
  const here = found.slice((page - 1) * size, page * size);
  const online = useOnline();
  const list = useRef<HTMLDivElement>(null);
  const drawn = useNear(here.length, list);
  const near = here.slice(drawn.first, drawn.end);
  const picked = rows.filter((row) => selected.has(id(row)));
  const descending = order.startsWith("-");
  const sorted = descending ? order.slice(1) : order;

  if (!rows.length) return <>{empty}</>;

  const width = visible.length + (bulk.length ? 1 : 0) + (actions ? 1 : 0);
  const save = (kind: "csv" | "json") => {
    const text =
      kind === "csv"
        ? csv(found, visible)
        : JSON.stringify(
            found.map((row) =>
              Object.fromEntries(visible.map((one) => [one.id, one.text(row)])),
            ),
            null,
            2,
          );
    saveText(`${name}.${kind}`, text, kind === "csv" ? "text/csv" : "application/json");
  };

  return (
    <>
      <Toolbar className="table-tools" inset={{ default: "insetNone" }}>
        <ToolbarContent>
          <ToolbarItem>
            <SearchInput
              aria-label={t("table.filter")}
              placeholder={t("table.filter")}
              value={filter}
              onChange={(_, value) => change({ q: value, page: undefined })}
              onClear={() => change({ q: undefined })}
            />
          </ToolbarItem>
          {filters && <ToolbarGroup variant="filter-group">{filters}</ToolbarGroup>}
          {bulk.length > 0 && (
            <ToolbarGroup>
              {bulk.map((one) => (
                <ToolbarItem key={one.title}>
                  <Button
                    variant={one.danger ? "danger" : "secondary"}
                    size={bulk.length > 4 ? "sm" : "default"}
                    isDisabled={!online || !picked.length || !one.allowed(picked)}
                    onClick={() => void one.run(picked)}
                  >
                    {one.title}
                  </Button>
                </ToolbarItem>
              ))}
            </ToolbarGroup>
          )}
          {tools}
          <ToolbarGroup align={{ default: "alignEnd" }}>
            <ToolbarItem>
              <Dropdown
                isOpen={choosing}
                onOpenChange={setChoosing}
                toggle={(ref) => (
                  <MenuToggle
                    ref={ref}
                    variant="plain"
                    aria-label={t("table.columns")}
                    icon={<ColumnsIcon />}
                    isExpanded={choosing}
                    onClick={() => setChoosing(!choosing)}
                  />
                )}
              >
                <DropdownList>
                  {[...visible, ...columns.filter((one) => !visible.includes(one))]
                    .filter((one) => !one.main)
                    .map((one) => {
                      const ids = visible.filter((each) => !each.main).map((each) => each.id);
                      const place = ids.indexOf(one.id);
                      const on = place >= 0;
                      return (
                        <DropdownItem
                          key={one.id}
                          isSelected={on}
                          aria-label={t(on ? "table.hide" : "table.show", { name: one.title })}
                          actions={
                            place > 0 ? (
                              <MenuItemAction
                                icon={<ArrowUpIcon />}
                                aria-label={t("table.earlier", { name: one.title })}
                                onClick={() =>
                                  keep([
                                    ...ids.slice(0, place - 1),
                                    one.id,
                                    ids[place - 1] ?? "",
                                    ...ids.slice(place + 1),
                                  ])
                                }
                              />
                            ) : undefined
                          }
                          onClick={() =>
                            keep(on ? ids.filter((each) => each !== one.id) : [...ids, one.id])
                          }
                        >
                          {one.title}
                        </DropdownItem>
                      );
                    })}
                </DropdownList>
              </Dropdown>
            </ToolbarItem>
            <ToolbarItem>
              <Dropdown
                isOpen={exporting}
                onOpenChange={setExporting}
                onSelect={() => setExporting(false)}
                toggle={(ref) => (
                  <MenuToggle
                    ref={ref}
                    variant="plain"
                    aria-label={t("table.export")}
                    icon={<DownloadIcon />}
                    isExpanded={exporting}
                    onClick={() => setExporting(!exporting)}
                  />
                )}
              >
                <DropdownList>
                  <DropdownItem onClick={() => save("csv")}>CSV</DropdownItem>
                  <DropdownItem onClick={() => save("json")}>JSON</DropdownItem>
                </DropdownList>
              </Dropdown>
            </ToolbarItem>
          </ToolbarGroup>
        </ToolbarContent>
      </Toolbar>
      {found.length === 0 ? (
        <Nothing
          title={t("table.none")}
          actions={
            <Button variant="link" onClick={() => change({ q: undefined })}>
              {t("table.clear")}
            </Button>
          }
        />
      ) : (
        <div ref={list}>
          <Table
            aria-label={name}
            variant={wishes.density === "comfortable" ? undefined : "compact"}
            aria-rowcount={here.length + 1}
          >
            <Thead>
              <Tr>
                {bulk.length > 0 && (
                  <Th
                    screenReaderText={t("table.select")}
                    select={{
                      isSelected: here.length > 0 && here.every((row) => selected.has(id(row))),
                      onSelect: (_, wanted) =>
                        setSelected(wanted ? new Set(found.map(id)) : new Set()),
                    }}
                  />
                )}
                {visible.map((one, index) => (
                  <Th
                    key={one.id}
                    width={one.width}
                    modifier="nowrap"
                    sort={{
                      columnIndex: index,
                      sortBy: {
                        index: visible.findIndex((each) => each.id === sorted),
                        direction: descending ? "desc" : "asc",
                      },
                      onSort: (_, __, direction) => {
                        const sort = direction === "desc" ? `-${one.id}` : one.id;
                        change({ sort });
                        prefer({ orders: { ...wishes.orders, [name]: sort } });
                      },
                    }}
                  >
                    {one.title}
                  </Th>
                ))}
                {actions && <Th screenReaderText={t("table.actions")} />}
              </Tr>
            </Thead>
            {drawn.first > 0 && (
              <Tbody>
                <tr aria-hidden style={{ blockSize: drawn.first * drawn.row }} />
              </Tbody>
            )}
            {(group?.titles ?? [""]).map((title, at) => {
              const those = group ? near.filter((row) => group.of(row) === at) : near;
              if (!those.length) return null;
              return (
                <Fragment key={title}>
                  {title && (
                    <Tbody>
                      <Tr className="table-group">
                        <Th scope="colgroup" colSpan={width}>
                          {title}
                        </Th>
                      </Tr>
                    </Tbody>
                  )}
                  <Tbody>
                    {those.map((row) => (
                      <Row
                        key={id(row)}
                        row={row}
                        name={id(row)}
                        index={drawn.first + near.indexOf(row)}
                        columns={visible}
                        selected={selected.has(id(row))}
                        toggle={bulk.length > 0 ? toggle : undefined}
                        actions={actions}
                      />
                    ))}
                  </Tbody>
                </Fragment>
              );
            })}
            {drawn.end < here.length && (
              <Tbody>
                <tr aria-hidden style={{ blockSize: (here.length - drawn.end) * drawn.row }} />
              </Tbody>
            )}
          </Table>
        </div>
      )}
      {found.length > 20 && (
        <Pagination
          itemCount={found.length}
          page={page}
          perPage={size}
          variant="bottom"
          perPageOptions={[20, 50, 100, 500, 1000].map((value) => ({ title: String(value), value }))}
          onSetPage={(_, wanted) => change({ page: wanted > 1 ? String(wanted) : undefined })}
          onPerPageSelect={(_, wanted) => change({ size: String(wanted), page: undefined })}
          titles={{ paginationAriaLabel: t("table.pages") }}
        />
      )}
    </>
  );
}
