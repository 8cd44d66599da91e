/** Files found by their names, in one container or everywhere, with filters (UI-189). */
import { Checkbox, FormSelect, FormSelectOption, SearchInput, Toolbar, ToolbarContent, ToolbarItem } from "@patternfly/react-core";
import SearchIcon from "@patternfly/react-icons/dist/esm/icons/search-icon";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Found } from "../../api/files";
import * as files from "../../api/files";
import { useMe } from "../../api/queries";
import { useAddress } from "../../parts/address";
import { FaultBanner } from "../../parts/fault";
import { ago, bytes, exact, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { baseName, folderOf, pathToAddress } from "../../parts/paths";
import { DataTable } from "../../parts/table";
import { useTexts, type Key } from "../../texts";
import { fits, kindOf, type Limits } from "./kind";
import { KIND_WORDS, KindIcon } from "./kinds";

const SIZES: [string, Key][] = [
  ["", "search.anySize"],
  ["small", "search.small"],
  ["medium", "search.medium"],
  ["large", "search.large"],
];
const AGES: [string, Key][] = [
  ["", "search.anyTime"],
  ["1", "search.day"],
  ["7", "search.week"],
  ["31", "search.month"],
  ["366", "search.year"],
];

export function FileSearch() {
  const { t, language } = useTexts();
  const [search, change] = useAddress();
  const me = useMe().data;
  const words = search["words"] ?? "";
  const [typed, setTyped] = useState(words);
  useEffect(() => {
    const timer = setTimeout(() => change({ words: typed.trim() || undefined, page: undefined }), 300);
    return () => clearTimeout(timer);
  }, [typed, change]);
  const containers = useQuery({
    queryKey: ["files", "containers", me?.id ?? ""],
    queryFn: () => files.prepare(me?.id ?? ""),
    enabled: !!me,
  }).data;
  const found = useQuery({
    queryKey: ["files", "search", words, search["in"] ?? ""],
    queryFn: ({ signal }) => files.search(words, search["in"], signal),
    enabled: !!words,
  });
  const limits: Limits = {
    kind: search["kind"],
    size: search["bytes"],
    days: search["days"],
    shared: search["shared"] === "1",
    open: search["public"] === "1",
  };
  const rows = (found.data ?? []).filter((one) => fits(one, limits));
  const select = (key: string, label: string, choices: [string, string][]) => (
    <ToolbarItem>
      <FormSelect aria-label={label} value={search[key] ?? ""} onChange={(_, value) => change({ [key]: value })}>
        {choices.map(([value, title]) => (
          <FormSelectOption key={value} value={value} label={title} />
        ))}
      </FormSelect>
    </ToolbarItem>
  );
  const place = (one: Found) => {
    const folder = files.isFolder(one) ? one.name : folderOf(one.name);
    const above = one.container === "trash" ? "/trash" : `/files/${pathToAddress(one.container)}`;
    return folder ? `${above}/${pathToAddress(folder)}` : above;
  };
  return (
    <View title={t("search.files")} lead={t("search.lead")} trail={[{ title: t("nav.files"), to: "/files" }]}>
      <Toolbar inset={{ default: "insetNone" }}>
        <ToolbarContent>
          <ToolbarItem>
            <SearchInput
              aria-label={t("search.words")}
              placeholder={t("search.words")}
              value={typed}
              onChange={(_, value) => setTyped(value)}
              onClear={() => setTyped("")}
            />
          </ToolbarItem>
          {select("in", t("search.in"), [
            ["", t("search.everywhere")],
            ...(containers ?? []).map((one): [string, string] => [one.name, shown(one.name)]),
          ])}
          {select("kind", t("common.type"), [
            ["", t("search.anyType")],
            ...Object.entries(KIND_WORDS).map(([kind, word]): [string, string] => [kind, t(word)]),
          ])}
          {select("bytes", t("common.size"), SIZES.map(([value, key]) => [value, t(key)]))}
          {select("days", t("common.updated"), AGES.map(([value, key]) => [value, t(key)]))}
          <ToolbarItem alignSelf="center">
            <Checkbox id="search-shared" label={t("files.shared")} isChecked={limits.shared} onChange={(_, on) => change({ shared: on ? "1" : undefined })} />
          </ToolbarItem>
          <ToolbarItem alignSelf="center">
            <Checkbox id="search-public" label={t("files.public")} isChecked={limits.open} onChange={(_, on) => change({ public: on ? "1" : undefined })} />
          </ToolbarItem>
        </ToolbarContent>
      </Toolbar>
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {!!words && found.isPending && <Loading text={t("common.loading")} />}
      {!words && <Nothing icon={SearchIcon} title={t("search.say")} />}
      {found.data && (
        <DataTable
          name="search"
          rows={rows}
          id={(one) => `${one.container}/${one.name}`}
          first="name"
          empty={<Nothing icon={SearchIcon} title={t("search.none")} />}
          columns={[
            {
              id: "name",
              title: t("common.name"),
              main: true,
              cell: (one) => (
                <span className="file-name">
                  <KindIcon entry={one} />
                  <To to={place(one)}>{shown(baseName(one.name))}</To>
                </span>
              ),
              text: (one) => baseName(one.name),
            },
            {
              id: "where",
              title: t("files.path"),
              cell: (one) => shown([one.container, folderOf(one.name)].filter(Boolean).join("/")),
              text: (one) => [one.container, folderOf(one.name)].filter(Boolean).join("/"),
            },
            {
              id: "size",
              title: t("common.size"),
              cell: (one) => (files.isFolder(one) ? "" : bytes(one.bytes, language)),
              text: (one) => String(one.bytes),
              order: (one) => one.bytes,
            },
            {
              id: "modified",
              title: t("common.updated"),
              cell: (one) => <span title={exact(one.last_modified, language)}>{ago(one.last_modified, language)}</span>,
              text: (one) => one.last_modified,
            },
            {
              id: "type",
              title: t("common.type"),
              cell: (one) => t(KIND_WORDS[files.isFolder(one) ? "folder" : kindOf(one.name)]),
              text: (one) => t(KIND_WORDS[files.isFolder(one) ? "folder" : kindOf(one.name)]),
            },
          ]}
        />
      )}
    </View>
  );
}
