/** The containers of one's account. */
import { Button, Label } from "@patternfly/react-core";
import DatabaseIcon from "@patternfly/react-icons/dist/esm/icons/database-icon";
import TrashIcon from "@patternfly/react-icons/dist/esm/icons/trash-icon";
import { useState } from "react";
import * as files from "../../api/files";
import { changed, keys, useLive, useMe, useQuotas } from "../../api/queries";
import { useConfirm } from "../../parts/confirm";
import { Dialog } from "../../parts/dialog";
import { FaultBanner } from "../../parts/fault";
import { Field, TextField } from "../../parts/field";
import { ago, bytes, exact, number, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { pathToAddress } from "../../parts/paths";
import { ProjectSelect, useProjectName } from "../../parts/project";
import { leftOf } from "../../parts/quota";
import { DataTable } from "../../parts/table";
import { useTexts } from "../../texts";

const SHOWN_EVERY = 15_000;

export function Containers() {
  const { t, language } = useTexts();
  const me = useMe().data;
  const found = useLive(["files", "containers", me?.id ?? ""], () => files.prepare(me?.id ?? ""), {
    fixed: SHOWN_EVERY,
    enabled: !!me,
  });
  const projectName = useProjectName();
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
    if (!yes || !me) return;
    await notify.attempt(() => files.emptyContainer(me.id, one.name), t("containers.emptied"));
    refresh();
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
    await notify.attempt(async () => {
      if (one.count) await files.emptyContainer(me.id, one.name);
      await files.removeContainer(me.id, one.name);
    }, t("containers.deleted"));
    refresh();
  };

  return (
    <View
      title={t("nav.files")}
      lead={t("containers.lead")}
      actions={<Button onClick={() => setCreating(true)}>{t("containers.create")}</Button>}
    >
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <DataTable
          name="containers"
          rows={found.data}
          id={(one) => one.name}
          first="name"
          empty={<Nothing icon={DatabaseIcon} title={t("containers.none")} />}
          columns={[
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
              cell: (one) => projectName(one.x_container_policy?.project ?? null),
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
          ]}
          actions={(one) => [
            { title: t("containers.reassign"), onClick: () => setMoving(one) },
            ...(one.count
              ? [{ title: t("containers.empty"), isDanger: true, onClick: () => void empty(one) }]
              : []),
            ...(one.name === "trash"
              ? []
              : [{ title: t("common.delete"), isDanger: true, onClick: () => void remove(one) }]),
          ]}
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
