/** Disks and their snapshots. */
import { Alert, Button, FormSelect, FormSelectOption, Label, NumberInput, TextArea } from "@patternfly/react-core";
import HddIcon from "@patternfly/react-icons/dist/esm/icons/hdd-icon";
import { useState } from "react";
import * as compute from "../../api/compute";
import {
  changed,
  keys,
  useFlavors,
  useImages,
  useLive,
  useMe,
  useQuotas,
  useServers,
  useVolumes,
  useVolumeTypes,
} from "../../api/queries";
import * as volumes from "../../api/volumes";
import type { Volume } from "../../api/volumes";
import { useConfirm } from "../../parts/confirm";
import { Dialog } from "../../parts/dialog";
import { FaultBanner } from "../../parts/fault";
import { Field, TextField } from "../../parts/field";
import { ago, bytes, exact, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { ProjectSelect, useProjectFilter, useProjectName } from "../../parts/project";
import { leftOf } from "../../parts/quota";
import { useFull } from "../../parts/room";
import { DataTable } from "../../parts/table";
import { useTexts, type Key } from "../../texts";

const WORDS: Record<string, Key> = {
  available: "volume.available",
  in_use: "volume.in_use",
  attaching: "volume.attaching",
  detaching: "volume.detaching",
  creating: "volume.creating",
  deleting: "volume.deleting",
  error: "state.ERROR",
};
const MOST = 200;

type Doing = { what: "describe" | "attach" | "snapshot" | "extend" | "reassign"; volume: Volume };

export function Volumes() {
  const { t, language } = useTexts();
  const found = useVolumes();
  const servers = useServers().data ?? [];
  const types = useVolumeTypes().data ?? [];
  const projectName = useProjectName();
  const { project } = useProjectFilter();
  const confirm = useConfirm();
  const notify = useNotify();
  const [creating, setCreating] = useState(false);
  const [doing, setDoing] = useState<Doing | null>(null);
  const rows = (found.data ?? []).filter((one) => !project || one.tenant_id === project);
  const boot = (one: Volume) => one.attachments[0]?.device_index === 0;
  const name = (one: Volume) =>
    shown(one.display_name) ||
    (boot(one) ? t("volumes.boot") : t("volumes.unnamed", { id: one.id }));
  const word = (one: Volume) => {
    const key = WORDS[one.status.replace("-", "_")];
    return key ? t(key) : one.status;
  };
  const typeOf = (one: Volume) => types.find((each) => each.id === one.volume_type);
  const serverOf = (one: Volume) => {
    const id = one.attachments[0]?.server_id;
    return id === undefined ? undefined : servers.find((each) => each.id === id);
  };
  const refresh = () => changed(keys.volumes, keys.servers, keys.quotas);
  const detach = async (one: Volume) => {
    const server = one.attachments[0]?.server_id;
    if (server === undefined) return;
    if (
      await confirm({ title: t("volumes.detachAsk", { name: name(one) }), verb: t("volumes.detach") })
    ) {
      await notify.attempt(() => compute.detachVolume(server, one.id));
      refresh();
    }
  };
  const destroy = async (one: Volume) => {
    if (
      await confirm({
        title: t("volumes.destroyAsk", { name: name(one) }),
        body: t("volumes.destroyText"),
        verb: t("action.destroy"),
        danger: true,
      })
    ) {
      await notify.attempt(() => volumes.removeVolume(one.id));
      refresh();
    }
  };
  const full = useFull("cyclades.disk", 2 ** 30);
  const button = (
    <Button isDisabled={full} title={full ? t("quota.full") : undefined} onClick={() => setCreating(true)}>
      {t("volumes.create")}
    </Button>
  );
  return (
    <View title={t("nav.volumes")} actions={button}>
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <DataTable
          name="volumes"
          rows={rows}
          id={(one) => one.id}
          first="name"
          empty={
            <Nothing icon={HddIcon} title={t("volumes.empty")} actions={button}>
              {t("volumes.emptyText")}
            </Nothing>
          }
          columns={[
            {
              id: "name",
              title: t("common.name"),
              main: true,
              cell: (one) => (
                <>
                  {name(one)}{" "}
                  {boot(one) && one.display_name && <Label isCompact>{t("volumes.boot")}</Label>}
                </>
              ),
              text: name,
            },
            {
              id: "status",
              title: t("common.status"),
              cell: (one) => (
                <Label isCompact color={one.status === "error" ? "red" : one.status === "available" ? "grey" : "green"}>
                  {word(one)}
                </Label>
              ),
              text: word,
            },
            {
              id: "size",
              title: t("common.size"),
              cell: (one) => `${one.size} GiB`,
              text: (one) => String(one.size),
              order: (one) => one.size,
            },
            {
              id: "server",
              title: t("volumes.server"),
              cell: (one) => {
                const server = serverOf(one);
                const id = one.attachments[0]?.server_id;
                if (server) return <To to={`/servers/${server.id}/volumes`}>{shown(server.name)}</To>;
                return id === undefined ? "—" : <span className="quiet">{t("server.title", { id })}</span>;
              },
              text: (one) => serverOf(one)?.name ?? "",
            },
            {
              id: "type",
              title: t("common.type"),
              cell: (one) => shown(typeOf(one)?.name ?? ""),
              text: (one) => typeOf(one)?.name ?? "",
            },
            {
              id: "project",
              title: t("common.project"),
              cell: (one) => projectName(one.tenant_id),
              text: (one) => projectName(one.tenant_id),
              spare: true,
            },
            {
              id: "created",
              title: t("common.created"),
              cell: (one) => (
                <span title={exact(one.created_at, language)}>{ago(one.created_at, language)}</span>
              ),
              text: (one) => one.created_at,
              spare: true,
            },
            {
              id: "ends",
              title: t("volumes.ends"),
              cell: (one) => t(one.delete_on_termination ? "common.yes" : "common.no"),
              text: (one) => String(one.delete_on_termination),
              spare: true,
            },
          ]}
          actions={(one) => [
            { title: t("volumes.describe"), onClick: () => setDoing({ what: "describe", volume: one }) },
            { title: t("action.snapshot"), onClick: () => setDoing({ what: "snapshot", volume: one }) },
            ...(one.status === "available"
              ? [{ title: t("volumes.attach"), onClick: () => setDoing({ what: "attach", volume: one }) }]
              : []),
            { title: t("volumes.extend"), onClick: () => setDoing({ what: "extend", volume: one }) },
            ...(boot(one)
              ? []
              : [
                  {
                    title: t("action.reassign"),
                    onClick: () => setDoing({ what: "reassign", volume: one }),
                  },
                  ...(one.attachments.length
                    ? [{ title: t("volumes.detach"), onClick: () => void detach(one) }]
                    : []),
                  { title: t("action.destroy"), isDanger: true, onClick: () => void destroy(one) },
                ]),
          ]}
        />
      )}
      {creating && <Create close={() => setCreating(false)} />}
      {doing && <Do {...doing} name={name(doing.volume)} close={() => setDoing(null)} />}
    </View>
  );
}

