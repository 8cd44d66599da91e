/** Entries as cards (UI-160, UI-168), in the order of the table: what is said of each is the same. */
import { Card, CardBody, CardHeader, CardTitle, ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import { ActionsColumn, type IAction } from "@patternfly/react-table";
import { Fragment, useMemo } from "react";
import { useAddress } from "../../parts/address";
import type { Column } from "../../parts/table";
import { arrange } from "../../parts/tabledata";
import { useTexts } from "../../texts";

export function FileGrid<R extends { name: string }>({
  rows,
  columns,
  first,
  sort,
  actions,
  word,
}: {
  rows: R[];
  columns: Column<R>[];
  first?: (row: R) => boolean;
  /** The order when the address names none. */
  sort?: string;
  actions: (row: R) => IAction[];
  word: string;
}) {
  const { language } = useTexts();
  const [search] = useAddress();
  const found = useMemo(() => {
    const all = arrange(rows, columns, search["q"] ?? "", search["sort"] ?? sort ?? "name", language);
    return first ? [...all.filter(first), ...all.filter((row) => !first(row))] : all;
  }, [rows, columns, search, sort, first, language]);
  const main = columns.find((one) => one.main);
  return (
    <ul className="card-grid plain">
      {found.slice(0, MOST).map((row) => (
        <li key={row.name} data-card={row.name}>
          <Card isCompact isFullHeight>
            <CardHeader
              actions={{
                actions: (
                  <ActionsColumn items={actions(row)} aria-label={`${word}: ${row.name}`} popperProps={{ position: "right" }} />
                ),
              }}
            >
              <CardTitle>{main?.cell(row)}</CardTitle>
            </CardHeader>
            <CardBody className="quiet">
              {columns
                .filter((one) => !one.main && !one.spare)
                .map((one) => {
                  const cell = one.cell(row);
                  return cell ? <Fragment key={one.id}>{cell} · </Fragment> : null;
                })}
            </CardBody>
          </Card>
        </li>
      ))}
    </ul>
  );
}

/** Cards are heavier than rows; whoever has more uses the list. */
const MOST = 500;

export function ViewToggle({ grid, set }: { grid: boolean; set: (grid: boolean) => void }) {
  const { t } = useTexts();
  return (
    <ToggleGroup aria-label={t("files.view")} isCompact>
      <ToggleGroupItem text={t("files.list")} buttonId="view-list" isSelected={!grid} onChange={() => set(false)} />
      <ToggleGroupItem text={t("files.grid")} buttonId="view-grid" isSelected={grid} onChange={() => set(true)} />
    </ToggleGroup>
  );
}
