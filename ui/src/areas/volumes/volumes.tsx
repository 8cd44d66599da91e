/** Disks and their snapshots. */
import { Alert, FormSelect, FormSelectOption, Label, TextArea } from "@patternfly/react-core";
import HddIcon from "@patternfly/react-icons/dist/esm/icons/hdd-icon";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import * as compute from "../../api/compute";
import {
  changed,
  keys,
  reassigned,
  useFlavors,
  useLive,
  useMe,
  useQuotas,
  useServers,
  useVolumes,
  useVolumeTypes,
} from "../../api/queries";
import * as volumes from "../../api/volumes";
import type { Volume } from "../../api/volumes";
import { configuration } from "../../api/session";
import { useBulk } from "../../parts/bulk";
import { useConfirm } from "../../parts/confirm";
import { Dialog } from "../../parts/dialog";
import { FaultBanner } from "../../parts/fault";
import { Field, TextField } from "../../parts/field";
import { ago, exact, shown } from "../../parts/format";
import { onceFree } from "../../parts/oncefree";
import { isRunning } from "../../parts/serverstate";
import { InPlace } from "../../parts/inplace";
import { ButtonTo, To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { ProjectSelect, useProjectFilter, useProjectName } from "../../parts/project";
import { leftOf } from "../../parts/quota";
import { ShareBox } from "../../parts/sharebox";
import { useFull } from "../../parts/room";
import { DataTable } from "../../parts/table";
import { useTexts, type Key } from "../../texts";
import { SizeInput } from "./size";
import { isOutside, volumeWord } from "./states";

type Doing = { what: "describe" | "attach" | "snapshot" | "extend" | "reassign"; volume: Volume };

const boot = (one: Volume) => one.attachments[0]?.device_index === 0;

/** The disks that a server can begin from, as Cinder's API tells. */
const useBootable = () =>
  useQuery({ queryKey: ["bootable"], queryFn: volumes.bootable, staleTime: 60_000 });

export function Volumes() {
  const { t, language } = useTexts();
  const found = useVolumes();
  const servers = useServers().data ?? [];
  const types = useVolumeTypes().data ?? [];
  const projectName = useProjectName();
  const { project } = useProjectFilter();
  const confirm = useConfirm();
  const notify = useNotify();
  const [doing, setDoing] = useState<Doing | null>(null);
  const rows = (found.data ?? []).filter((one) => !project || one.tenant_id === project);
  const name = (one: Volume) =>
    shown(one.display_name) ||
    (boot(one) ? t("volumes.boot") : t("volumes.unnamed", { id: one.id }));
  const typeOf = (one: Volume) => types.find((each) => each.id === one.volume_type);
  const serverOf = (one: Volume) => {
    const id = one.attachments[0]?.server_id;
    return id === undefined ? undefined : servers.find((each) => each.id === id);
  };
  const word = (one: Volume) => volumeWord(one, serverOf(one), t);
  const typeName = (one: Volume) => {
    const template = typeOf(one)?.["SNF:disk_template"] ?? "";
    return configuration.told.disk_types[template]?.[0] ?? shown(typeOf(one)?.name ?? "");
  };
  const place = (one: Volume) => {
    const server = serverOf(one);
    const id = one.attachments[0]?.server_id;
    if (id === undefined) return "";
    return t("volumes.index", {
      server: server ? shown(server.name) : t("servers.concealed", { id }),
      index: one.attachments[0]?.device_index ?? 0,
      type: typeName(one),
    });
  };
  const me = useMe().data;
  const { snapshots, snapshot_roles } = configuration.told;
  const mayKeep = (one: Volume) =>
    snapshots &&
    (!snapshot_roles.length || snapshot_roles.some((each) => me?.groups.includes(each))) &&
    isOutside(typeOf(one)?.["SNF:disk_template"]);
  const bootable = useBootable().data;
  // Disks of servers that others share with me, where the disks themselves are not (UI-062).
  const concealed = found.data
    ? servers
        .filter((one) => one.user_id !== me?.id)
        .flatMap((one) => one.volumes)
        .filter((id) => !found.data.some((one) => one.id === String(id)))
    : [];
  const group = useMemo(
    () => ({
      titles: [t("volumes.boots"), t("volumes.others")],
      of: (one: Volume) => (boot(one) ? 0 : 1),
    }),
    [t],
  );
  const describe = (one: Volume, wish: Record<string, string>) =>
    notify.attempt(() => volumes.updateVolume(one.id, wish)).then((done) => {
      changed(keys.volumes);
      return done;
    });
  const rename = async (one: Volume, text: string) => {
    if (!(await describe(one, { display_name: text }))) return;
    notify.undo(t("server.renamed", { old: name(one), name: shown(text) }), async () => {
      await volumes.updateVolume(one.id, { display_name: one.display_name });
      changed(keys.volumes);
    });
  };
  const refresh = () => changed(keys.volumes, keys.servers, keys.quotas);
  const detach = async (one: Volume) => {
    const server = one.attachments[0]?.server_id;
    if (server === undefined) return;
    if (
      await confirm({
        title: t("volumes.detachAsk", { name: name(one) }),
        verb: t("volumes.detach"),
        about: { kind: "volume", id: one.id, name: name(one) },
      })
    ) {
      const from = serverOf(one);
      const done = await notify.attempt(() => compute.detachVolume(server, one.id));
      // A running server saw its disk go: that is not taken back by putting it there again.
      if (done && from && !isRunning(from)) {
        notify.undo(t("volumes.detached", { name: name(one) }), async () => {
          await onceFree(() => compute.attachVolume(server, one.id));
          refresh();
        });
      }
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
        about: { kind: "volume", id: one.id, name: name(one) },
      })
    ) {
      await notify.attempt(() => volumes.removeVolume(one.id));
      refresh();
    }
  };
  const bulk = useBulk();
  const full = useFull("cyclades.disk", 2 ** 30);
  const button = (
    <ButtonTo to="/volumes/new" isAriaDisabled={full} title={full ? t("quota.full") : undefined}>
      {t("volumes.create")}
    </ButtonTo>
  );
  return (
    <View title={t("nav.volumes")} actions={button}>
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <DataTable
          name="volumes"
          bulk={[
            bulk<Volume>({
              title: t("action.destroy"),
              danger: true,
              allowed: (one) => !one.attachments.length,
              name,
              run: (one) => volumes.removeVolume(one.id),
              after: refresh,
            }),
          ]}
          rows={rows}
          id={(one) => one.id}
          first="name"
          group={group}
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
                  {boot(one) ? (
                    name(one)
                  ) : (
                    <InPlace
                      text={name(one)}
                      label={t("volumes.editName", { name: name(one) })}
                      save={(text) => rename(one, text)}
                    />
                  )}{" "}
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
                if (server) return <To to={`/servers/${server.id}/volumes`}>{place(one)}</To>;
                return id === undefined ? "—" : <span className="quiet">{place(one)}</span>;
              },
              text: place,
            },
            {
              id: "type",
              title: t("common.type"),
              cell: typeName,
              text: typeName,
              spare: true,
            },
            {
              id: "text",
              title: t("common.description"),
              cell: (one) => (
                <InPlace
                  text={one.display_description ?? ""}
                  label={t("volumes.editText", { name: name(one) })}
                  save={(text) => describe(one, { display_description: text })}
                />
              ),
              text: (one) => one.display_description ?? "",
            },
            {
              id: "project",
              title: t("common.project"),
              cell: (one) => projectName(one.tenant_id),
              text: (one) => projectName(one.tenant_id),
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
            {
              id: "bootable",
              title: t("volumes.bootable"),
              cell: (one) => (bootable ? t(bootable.has(one.id) ? "common.yes" : "common.no") : ""),
              text: (one) => String(bootable?.has(one.id) ?? ""),
              spare: true,
            },
          ]}
          actions={(one) => [
            { title: t("volumes.describe"), onClick: () => setDoing({ what: "describe", volume: one }) },
            ...(mayKeep(one)
              ? [{ title: t("action.snapshot"), onClick: () => setDoing({ what: "snapshot", volume: one }) }]
              : []),
            ...(one.status === "available"
              ? [{ title: t("volumes.attach"), onClick: () => setDoing({ what: "attach", volume: one }) }]
              : []),
            { title: t("volumes.extend"), onClick: () => setDoing({ what: "extend", volume: one }) },
            boot(one) || one.user_id !== me?.id
              ? {
                  title: t("action.reassign"),
                  isAriaDisabled: true,
                  tooltipProps: {
                    content: t(boot(one) ? "reassign.boot" : "reassign.notMine"),
                  },
                }
              : {
                  title: t("action.reassign"),
                  onClick: () => setDoing({ what: "reassign", volume: one }),
                },
            ...(boot(one)
              ? []
              : [
                  ...(one.attachments.length
                    ? [{ title: t("volumes.detach"), onClick: () => void detach(one) }]
                    : []),
                  { title: t("action.destroy"), isDanger: true, onClick: () => void destroy(one) },
                ]),
          ]}
        />
      )}
      {concealed.length > 0 && (
        <ul className="rows concealed">
          {concealed.map((id) => (
            <li key={id} className="quiet">
              {t("volumes.concealed", { id })}
            </li>
          ))}
        </ul>
      )}
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
  const quotas = useQuotas().data ?? {};
  const [shared, share] = useState(volume.shared_to_project);
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
    else {
      await volumes.reassignVolume(volume.id, project, shared);
      reassigned(keys.volumes);
    }
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
          <SizeInput
            id="volume-size"
            value={size}
            least={volume.size + 1}
            most={Math.min(
              configuration.told.volume_max,
              volume.size + Math.floor(leftOf(quotas, volume.tenant_id, "cyclades.disk") / 2 ** 30),
            )}
            set={setSize}
          />
        </Field>
      )}
      {what === "reassign" && (
        <Field id="volume-project" label={t("common.project")}>
          <ProjectSelect
            id="volume-project"
            value={project}
            onChange={(chosen) => {
              setProject(chosen);
              share(false);
            }}
          />
        </Field>
      )}
      {what === "reassign" && <ShareBox value={shared} set={share} />}
    </Dialog>
  );
}

const today = () => new Date().toISOString().slice(0, 10);

export function Snapshots() {
  const { t, language } = useTexts();
  const found = useLive(keys.snapshots, volumes.snapshots);
  const router = useRouter();
  const confirm = useConfirm();
  const bulk = useBulk();
  const notify = useNotify();
  return (
    <View title={t("nav.snapshots")}>
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <DataTable
          name="snapshots"
          bulk={[
            bulk<(typeof found.data)[number]>({
              title: t("common.delete"),
              danger: true,
              name: (one) => shown(one.display_name),
              run: (one) => volumes.removeSnapshot(one.id),
              after: () => changed(keys.snapshots, keys.images),
            }),
          ]}
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
              title: t("snapshots.makeImage"),
              onClick: () => {
                const query = new URLSearchParams({ container: "snapshots", file: one.display_name });
                void router.navigate({ to: `/images/register?${query}` as never });
              },
            },
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