function Do({ what, volume, name, close }: Doing & { name: string; close: () => void }) {
  const { t } = useTexts();
  const notify = useNotify();
  const servers = (useServers().data ?? []).filter(
    (one) => ["ACTIVE", "STOPPED"].includes(one.status) && !one.suspended,
  );
  const flavors = useFlavors().data ?? [];
  const me = useMe().data;
  const fitting = servers.filter((one) => {
    const flavor = flavors.find((each) => each.id === one.flavor.id);
    return !flavor || flavor["SNF:volume_type"] === volume.volume_type;
  });
  const [title, setTitle] = useState(what === "snapshot" ? `${name} ${today()}` : volume.display_name);
  const [text, setText] = useState(volume.display_description ?? "");
  const [server, setServer] = useState(String(fitting[0]?.id ?? ""));
  const [size, setSize] = useState(volume.size + 1);
  const [project, setProject] = useState(volume.tenant_id || (me?.default_project ?? ""));
  const titles: Record<Doing["what"], Key> = {
    describe: "volumes.describe",
    attach: "volumes.attach",
    snapshot: "snapshots.make",
    extend: "volumes.extend",
    reassign: "action.reassign",
  };
  const submit = async () => {
    if (what === "describe") {
      await volumes.updateVolume(volume.id, { display_name: title, display_description: text });
    } else if (what === "attach") await compute.attachVolume(server, volume.id);
    else if (what === "snapshot") {
      await volumes.createSnapshot(volume.id, title, text);
      notify.tell("success", t("snapshots.made"));
    } else if (what === "extend") await volumes.extendVolume(volume.id, size);
    else await volumes.reassignVolume(volume.id, project);
    changed(keys.volumes, keys.servers, keys.quotas, keys.snapshots, keys.images);
  };
  return (
    <Dialog
      title={`${t(titles[what])}: ${name}`}
      verb={t(titles[what])}
      close={close}
      ready={what !== "attach" || !!server}
      submit={submit}
    >
      {(what === "describe" || what === "snapshot") && (
        <>
          <TextField id="volume-name" label={t("common.name")} value={title} set={setTitle} />
          <Field id="volume-text" label={t("common.description")}>
            <TextArea
              id="volume-text"
              value={text}
              onChange={(_, value) => setText(value)}
              resizeOrientation="vertical"
            />
          </Field>
        </>
      )}
      {what === "attach" &&
        (fitting.length ? (
          <Field id="volume-server" label={t("volumes.server")} hint={t("volumes.sameType")}>
            <FormSelect id="volume-server" value={server} onChange={(_, value) => setServer(value)}>
              {fitting.map((one) => (
                <FormSelectOption key={one.id} value={String(one.id)} label={shown(one.name)} />
              ))}
            </FormSelect>
          </Field>
        ) : (
          <Alert isInline variant="info" title={t("volumes.noServer")} />
        ))}
      {what === "extend" && (
        <Field id="volume-size" label={t("volumes.newSize")}>
          <SizeInput id="volume-size" value={size} least={volume.size + 1} set={setSize} />
        </Field>
      )}
      {what === "reassign" && (
        <Field id="volume-project" label={t("common.project")}>
          <ProjectSelect id="volume-project" value={project} onChange={setProject} />
        </Field>
      )}
    </Dialog>
  );
}

