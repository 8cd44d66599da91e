/** The containers of one's account. */
import { Button, FormSelect, FormSelectOption, Label } from "@patternfly/react-core";
import DatabaseIcon from "@patternfly/react-icons/dist/esm/icons/database-icon";
import TrashIcon from "@patternfly/react-icons/dist/esm/icons/trash-icon";
import { useState } from "react";
import * as files from "../../api/files";
import * as identity from "../../api/identity";
import { changed, keys, useLive, useMe, useQuotas } from "../../api/queries";
import { useAddress } from "../../parts/address";
import { useBulk } from "../../parts/bulk";
import { useConfirm } from "../../parts/confirm";
import { Dialog } from "../../parts/dialog";
import { Field, TextField } from "../../parts/field";
import { ago, bytes, exact, number, shown } from "../../parts/format";
import { KeysHelp, useHotkeys } from "../../parts/hotkeys";
import { ButtonTo, To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { pathToAddress } from "../../parts/paths";
import { usePreferences } from "../../parts/preferences";
import { ProjectSelect, useProjectName } from "../../parts/project";
import { leftOf } from "../../parts/quota";
import { DataTable, type Column } from "../../parts/table";
import { useWork } from "../../parts/work";
import { Unreached } from "../../parts/unreached";
import { useTexts } from "../../texts";
import { FileGrid, ViewToggle } from "./grid";
import { troubleOf } from "./kind";

const SHOWN_EVERY = 5_000;
/** Deletions at a time while a container is emptied. */
const EMPTYING = 6;

export function Containers() {
  const { t, language } = useTexts();
  const me = useMe().data;
  const [search, change] = useAddress();
  const found = useLive(["files", "containers", me?.id ?? ""], () => files.prepare(me?.id ?? ""), {
    fixed: SHOWN_EVERY,
    enabled: !!me,
  });
  const projectName = useProjectName();
  const quotas = useQuotas().data;
  const related = useLive(["projects", "related"], () => identity.projects("all"), { fixed: SHOWN_EVERY }).data;
  const [wishes, prefer] = usePreferences();
  const grid = wishes.containersView !== "list";
  const { begin } = useWork();
  const bulk = useBulk();
  const confirm = useConfirm();
  const notify = useNotify();
  const [creating, setCreating] = useState(false);
  const [moving, setMoving] = useState<files.Container | null>(null);
  const refresh = () => changed(["files"], keys.quotas);

  const empty = async (one: files.Container) => {
    const yes = await confirm({
      title: t("containers.emptyAsk", { name: shown(one.name) }),
      body: t("containers.emptyText", { count: one.count, bytes: bytes(one.bytes, language) }),
      verb: t("containers.empty"),
      danger: true,
    });
    if (!yes) return;
    if (await clear(one)) notify.tell("success", t("containers.emptied"));
  };
  /** Deletes what is in it, with its progress and a way to stop (UI-166); whether all is gone. */
  const clear = async (one: files.Container): Promise<boolean> => {
    if (!me) return false;
    const names: string[] = [];
    const read = await notify.attempt(async () => {
      for await (const page of files.everything(me.id, one.name)) names.push(...page.map((each) => each.name));
    });
    if (!read) return false;
    const done = await begin(
      t("containers.emptying", { name: shown(one.name) }),
      names.map((name) => ({
        name,
        run: (signal) => files.removeObject({ account: me.id, container: one.name, name }, signal),
      })),
      refresh,
      EMPTYING,
    );
    return done === names.length;
  };
  const remove = async (one: files.Container) => {
    const yes = await confirm({
      title: t("containers.deleteAsk", { name: shown(one.name) }),
      body: t("containers.emptyText", { count: one.count, bytes: bytes(one.bytes, language) }),
      verb: t("common.delete"),
      danger: true,
      typed: one.count ? one.name : undefined,
    });
    if (!yes || !me) return;
    if (one.count && !(await clear(one))) return;
    await notify.attempt(() => files.removeContainer(me.id, one.name), t("containers.deleted"));
    refresh();
  };
  /** Why its project does not hold it any more (UI-164), or null. */
  const trouble = (one: files.Container) =>
    me && quotas
      ? troubleOf(one.x_container_policy?.project ?? me.id, quotas, related ?? [], me.projects)
      : null;
  useHotkeys({ n: () => setCreating(true), g: "/groups", u: "/usage" });

  const columns: Column<files.Container>[] = [
            {
              id: "name",
              title: t("common.name"),
              main: true,
              cell: (one) => (
                <span className="status">
                  {one.name === "trash" ? <TrashIcon aria-hidden /> : <DatabaseIcon aria-hidden />}
                  <To to={one.name === "trash" ? "/trash" : `/files/${pathToAddress(one.name)}`}>
                    {shown(one.name)}
                  </To>
                </span>
              ),
              text: (one) => one.name,
            },
            {
              id: "count",
              title: t("containers.count"),
              cell: (one) => number(one.count, language),
              text: (one) => String(one.count),
              order: (one) => one.count,
            },
            {
              id: "bytes",
              title: t("common.size"),
              cell: (one) => bytes(one.bytes, language),
              text: (one) => String(one.bytes),
              order: (one) => one.bytes,
            },
            {
              id: "modified",
              title: t("common.updated"),
              cell: (one) => (
                <span title={exact(one.last_modified, language)}>
                  {ago(one.last_modified, language)}
                </span>
              ),
              text: (one) => one.last_modified,
            },
            {
              id: "project",
              title: t("common.project"),
              cell: (one) => {
                const why = trouble(one);
                return (
                  <>
                    {projectName(one.x_container_policy?.project ?? null)}{" "}
                    {why && (
                      <Label isCompact color="orange">
                        {t(why)}
                      </Label>
                    )}
                  </>
                );
              },
              text: (one) => projectName(one.x_container_policy?.project ?? null),
            },
            {
              id: "versioning",
              title: t("containers.versioning"),
              cell: (one) => (
                <Label isCompact>
                  {t(one.x_container_policy?.versioning === "none" ? "common.no" : "common.yes")}
                </Label>
              ),
              text: (one) => one.x_container_policy?.versioning ?? "",
              spare: true,
            },
          ];
  const actions = (one: files.Container) => [
            { title: t("containers.reassign"), onClick: () => setMoving(one) },
            ...(one.count
              ? [{ title: t("containers.empty"), isDanger: true, onClick: () => void empty(one) }]
              : []),
            ...(one.name === "trash"
              ? []
              : [{ title: t("common.delete"), isDanger: true, onClick: () => void remove(one) }]),
          ];
  return (
    <View
      title={t("nav.files")}
      lead={t("containers.lead")}
      actions={
        <>
          <ViewToggle grid={grid} set={(wanted) => prefer({ containersView: wanted ? "grid" : "list" })} />
          <KeysHelp keys={[["n", t("containers.create")], ["g", t("nav.groups")], ["u", t("nav.usage")]]} />
          <ButtonTo to="/search" variant="secondary">
            {t("search.title")}
          </ButtonTo>
          <Button onClick={() => setCreating(true)}>{t("containers.create")}</Button>
        </>
      }
    >
      {found.isError && <Unreached error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && grid && (
        <>
          <FormSelect
            aria-label={t("containers.sort")}
            className="sort-select"
            value={search["sort"] ?? "name"}
            onChange={(_, sort) => change({ sort })}
          >
            {columns
              .filter((one) => one.order || one.id === "name" || one.id === "modified")
              .flatMap((one) => [
                <FormSelectOption key={one.id} value={one.id} label={`${one.title} ↑`} />,
                <FormSelectOption key={`-${one.id}`} value={`-${one.id}`} label={`${one.title} ↓`} />,
              ])}
          </FormSelect>
          <FileGrid rows={found.data} columns={columns} actions={actions} word={t("table.actions")} />
        </>
      )}
      {found.data && !grid && (
        <DataTable
          name="containers"
          bulk={[
            bulk<files.Container>({
              title: t("common.delete"),
              danger: true,
              allowed: (one) => one.name !== "trash" && one.count === 0,
              name: (one) => shown(one.name),
              run: (one) => files.removeContainer(me?.id ?? "", one.name),
              after: refresh,
            }),
          ]}
          rows={found.data}
          id={(one) => one.name}
          first="name"
          empty={<Nothing icon={DatabaseIcon} title={t("containers.none")} />}
          columns={columns}
          actions={actions}
        />
      )}
      {creating && me && (
        <Create
          taken={(found.data ?? []).map((one) => one.name)}
          account={me.id}
          close={() => setCreating(false)}
        />
      )}
      {moving && me && (
        <Reassign container={moving} account={me.id} close={() => setMoving(null)} />
      )}
    </View>
  );
}

function Create({
  taken,
  account,
  close,
}: {
  taken: string[];
  account: string;
  close: () => void;
}) {
  const { t } = useTexts();
  const [name, setName] = useState("");
  const [project, setProject] = useState(account);
  const wrong =
    (taken.includes(name) && t("containers.taken")) ||
    (name.includes("/") && t("containers.slash")) ||
    (name.length > 256 && t("containers.long"));
  return (
    <Dialog
      title={t("containers.create")}
      verb={t("common.create")}
      close={close}
      ready={!!name && !wrong}
      submit={async () => {
        await files.createContainer(account, name, project);
        changed(["files"]);
      }}
    >
      <TextField
        id="container-name"
        label={t("common.name")}
        value={name}
        set={setName}
        required
        wrong={wrong}
        hint={t("containers.hint")}
      />
      <Field id="container-project" label={t("common.project")}>
        <ProjectSelect id="container-project" value={project} onChange={setProject} />
      </Field>
    </Dialog>
  );
}

function Reassign({
  container,
  account,
  close,
}: {
  container: files.Container;
  account: string;
  close: () => void;
}) {
  const { t, language } = useTexts();
  const quotas = useQuotas().data ?? {};
  const now = container.x_container_policy?.project ?? account;
  const [project, setProject] = useState(now);
  const room = (id: string) => leftOf(quotas, id, "pithos.diskspace");
  return (
    <Dialog
      title={t("containers.reassignTitle", { name: shown(container.name) })}
      verb={t("containers.reassign")}
      close={close}
      ready={project !== now}
      submit={async () => {
        await files.setContainerProject(account, container.name, project);
        changed(["files"], keys.quotas);
      }}
    >
      <Field id="container-project" label={t("common.project")}>
        <ProjectSelect
          id="container-project"
          value={project}
          onChange={setProject}
          disabled={(id) => id !== now && room(id) < container.bytes}
          note={(id) => t("containers.free", { free: bytes(room(id), language) })}
        />
      </Field>
    </Dialog>
  );
}
