/** One folder: its content, uploads by dropping, and all that is done with files. */
import {
  Alert,
  Breadcrumb,
  BreadcrumbItem,
  Button,
  Label,
} from "@patternfly/react-core";
import FolderOpenIcon from "@patternfly/react-icons/dist/esm/icons/folder-open-icon";
import GlobeIcon from "@patternfly/react-icons/dist/esm/icons/globe-icon";
import UsersIcon from "@patternfly/react-icons/dist/esm/icons/users-icon";
import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState, type DragEvent } from "react";
import type { Entry, Place } from "../../api/files";
import * as files from "../../api/files";
import { Fault, isRecording } from "../../api/http";
import * as identity from "../../api/identity";
import { changed, client, keys, useLive, useMe } from "../../api/queries";
import { signInWay } from "../../api/session";
import { useAddress } from "../../parts/address";
import { useConfirm } from "../../parts/confirm";
import { FaultBanner } from "../../parts/fault";
import { ago, bytes, exact, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { baseName, folderOf, inside, marked, pathFromAddress, pathToAddress } from "../../parts/paths";
import { KeysHelp, useHotkeys } from "../../parts/hotkeys";
import { usePreferences } from "../../parts/preferences";
import { saveBlob, saveFrom } from "../../parts/save";
import { DataTable, type Bulk, type Column } from "../../parts/table";
import { useUploads } from "../../parts/uploads";
import { useWork } from "../../parts/work";
import { useTexts } from "../../texts";
import { ConflictDialog, TakenDialog, type Decision, type Taken } from "./conflict";
import { FileDetails } from "./details";
import { dropped, type Dropped } from "./drop";
import { FileGrid, ViewToggle } from "./grid";
import { kindOf } from "./kind";
import { KIND_WORDS, KindIcon } from "./kinds";
import { NameDialog } from "./names";
import { Preview, previewOf } from "./preview";
import { TargetDialog } from "./target";
import { Tree } from "./tree";

const SHOWN_EVERY = 5_000;
const NEW_FOR = 10_000;

export function OwnFolder() {
  const params = useParams({ strict: false }) as { container: string; _splat?: string };
  const me = useMe().data;
  if (!me) return null;
  return (
    <Folder
      account={me.id}
      container={pathFromAddress(params.container)}
      folder={pathFromAddress(params._splat ?? "") }
    />
  );
}

export function SharedFolder() {
  const params = useParams({ strict: false }) as {
    account: string;
    container: string;
    _splat?: string;
  };
  return (
    <Folder
      account={params.account}
      container={pathFromAddress(params.container)}
      folder={pathFromAddress(params._splat ?? "")}
    />
  );
}

export function Trash() {
  const me = useMe().data;
  const params = useParams({ strict: false }) as { _splat?: string };
  if (!me) return null;
  return (
    <Folder account={me.id} container="trash" folder={pathFromAddress(params._splat ?? "")} />
  );
}

function Folder({
  account,
  container,
  folder: given,
}: {
  account: string;
  container: string;
  folder: string;
}) {
  const folder = given.replace(/\/$/, "");
  const { t, language } = useTexts();
  const me = useMe().data;
  const own = me?.id === account;
  const trash = own && container === "trash";
  const key = ["files", account, container, folder];
  const found = useLive(
    key,
    (signal) =>
      files.list(account, container, folder, signal, (some) => {
        // A large folder is shown while the rest of it comes (UI-185).
        if (client.getQueryData<Entry[]>(key) === undefined) client.setQueryData(key, some);
      }),
    { fixed: SHOWN_EVERY },
  );
  const within = useQuery({
    queryKey: ["files", "shared above", account, container, folder],
    queryFn: () => files.sharedAbove(account, container, folder),
    enabled: own && !!folder && !trash,
    staleTime: 30_000,
  }).data;
  const others = [
    ...new Set(
      (found.data ?? [])
        .map((one) => one.x_object_modified_by)
        .filter((one): one is string => !!one && one !== me?.id),
    ),
  ];
  const names = useQuery({
    queryKey: ["names", ...others],
    queryFn: () => identity.namesOf(others),
    enabled: others.length > 0,
  }).data;
  const [wishes, prefer] = usePreferences();
  const grid = wishes.filesView === "grid";
  const { begin } = useWork();
  const confirm = useConfirm();
  const router = useRouter();
  const notify = useNotify();
  const uploads = useUploads();
  const input = useRef<HTMLInputElement>(null);
  const folderInput = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [making, setMaking] = useState(false);
  const [renaming, setRenaming] = useState<Entry | null>(null);
  // What is open is in the address (UI-305).
  const [search, change] = useAddress();
  const opened = search["open"] ? { name: inside(folder, search["open"]), tab: search["tab"] ?? "facts" } : null;
  const setOpened = (wanted: { name: string; tab: string } | null) =>
    change({ open: wanted ? baseName(wanted.name) : undefined, tab: wanted?.tab });
  const [target, setTarget] = useState<{ how: "copy" | "move"; entries: Entry[] } | null>(null);
  const [asking, setAsking] = useState<{ taken: string[]; decide: (d: Decision | null) => void } | null>(
    null,
  );
  const [seen, setSeen] = useState<Entry | null>(null);
  const [takenAsk, setTakenAsk] = useState<Taken | null>(null);
  const replaceInput = useRef<HTMLInputElement>(null);
  const replaced = useRef<Entry | null>(null);
  const fresh = useFresh(found.data);
  const refresh = () => changed(["files"], keys.quotas);
  const place = (entry: Entry): Place => ({ account, container, name: entry.name });
  /** A folder that is but a part of names becomes one that can be carried. */
  const solid = async (entry: Entry) => {
    if (own && entry.virtual) await files.createFolder(account, container, entry.name);
  };
  const writable =
    !trash && (own || (found.data ?? []).some((one) => one.x_object_allowed_to === "write"));

  const addressOf = (path: string) =>
    trash
      ? `/trash${path ? `/${pathToAddress(path)}` : ""}`
      : own
        ? `/files/${pathToAddress(container)}${path ? `/${pathToAddress(path)}` : ""}`
        : `/shared/${account}/${pathToAddress(container)}${path ? `/${pathToAddress(path)}` : ""}`;

  const take = async (given: Dropped[]) => {
    if (!me || !given.length) return;
    const here = new Set((found.data ?? []).map((one) => one.name));
    const top = new Set(given.filter((one) => !one.path.includes("/")).map((one) => one.path));
    const taken = [...top].filter((path) => here.has(inside(folder, path)));
    let decision: Decision = {};
    if (taken.length) {
      const decided = await new Promise<Decision | null>((decide) => setAsking({ taken, decide }));
      setAsking(null);
      if (!decided) return;
      decision = decided;
    }
    const folders = new Set<string>();
    for (const { path } of given) {
      for (let up = folderOf(path); up; up = folderOf(up)) folders.add(up);
    }
    for (const each of [...folders].sort()) {
      try {
        await files.createFolder(account, container, inside(folder, each));
      } catch (error) {
        // It is there already.
        if (!(error instanceof Fault && error.status === 412)) notify.fail(error, shown(each));
      }
    }
    const wishes = given.flatMap(({ file, path }) => {
      const what = decision[path] ?? "overwrite";
      if (what === "skip") return [];
      const name = inside(folder, what === "rename" ? marked(path, "_renamed_") : path);
      return [{ file, own: me.id, place: { account, container, name } }];
    });
    uploads.add(wishes);
  };

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (writable) void dropped(event.dataTransfer).then(take);
  };

  const download = (entry: Entry) =>
    notify.attempt(async () => {
      if (signInWay() === "pages") saveFrom(files.viewAddress(place(entry), "attachment"));
      else saveBlob(baseName(entry.name), await files.download(place(entry)));
    });
  /** One file as it is; folders and several as one ZIP. */
  const downloadAll = (entries: Entry[]) => {
    const [only] = entries;
    if (entries.length === 1 && only && !files.isFolder(only)) return download(only);
    return notify.attempt(async () =>
      saveFrom(await files.archive(account, container, entries.map((one) => one.name))),
    );
  };
  const open = (entry: Entry) => {
    const how = previewOf(entry.name);
    if (how) setSeen(entry);
    else setOpened({ name: entry.name, tab: "facts" });
  };

  /** Moves to the trash; a name that is taken there gets the time behind it. */
  const toTrash = async (entries: Entry[]) => {
    const gone: { entry: Entry; name: string }[] = [];
    const done = await begin(
      t("files.trash"),
      entries.map((entry) => ({
        name: baseName(entry.name),
        run: async () => {
          await solid(entry);
          const type = files.isFolder(entry) ? files.FOLDER : entry.content_type;
          const go = async (name: string) => {
            const to = { account, container: "trash", name };
            await files.transfer("move", place(entry), to, files.isFolder(entry), type);
            gone.push({ entry, name });
          };
          try {
            await go(baseName(entry.name));
          } catch (error) {
            if (!(error instanceof Fault && error.status === 412)) throw error;
            await go(marked(baseName(entry.name), ` ${new Date().toISOString().slice(0, 19)}`));
          }
        },
      })),
      refresh,
    );
    if (!done) return;
    notify.undo(t("files.trashed", { count: done }), async () => {
      for (const { entry, name } of gone) {
        const type = files.isFolder(entry) ? files.FOLDER : entry.content_type;
        const from = { account, container: "trash", name };
        await files.transfer("move", from, place(entry), files.isFolder(entry), type);
      }
      refresh();
    });
  };
  const destroy = async (entries: Entry[]) => {
    const yes = await confirm({
      title: t("files.deleteAsk", { count: entries.length, name: shown(baseName(entries[0]?.name ?? "")) }),
      body: t("files.deleteText"),
      verb: t("common.delete"),
      danger: true,
    });
    if (!yes) return;
    const done = await begin(
      t("common.delete"),
      entries.map((entry) => ({
        name: baseName(entry.name),
        run: async () => {
          await solid(entry);
          await files.purge(place(entry), files.isFolder(entry));
        },
      })),
      refresh,
    );
    if (done) notify.tell("success", t("files.deleted", { count: done }));
  };
  /** Moves or copies; names that are taken at the target are asked about, all at once (UI-179). */
  const carry = async (
    how: "copy" | "move",
    wanted: { entry: Entry; name: string; overwrite: boolean }[],
    to: { container: string; folder: string },
  ) => {
    if (!me) return;
    const taken: Entry[] = [];
    const done = await begin(
      t(how === "copy" ? "files.copyTo" : "files.moveTo"),
      wanted.map(({ entry, name, overwrite }) => ({
        name,
        run: async () => {
          const isFolder = files.isFolder(entry);
          const target = { account: me.id, container: to.container, name: inside(to.folder, name) };
          const type = isFolder ? files.FOLDER : entry.content_type;
          try {
            await solid(entry);
            await files.transfer(how, place(entry), target, isFolder, type, overwrite);
          } catch (error) {
            if (!(error instanceof Fault && error.status === 412)) throw error;
            taken.push(entry);
          }
        },
      })),
      refresh,
    );
    const fine = done - taken.length;
    if (fine > 0) notify.tell("success", t(how === "copy" ? "files.copied" : "files.moved", { count: fine }));
    if (!taken.length) return;
    const { versioning } = await files.capabilities(me.id, to.container);
    const answer = await new Promise<Record<string, { name: string; overwrite: boolean }> | null>(
      (decide) => setTakenAsk({ entries: taken, versioned: versioning === "auto", decide }),
    );
    setTakenAsk(null);
    if (!answer) return;
    const again = taken.flatMap((entry) => {
      const chosen = answer[entry.name];
      return chosen ? [{ entry, ...chosen }] : [];
    });
    if (again.length) await carry(how, again, to);
  };

  const columns: Column<Entry>[] = [
    {
      id: "name",
      title: t("common.name"),
      main: true,
      width: 40,
      cell: (one) => (
        <span className="file-name">
          <KindIcon entry={one} />
          {files.isFolder(one) ? (
            <To to={addressOf(one.name)}>{shown(baseName(one.name))}</To>
          ) : (
            <Button variant="link" isInline onClick={() => open(one)}>
              {shown(baseName(one.name))}
            </Button>
          )}
          {fresh.has(one.name) && (
            <Label color="teal" isCompact>
              {t("files.new")}
            </Label>
          )}
          {one.x_object_sharing ? (
            <UsersIcon role="img" aria-label={t("files.shared")} className="quiet" />
          ) : (
            within && (
              <UsersIcon
                role="img"
                aria-label={t("files.sharedWithin", { folder: shown(baseName(within)) })}
                className="quiet faint"
              />
            )
          )}
          {one.x_object_public && (
            <GlobeIcon role="img" aria-label={t("files.public")} className="quiet" />
          )}
        </span>
      ),
      text: (one) => baseName(one.name),
    },
    {
      id: "size",
      title: t("common.size"),
      cell: (one) => (files.isFolder(one) ? "" : bytes(one.bytes, language)),
      text: (one) => (files.isFolder(one) ? "" : String(one.bytes)),
      order: (one) => (files.isFolder(one) ? -1 : one.bytes),
    },
    {
      id: "modified",
      title: t("common.updated"),
      cell: (one) =>
        one.last_modified && (
          <span title={exact(one.last_modified, language)}>
            {ago(one.last_modified, language)}
            {one.x_object_modified_by && one.x_object_modified_by !== me?.id && (
              <>
                {" "}
                <span className="quiet">
                  {t("files.by", { name: names?.[one.x_object_modified_by] ?? one.x_object_modified_by })}
                </span>
              </>
            )}
          </span>
        ),
      text: (one) => one.last_modified,
    },
    {
      id: "type",
      title: t("common.type"),
      cell: (one) => t(KIND_WORDS[files.isFolder(one) ? "folder" : kindOf(one.name)]),
      text: (one) => t(KIND_WORDS[files.isFolder(one) ? "folder" : kindOf(one.name)]),
    },
  ];
  const alone = (entries: Entry[]) => entries.length === 1;
  const aFile = (entries: Entry[]) => alone(entries) && !!entries[0] && !files.isFolder(entries[0]);
  const show = (tab: string) => (entries: Entry[]) => {
    if (entries[0]) setOpened({ name: entries[0].name, tab });
  };
  const replace = ([entry]: Entry[]) => {
    replaced.current = entry ?? null;
    replaceInput.current?.click();
  };
  /** Whether one may change what is there: own, or shared with that right. */
  const mayWrite = (one: Entry | undefined) => own || one?.x_object_allowed_to === "write";
  const always = () => true;
  const bulk: Bulk<Entry>[] = trash
    ? [
        {
          title: t("files.restore"),
          allowed: always,
          run: (entries) => setTarget({ how: "move", entries }),
        },
        {
          title: t("common.delete"),
          danger: true,
          allowed: always,
          run: (entries) => void destroy(entries),
        },
      ]
    : [
        { title: t("files.download"), allowed: always, run: (entries) => void downloadAll(entries) },
        {
          title: t("files.copy"),
          allowed: always,
          run: (entries) => setTarget({ how: "copy", entries }),
        },
        {
          title: t("files.replace"),
          allowed: (entries) => aFile(entries) && mayWrite(entries[0]),
          run: replace,
        },
        ...(own
          ? [
              {
                title: t("files.move"),
                allowed: always,
                run: (entries: Entry[]) => setTarget({ how: "move", entries }),
              },
              { title: t("files.share"), allowed: alone, run: show("share") },
              { title: t("files.versions"), allowed: aFile, run: show("versions") },
              {
                title: t("files.trash"),
                danger: true,
                allowed: always,
                run: (entries: Entry[]) => void toTrash(entries),
              },
              {
                title: t("common.delete"),
                danger: true,
                allowed: always,
                run: (entries: Entry[]) => void destroy(entries),
              },
            ]
          : []),
      ];
  const registerImage = (one: Entry) => {
    const query = new URLSearchParams({ container, file: one.name });
    void router.navigate({ to: `/images/register?${query}` as never });
  };
  /** Of one: what the bar offers for it, and what is for one alone. */
  const actions = (one: Entry) => [
    ...(trash
      ? []
      : [
          { title: t("files.details"), onClick: () => show("facts")([one]) },
          ...(own ? [{ title: t("server.rename"), onClick: () => setRenaming(one) }] : []),
          ...(own && !files.isFolder(one)
            ? [{ title: t("images.register"), onClick: () => registerImage(one) }]
            : []),
        ]),
    ...bulk
      .filter((each) => each.allowed([one]))
      .map((each) => ({
        title: each.title,
        isDanger: each.danger,
        onClick: () => void each.run([one]),
      })),
  ];
  const isFirst = files.isFolder;
  useHotkeys({
    n: writable ? () => setMaking(true) : undefined,
    g: "/groups",
    u: "/usage",
  });

  const parts = folder ? folder.split("/") : [];
  return (
    <View
      title={parts.length ? shown(parts.at(-1) ?? "") : trash ? t("nav.trash") : shown(container)}
      lead={
        <Breadcrumb aria-label={t("files.path")}>
          <BreadcrumbItem>
            <To to={own ? "/files" : "/shared"}>{t(own ? "nav.files" : "nav.shared")}</To>
          </BreadcrumbItem>
          <BreadcrumbItem isActive={!parts.length}>
            {parts.length ? <To to={addressOf("")}>{shown(container)}</To> : shown(container)}
          </BreadcrumbItem>
          {parts.map((part, at) => (
            <BreadcrumbItem key={at} isActive={at === parts.length - 1}>
              {at === parts.length - 1 ? (
                shown(part)
              ) : (
                <To to={addressOf(parts.slice(0, at + 1).join("/"))}>{shown(part)}</To>
              )}
            </BreadcrumbItem>
          ))}
        </Breadcrumb>
      }
      actions={
        <>
        <ViewToggle grid={grid} set={(wanted) => prefer({ filesView: wanted ? "grid" : "list" })} />
        <KeysHelp
          keys={[
            ...(writable ? [["n", t("files.newFolder")] as const] : []),
            ["g", t("nav.groups")],
            ["u", t("nav.usage")],
          ]}
        />
        {!own && found.data ? (
          <>
            <Label>{t(writable ? "files.mayWriteHere" : "files.mayReadHere")}</Label>
            {writable && (
              <Button onClick={() => input.current?.click()}>{t("files.upload")}</Button>
            )}
          </>
        ) : (
          writable && (
          <>
            <Button onClick={() => input.current?.click()}>{t("files.upload")}</Button>
            <Button variant="secondary" onClick={() => folderInput.current?.click()}>
              {t("files.uploadFolder")}
            </Button>
            <Button variant="secondary" onClick={() => setMaking(true)}>
              {t("files.newFolder")}
            </Button>
          </>
          )
        )}
        </>
      }
    >
      {me && !trash && <Tree own={me.id} at={{ account, container, folder }} />}
      <div className="file-place">
      <input
        ref={input}
        type="file"
        multiple
        hidden
        data-test="upload"
        onChange={(event) => {
          const given = [...(event.target.files ?? [])];
          event.target.value = "";
          void take(given.map((file) => ({ file, path: file.name })));
        }}
      />
      <input
        ref={replaceInput}
        type="file"
        hidden
        data-test="replace"
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          const entry = replaced.current;
          if (file && entry && me) uploads.add([{ file, own: me.id, place: place(entry) }]);
        }}
      />
      <input
        ref={folderInput}
        type="file"
        multiple
        hidden
        {...{ webkitdirectory: "" }}
        onChange={(event) => {
          const given = [...(event.target.files ?? [])];
          event.target.value = "";
          void take(given.map((file) => ({ file, path: file.webkitRelativePath || file.name })));
        }}
      />
      <div
        className={over ? "drop over" : "drop"}
        data-test="drop"
        onDragOver={(event) => {
          if (!writable) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        {over && <Alert isInline variant="info" title={t("files.dropHere")} />}
        {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
        {found.isPending && <Loading text={t("common.loading")} />}
        {found.data && grid && found.data.length > 0 && (
          <FileGrid
            rows={found.data}
            columns={columns}
            first={isFirst}
            actions={actions}
            word={t("table.actions")}
          />
        )}
        {found.data && (!grid || found.data.length === 0) && (
          <DataTable
            name="files"
            top={isFirst}
            rows={found.data}
            id={(one) => one.name}
            first="name"
            columns={columns}
            bulk={bulk}
            actions={actions}
            empty={
              <Nothing icon={FolderOpenIcon} title={t("files.empty")}>
                {writable && t("files.emptyText")}
              </Nothing>
            }
          />
        )}
      </div>
      {making && (
        <NameDialog
          title={t("files.newFolder")}
          verb={t("common.create")}
          first=""
          taken={(found.data ?? []).map((one) => baseName(one.name))}
          close={() => setMaking(false)}
          run={async (name) => {
            await files.createFolder(account, container, inside(folder, name));
            refresh();
          }}
        />
      )}
      {renaming && (
        <NameDialog
          title={t("server.rename")}
          verb={t("server.rename")}
          first={baseName(renaming.name)}
          taken={(found.data ?? []).map((one) => baseName(one.name))}
          close={() => setRenaming(null)}
          run={async (name) => {
            const isFolder = files.isFolder(renaming);
            await solid(renaming);
            await files.transfer(
              "move",
              place(renaming),
              { account, container, name: inside(folder, name) },
              isFolder,
              isFolder ? files.FOLDER : renaming.content_type,
            );
            refresh();
            const from = { account, container, name: inside(folder, name) };
            const type = isFolder ? files.FOLDER : renaming.content_type;
            notify.undo(t("files.renamed", { name: shown(name) }), async () => {
              await files.transfer("move", from, place(renaming), isFolder, type);
              refresh();
            });
          }}
        />
      )}
      {opened !== null && me && (
        <FileDetails
          place={{ account, container, name: opened.name }}
          own={own}
          tab={opened.tab}
          setTab={(tab) => change({ tab })}
          entry={found.data?.find((one) => one.name === opened.name)}
          close={() => setOpened(null)}
        />
      )}
      {target && me && (
        <TargetDialog
          own={me.id}
          how={target.how}
          close={() => setTarget(null)}
          run={async (to) => {
            const wanted = target.entries.map((entry) => ({
              entry,
              name: baseName(entry.name),
              overwrite: false,
            }));
            const going = carry(target.how, wanted, to);
            if (isRecording()) await going;
          }}
        />
      )}
      {asking && <ConflictDialog taken={asking.taken} decide={asking.decide} />}
      {takenAsk && <TakenDialog {...takenAsk} />}
      {seen && (
        <Preview
          place={place(seen)}
          entry={seen}
          download={() => void download(seen)}
          close={() => setSeen(null)}
        />
      )}
      </div>
    </View>
  );
}

/** Names that appeared while the folder was looked at, for ten seconds (UI-183). */
function useFresh(entries: Entry[] | undefined): ReadonlySet<string> {
  const known = useRef<Set<string> | null>(null);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (!entries) {
      known.current = null;
      return undefined;
    }
    const names = new Set(entries.map((one) => one.name));
    const added = known.current ? [...names].filter((name) => !known.current?.has(name)) : [];
    known.current = names;
    if (!added.length) return undefined;
    setFresh((now) => new Set([...now, ...added]));
    const timer = setTimeout(
      () => setFresh((now) => new Set([...now].filter((name) => !added.includes(name)))),
      NEW_FOR,
    );
    return () => clearTimeout(timer);
  }, [entries]);
  return fresh;
}
