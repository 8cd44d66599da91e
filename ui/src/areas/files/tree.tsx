/** The tree at the side: own containers and folders, and what others share, level by level (UI-167). */
import { TreeView, type TreeViewDataItem } from "@patternfly/react-core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import * as files from "../../api/files";
import * as identity from "../../api/identity";
import { shown } from "../../parts/format";
import { baseName, pathToAddress } from "../../parts/paths";
import { useTexts } from "../../texts";

/** A place in the tree: `account`, `account/container`, `account/container/folder`. */
interface Spot {
  account: string;
  container?: string;
  folder?: string;
}
const keyOf = ({ account, container, folder }: Spot) =>
  [account, container, folder].filter((one) => one !== undefined && one !== "").join("/");

/** What was opened stays so while one walks about. */
const remembered = new Map<string, Spot>();

export function Tree({ own, at }: { own: string; at: Spot }) {
  return <Branches key={keyOf(at)} own={own} at={at} />;
}

function Branches({ own, at }: { own: string; at: Spot }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const [open, setOpen] = useState<Spot[]>(() => {
    for (const spot of above(at)) remembered.set(keyOf(spot), spot);
    return [...remembered.values()];
  });
  useEffect(() => {
    document.querySelector(".file-tree .pf-m-current")?.scrollIntoView({ block: "nearest" });
  }, [open]);
  const mine = useQuery({ queryKey: ["files", "containers", own], queryFn: () => files.prepare(own) });
  const sharers = useQuery({ queryKey: ["files", "sharers"], queryFn: files.sharers });
  const people = (sharers.data ?? []).map((one) => one.name);
  const names = useQuery({
    queryKey: ["names", ...people],
    queryFn: () => identity.namesOf(people),
    enabled: people.length > 0,
  }).data;
  // What is open is read; a folder's key is that of its own page.
  const levels = useQueries({
    queries: open.map((spot) =>
      spot.container === undefined
        ? {
            queryKey: ["files", "tree", spot.account],
            queryFn: async (): Promise<Spot[]> =>
              (await files.containers(spot.account)).map((one) => ({
                account: spot.account,
                container: one.name,
              })),
            staleTime: 30_000,
          }
        : {
            queryKey: ["files", "tree", spot.account, spot.container, spot.folder ?? ""],
            queryFn: async (): Promise<Spot[]> =>
              (await files.list(spot.account, spot.container as string, spot.folder ?? ""))
                .filter(files.isFolder)
                .map((one) => ({ ...spot, folder: one.name })),
            staleTime: 30_000,
          },
    ),
  });
  const below = new Map(open.map((spot, place) => [keyOf(spot), levels[place]?.data]));
  const item = (spot: Spot, name: string): TreeViewDataItem => {
    const key = keyOf(spot);
    const under = below.get(key);
    return {
      id: key,
      name: shown(name),
      children:
        under === undefined || under.length
          ? (under ?? []).map((each) => item(each, baseName(each.folder ?? each.container ?? "")))
          : undefined,
      // Not read yet: it may have some below it.
      ...(under === undefined ? { children: [{ id: `${key}//`, name: "…" }] } : {}),
      defaultExpanded: open.some((one) => keyOf(one) === key),
    };
  };
  const data: TreeViewDataItem[] = [
    {
      id: "mine",
      name: t("nav.files"),
      defaultExpanded: true,
      children: (mine.data ?? [])
        .filter((one) => one.name !== "trash")
        .map((one) => item({ account: own, container: one.name }, one.name)),
    },
    ...(people.length
      ? [
          {
            id: "shared",
            name: t("nav.shared"),
            defaultExpanded: at.account !== own,
            children: people.map((one) => item({ account: one }, names?.[one] ?? one)),
          },
        ]
      : []),
  ];
  const read = (id: string) => {
    const spot = spotOf(id);
    if (!spot) return;
    remembered.set(id, spot);
    setOpen((now) => (now.some((one) => keyOf(one) === id) ? now : [...now, spot]));
  };
  return (
    <nav className="file-tree" aria-label={t("files.tree")}>
      <TreeView
        aria-label={t("files.tree")}
        data={data}
        activeItems={[{ id: keyOf(at), name: "" }]}
        hasSelectableNodes
        onExpand={(_, one) => read(String(one.id))}
        onCollapse={(_, one) => remembered.delete(String(one.id))}
        onSelect={(_, one) => {
          const spot = spotOf(String(one.id));
          if (!spot) return void navigate({ to: (one.id === "shared" ? "/shared" : "/files") as never });
          read(String(one.id));
          void navigate({ to: addressOf(spot, own) as never });
        }}
      />
    </nav>
  );
}

function spotOf(id: string): Spot | null {
  if (id === "mine" || id === "shared" || id.endsWith("//")) return null;
  const [account = "", container, ...folder] = id.split("/");
  return { account, container, folder: folder.length ? folder.join("/") : undefined };
}

function addressOf({ account, container, folder }: Spot, own: string): string {
  const rest = [container, folder].filter((one): one is string => !!one).map(pathToAddress);
  return [account === own ? "/files" : `/shared/${account}`, ...rest].join("/");
}

function above({ account, container, folder }: Spot): Spot[] {
  if (container === undefined) return [{ account }];
  const parts = folder ? folder.split("/") : [];
  return [
    { account, container },
    ...parts.map((_, at) => ({ account, container, folder: parts.slice(0, at + 1).join("/") })),
  ];
}
