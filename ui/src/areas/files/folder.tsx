/** One folder: its content, uploads by dropping, and all that is done with files. */
import {
  Alert,
  Breadcrumb,
  BreadcrumbItem,
  Button,
  Label,
  Modal,
  ModalBody,
  ModalHeader,
} from "@patternfly/react-core";
import FolderOpenIcon from "@patternfly/react-icons/dist/esm/icons/folder-open-icon";
import GlobeIcon from "@patternfly/react-icons/dist/esm/icons/globe-icon";
import UsersIcon from "@patternfly/react-icons/dist/esm/icons/users-icon";
import { useParams, useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState, type DragEvent } from "react";
import type { Entry, Place } from "../../api/files";
import * as files from "../../api/files";
import { Fault } from "../../api/http";
import { changed, keys, useLive, useMe } from "../../api/queries";
import { useConfirm } from "../../parts/confirm";
import { Dialog } from "../../parts/dialog";
import { FaultBanner } from "../../parts/fault";
import { TextField } from "../../parts/field";
import { ago, bytes, exact, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { baseName, folderOf, inside, marked, pathFromAddress, pathToAddress } from "../../parts/paths";
import { saveBlob } from "../../parts/save";
import { DataTable, type Bulk, type Column } from "../../parts/table";
import { useUploads } from "../../parts/uploads";
import { useTexts } from "../../texts";
import { ConflictDialog, type Decision } from "./conflict";
import { FileDetails } from "./details";
import { dropped, type Dropped } from "./drop";
import { kindOf } from "./kind";
import { KIND_WORDS, KindIcon } from "./kinds";
import { TargetDialog } from "./target";

const SHOWN_EVERY = 10_000;
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
  const found = useLive(
    ["files", account, container, folder],
    (signal) => files.list(account, container, folder, signal),
    { fixed: SHOWN_EVERY },
  );
  const confirm = useConfirm();
  const router = useRouter();
  const notify = useNotify();
  const uploads = useUploads();
  const input = useRef<HTMLInputElement>(null);
  const folderInput = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [making, setMaking] = useState(false);
  const [renaming, setRenaming] = useState<Entry | null>(null);
  const [opened, setOpened] = useState<string | null>(null);
  const [target, setTarget] = useState<{ how: "copy" | "move"; entries: Entry[] } | null>(null);
  const [asking, setAsking] = useState<{ taken: string[]; decide: (d: Decision | null) => void } | null>(
    null,
  );
  const [picture, setPicture] = useState<{ name: string; address: string } | null>(null);
  const fresh = useFresh(found.data);
  const refresh = () => changed(["files"], keys.quotas);
  const place = (entry: Entry): Place => ({ account, container, name: entry.name });
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
    notify.attempt(async () => saveBlob(baseName(entry.name), await files.download(place(entry))));

  const open = async (entry: Entry) => {
    if (kindOf(entry.name) !== "image" || entry.bytes > 32 * 2 ** 20) return setOpened(entry.name);
    await notify.attempt(async () => {
      const blob = await files.download(place(entry));
      setPicture({ name: baseName(entry.name), address: URL.createObjectURL(blob) });
    });
  };

  /** Moves to the trash; a name that is taken there gets the time behind it. */
  const toTrash = async (entries: Entry[]) => {
    const done = await eachOf(entries, notify, async (entry) => {
      const to = (name: string) => ({ account, container: "trash", name });
      const type = files.isFolder(entry) ? files.FOLDER : entry.content_type;
      const go = (name: string) =>
        files.transfer("move", place(entry), to(name), files.isFolder(entry), type);
      try {
        await go(baseName(entry.name));
      } catch (error) {
        if (!(error instanceof Fault && error.status === 412)) throw error;
        await go(marked(baseName(entry.name), ` ${new Date().toISOString().slice(0, 19)}`));
      }
    });
    if (done) notify.tell("success", t("files.trashed", { count: done }));
    refresh();
  };
  const destroy = async (entries: Entry[]) => {
    const yes = await confirm({
      title: t("files.deleteAsk", { count: entries.length, name: shown(baseName(entries[0]?.name ?? "")) }),
      body: t("files.deleteText"),
      verb: t("common.delete"),
      danger: true,
    });
    if (!yes) return;
    const done = await eachOf(entries, notify, (entry) =>
      files.purge(place(entry), files.isFolder(entry)),
    );
    if (done) notify.tell("success", t("files.deleted", { count: done }));
    refresh();
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
            <Button variant="link" isInline onClick={() => void open(one)}>
              {shown(baseName(one.name))}
            </Button>
          )}
          {fresh.has(one.name) && (
            <Label color="teal" isCompact>
              {t("files.new")}
            </Label>
          )}
          {one.x_object_sharing && (
            <UsersIcon role="img" aria-label={t("files.shared")} className="quiet" />
          )}
          {one.x_object_public && (
            <GlobeIcon role="img" aria-label={t("files.public")} className="quiet" />
          )}
        </span>
      ),
      text: (one) => baseName(one.name),
      order: (one) => `${files.isFolder(one) ? "0" : "1"}${baseName(one.name)}`,
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
          <span title={exact(one.last_modified, language)}>{ago(one.last_modified, language)}</span>
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
  const bulk: Bulk<Entry>[] = trash
    ? [
        {
          title: t("files.restore"),
          allowed: () => true,
          run: (entries) => setTarget({ how: "move", entries }),
        },
        {
          title: t("common.delete"),
          danger: true,
          allowed: () => true,
          run: (entries) => void destroy(entries),
        },
      ]
    : [
        ...(own
          ? [
              {
                title: t("files.move"),
                allowed: () => true,
                run: (entries: Entry[]) => setTarget({ how: "move", entries }),
              },
            ]
          : []),
        {
          title: t("files.copy"),
          allowed: () => true,
          run: (entries: Entry[]) => setTarget({ how: "copy", entries }),
        },
        ...(own
          ? [
              {
                title: t("files.trash"),
                danger: true,
                allowed: () => true,
                run: (entries: Entry[]) => void toTrash(entries),
              },
            ]
          : []),
      ];
  const registerImage = (one: Entry) => {
    const query = new URLSearchParams({ container, file: one.name });
    void router.navigate({ to: `/images/register?${query}` as never });
  };
  const actions = (one: Entry) =>
    trash
      ? [
          { title: t("files.restore"), onClick: () => setTarget({ how: "move", entries: [one] }) },
          { title: t("common.delete"), isDanger: true, onClick: () => void destroy([one]) },
        ]
      : [
          { title: t("files.details"), onClick: () => setOpened(one.name) },
          ...(files.isFolder(one)
            ? []
            : [
                { title: t("files.download"), onClick: () => void download(one) },
                ...(own
                  ? [{ title: t("images.register"), onClick: () => registerImage(one) }]
                  : []),
              ]),
          { title: t("files.copy"), onClick: () => setTarget({ how: "copy", entries: [one] }) },
          ...(own
            ? [
                { title: t("server.rename"), onClick: () => setRenaming(one) },
                { title: t("files.move"), onClick: () => setTarget({ how: "move", entries: [one] }) },
                { title: t("files.trash"), onClick: () => void toTrash([one]) },
                { title: t("common.delete"), isDanger: true, onClick: () => void destroy([one]) },
              ]
            : []),
        ];

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
        !own && found.data ? (
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
        )
      }
    >
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
        {found.data && (
          <DataTable
            name="files"
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
            await files.transfer(
              "move",
              place(renaming),
              { account, container, name: inside(folder, name) },
              isFolder,
              isFolder ? files.FOLDER : renaming.content_type,
            );
            refresh();
          }}
        />
      )}
      {opened !== null && me && (
        <FileDetails
          place={{ account, container, name: opened }}
          own={own}
          entry={found.data?.find((one) => one.name === opened)}
          close={() => setOpened(null)}
        />
      )}
      {target && me && (
        <TargetDialog
          own={me.id}
          how={target.how}
          close={() => setTarget(null)}
          run={async (to) => {
            const failed: string[] = [];
            for (const entry of target.entries) {
              const isFolder = files.isFolder(entry);
              const type = isFolder ? files.FOLDER : entry.content_type;
              const go = (name: string) =>
                files.transfer(
                  target.how,
                  place(entry),
                  { account: me.id, container: to.container, name: inside(to.folder, name) },
                  isFolder,
                  type,
                );
              try {
                try {
                  await go(baseName(entry.name));
                } catch (error) {
                  if (!(error instanceof Fault && error.status === 412)) throw error;
                  await go(marked(baseName(entry.name), isFolder ? "_copy" : "_copy_", isFolder));
                }
              } catch (error) {
                failed.push(baseName(entry.name));
                notify.fail(error, shown(baseName(entry.name)));
              }
            }
            refresh();
            const done = target.entries.length - failed.length;
            if (done) {
              notify.tell(
                "success",
                t(target.how === "copy" ? "files.copied" : "files.moved", { count: done }),
              );
            }
          }}
        />
      )}
      {asking && <ConflictDialog taken={asking.taken} decide={asking.decide} />}
      {picture && (
        <Modal
          isOpen
          variant="large"
          onClose={() => {
            URL.revokeObjectURL(picture.address);
            setPicture(null);
          }}
          aria-labelledby="picture-title"
        >
          <ModalHeader title={shown(picture.name)} labelId="picture-title" />
          <ModalBody>
            <img src={picture.address} alt={shown(picture.name)} className="picture" />
          </ModalBody>
        </Modal>
      )}
    </View>
  );
}