const today = () => new Date().toISOString().slice(0, 10);

function SizeInput({
  id,
  value,
  least = 1,
  set,
}: {
  id: string;
  value: number;
  least?: number;
  set: (value: number) => void;
}) {
  const { t } = useTexts();
  const bound = (wanted: number) => Math.max(least, Math.min(MOST, Math.round(wanted) || least));
  return (
    <NumberInput
      id={id}
      value={value}
      min={least}
      max={MOST}
      unit="GiB"
      inputAriaLabel={t("common.size")}
      minusBtnAriaLabel={t("wizard.fewer")}
      plusBtnAriaLabel={t("wizard.more")}
      onMinus={() => set(bound(value - 1))}
      onPlus={() => set(bound(value + 1))}
      onChange={(event) => set(bound(Number((event.target as HTMLInputElement).value)))}
    />
  );
}

function Create({ close }: { close: () => void }) {
  const { t, language } = useTexts();
  const me = useMe().data;
  const types = (useVolumeTypes().data ?? []).filter((one) => one["SNF:detachable"] !== false);
  const images = useImages().data ?? [];
  const quotas = useQuotas().data ?? {};
  const servers = (useServers().data ?? []).filter(
    (one) => ["ACTIVE", "STOPPED"].includes(one.status) && !one.suspended,
  );
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const [source, setSource] = useState("");
  const [server, setServer] = useState("");
  const [type, setType] = useState("");
  const [size, setSize] = useState(1);
  const [project, setProject] = useState(me?.default_project ?? "");
  const image = images.find((one) => one.id === source);
  const least = image ? Math.max(1, Math.ceil(image.size / 2 ** 30)) : 1;
  const free = leftOf(quotas, project, "cyclades.disk");
  const chosenType = type || String(types[0]?.id ?? "");
  const wanted = Math.max(size, least);
  return (
    <Dialog
      title={t("volumes.create")}
      verb={t("common.create")}
      close={close}
      ready={(!!server || !!chosenType) && wanted * 2 ** 30 <= free}
      submit={async () => {
        await volumes.createVolume({
          size: wanted,
          display_name: name,
          display_description: text,
          project,
          ...(server ? { server_id: Number(server) } : { volume_type: Number(chosenType) }),
          ...(image
            ? image.is_snapshot
              ? { snapshot_id: image.id }
              : { imageRef: image.id }
            : {}),
        });
        changed(keys.volumes, keys.servers, keys.quotas);
      }}
    >
      <Field id="volume-source" label={t("volumes.contents")}>
        <FormSelect id="volume-source" value={source} onChange={(_, value) => setSource(value)}>
          <FormSelectOption value="" label={t("volumes.blank")} />
          {images.map((one) => (
            <FormSelectOption
              key={one.id}
              value={one.id}
              label={`${shown(one.name)} · ${bytes(one.size, language)}`}
            />
          ))}
        </FormSelect>
      </Field>
      <Field id="volume-server" label={t("volumes.server")}>
        <FormSelect id="volume-server" value={server} onChange={(_, value) => setServer(value)}>
          <FormSelectOption value="" label={t("common.none")} />
          {servers.map((one) => (
            <FormSelectOption key={one.id} value={String(one.id)} label={shown(one.name)} />
          ))}
        </FormSelect>
      </Field>
      {!server && (
        <Field
          id="volume-type"
          label={t("common.type")}
          hint={types.length ? t("volumes.detachableOnly") : undefined}
          wrong={!types.length && t("volumes.noType")}
        >
          <FormSelect id="volume-type" value={chosenType} onChange={(_, value) => setType(value)}>
            {types.map((one) => (
              <FormSelectOption key={one.id} value={String(one.id)} label={shown(one.name)} />
            ))}
          </FormSelect>
        </Field>
      )}
      <Field id="volume-project" label={t("common.project")}>
        <ProjectSelect
          id="volume-project"
          value={project}
          onChange={setProject}
          note={(id) =>
            t("containers.free", { free: bytes(leftOf(quotas, id, "cyclades.disk"), language) })
          }
        />
      </Field>
      <Field
        id="volume-size"
        label={t("common.size")}
        wrong={wanted * 2 ** 30 > free && t("quota.full")}
      >
        <SizeInput id="volume-size" value={wanted} least={least} set={setSize} />
      </Field>
      <TextField id="volume-name" label={t("common.name")} value={name} set={setName} />
      <TextField id="volume-text" label={t("common.description")} value={text} set={setText} />
    </Dialog>
  );
}

