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
import { Fragment, useMemo, useState, type ReactNode } from "react";
import { useTexts } from "../texts";
import { useAddress } from "./address";
import { NearRows, parted } from "./near";
import { Nothing } from "./page";
import { usePreferences } from "./preferences";
import { saveText } from "./save";
import { arrange, csv } from "./tabledata";

/** Up to so many rows stand in the page at once; of more those that are near the screen. */
const WHOLE = 100;
const PART = 10;

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
  const visible = chosen
    ? [
        ...columns.filter((one) => one.main),
        ...chosen.flatMap((id) => columns.filter((one) => one.id === id && !one.main)),
      ]
    : columns.filter((one) => one.main || !one.spare);
  const keep = (ids: string[]) => prefer({ columns: { ...wishes.columns, [name]: ids } });
  const order = search["sort"] ?? wishes.orders?.[name] ?? first ?? "";
  const filter = search["q"] ?? "";
  const found = useMemo(() => {
    const ordered = arrange(rows, columns, filter, order, language);
    return group ? ordered.sort((one, other) => group.of(one) - group.of(other)) : ordered;
  }, [rows, columns, filter, order, language, group]);
  const size = Number(search["size"]) || 50;
  const page = Math.min(Number(search["page"]) || 1, Math.max(1, Math.ceil(found.length / size)));
  const here = found.slice((page - 1) * size, page * size);
  const picked = rows.filter((row) => selected.has(id(row)));
  const descending = order.startsWith("-");
  const sorted = descending ? order.slice(1) : order;

  if (!rows.length) return <>{empty}</>;

  const toggle = (row: R, wanted: boolean) => {
    const next = new Set(selected);
    if (wanted) next.add(id(row));
    else next.delete(id(row));
    setSelected(next);
  };
  const width = visible.length + (bulk.length ? 1 : 0) + (actions ? 1 : 0);
  const rowOf = (row: R, index: number) => (
    <Tr key={id(row)} isRowSelected={selected.has(id(row))}>
      {bulk.length > 0 && (
        <Td
          select={{
            rowIndex: index,
            isSelected: selected.has(id(row)),
            onSelect: (_, wanted) => toggle(row, wanted),
          }}
        />
      )}
      {visible.map((one) => (
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
                    isDisabled={!picked.length || !one.allowed(picked)}
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
        <Table aria-label={name} variant="compact">
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
          {(group?.titles ?? [""]).map((title, at) => {
            const those = group ? here.filter((row) => group.of(row) === at) : here;
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
                {those.length > WHOLE ? (
                  parted(those, PART).map((part, place) => (
                    <NearRows
                      key={place}
                      first={place < 3}
                      count={part.length}
                      columns={width}
                    >
                      {() => part.map((row, index) => rowOf(row, place * PART + index))}
                    </NearRows>
                  ))
                ) : (
                  <Tbody>{those.map(rowOf)}</Tbody>
                )}
              </Fragment>
            );
          })}
        </Table>
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