/** Runs `work` for each; tells the failures; answers how many went well. */
async function eachOf(
  entries: Entry[],
  notify: ReturnType<typeof useNotify>,
  work: (entry: Entry) => Promise<unknown>,
): Promise<number> {
  let done = 0;
  for (const entry of entries) {
    try {
      await work(entry);
      done += 1;
    } catch (error) {
      notify.fail(error, shown(baseName(entry.name)));
    }
  }
  return done;
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

function NameDialog({
  title,
  verb,
  first,
  taken,
  close,
  run,
}: {
  title: string;
  verb: string;
  first: string;
  taken: string[];
  close: () => void;
  run: (name: string) => Promise<unknown>;
}) {
  const { t } = useTexts();
  const [name, setName] = useState(first);
  const wrong =
    (name !== first && taken.includes(name) && t("files.taken")) ||
    (name.includes("/") && t("containers.slash")) ||
    (name.length > 1024 && t("containers.long"));
  return (
    <Dialog
      title={title}
      verb={verb}
      variant="small"
      close={close}
      ready={!!name && name !== first && !wrong}
      submit={() => run(name)}
    >
      <TextField
        id="file-name"
        label={t("common.name")}
        value={name}
        set={setName}
        required
        wrong={wrong}
      />
    </Dialog>
  );
}