export function Snapshots() {
  const { t, language } = useTexts();
  const found = useLive(keys.snapshots, volumes.snapshots);
  const confirm = useConfirm();
  const notify = useNotify();
  return (
    <View title={t("nav.snapshots")}>
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <DataTable
          name="snapshots"
          rows={found.data}
          id={(one) => one.id}
          first="-created"
          empty={
            <Nothing icon={HddIcon} title={t("snapshots.empty")}>
              {t("snapshots.emptyText")}
            </Nothing>
          }
          columns={[
            {
              id: "name",
              title: t("common.name"),
              main: true,
              cell: (one) => shown(one.display_name),
              text: (one) => one.display_name,
            },
            {
              id: "status",
              title: t("common.status"),
              cell: (one) => <Label isCompact>{one.status}</Label>,
              text: (one) => one.status,
            },
            {
              id: "size",
              title: t("common.size"),
              cell: (one) => `${one.size} GiB`,
              text: (one) => String(one.size),
              order: (one) => one.size,
            },
            {
              id: "created",
              title: t("common.created"),
              cell: (one) => ago(one.created_at, language),
              text: (one) => one.created_at,
            },
          ]}
          actions={(one) => [
            {
              title: t("common.delete"),
              isDanger: true,
              onClick: () =>
                void confirm({
                  title: t("snapshots.deleteAsk", { name: shown(one.display_name) }),
                  verb: t("common.delete"),
                  danger: true,
                }).then(async (yes) => {
                  if (!yes) return;
                  await notify.attempt(() => volumes.removeSnapshot(one.id));
                  changed(keys.snapshots, keys.images);
                }),
            },
          ]}
        />
      )}
    </View>
  );
}
