/** A server's disks. */
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import type { Server } from "../../api/compute";
import * as compute from "../../api/compute";
import { changed, keys, useVolumes, useVolumeTypes } from "../../api/queries";
import * as volumes from "../../api/volumes";
import { useConfirm } from "../../parts/confirm";
import { Dialog } from "../../parts/dialog";
import { Block } from "../../parts/facts";
import { TextField } from "../../parts/field";
import { exact, shown } from "../../parts/format";
import { Loading } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { useTexts } from "../../texts";
import { Choose } from "./choose";
import { useAllowed } from "./looks";

export function Disks({ server }: { server: Server }) {
  const { t } = useTexts();
  const found = useVolumes();
  const notify = useNotify();
  const confirm = useConfirm();
  const [attaching, setAttaching] = useState(false);
  const [snapshot, setSnapshot] = useState<volumes.Volume | null>(null);
  const own = (found.data ?? [])
    .filter((one) => one.attachments.some((each) => each.server_id === server.id))
    .sort((a, b) => index(a, server.id) - index(b, server.id));
  const free = (found.data ?? []).filter((one) => one.status === "available");
  const concealed = found.data
    ? server.volumes.filter((id) => !found.data.some((one) => one.id === String(id)))
    : [];
  const types = useVolumeTypes().data ?? [];
  const allowed = useAllowed();
  // Only disks outside of the nodes can be kept as they are at one moment (UI-126).
  const mayKeep = (one: volumes.Volume) =>
    allowed.snapshots !== false &&
    !!types
      .find((each) => each.id === one.volume_type)
      ?.["SNF:disk_template"].startsWith("ext");
  return (
    <Block
      title={t("nav.volumes")}
      actions={
        <Button variant="secondary" isDisabled={!free.length} onClick={() => setAttaching(true)}>
          {t("volumes.attach")}
        </Button>
      }
    >
      {found.isPending && <Loading text={t("common.loading")} />}
      <ul className="rows">
        {own.map((one) => (
          <li key={one.id}>
            <span>
              {index(one, server.id) === 0
                ? t("volumes.boot")
                : shown(one.display_name) || t("volumes.unnamed", { id: one.id })}
            </span>
            <span className="quiet">{one.size} GiB</span>
            <span>
              {mayKeep(one) && (
                <Button variant="link" isInline onClick={() => setSnapshot(one)}>
                  {t("action.snapshot")}
                </Button>
              )}{" "}
              {index(one, server.id) > 0 && (
                <Button
                  variant="link"
                  isInline
                  onClick={() =>
                    void confirm({
                      title: t("volumes.detachAsk", { name: shown(one.display_name) || one.id }),
                      verb: t("volumes.detach"),
                    }).then(async (yes) => {
                      if (!yes) return;
                      await notify.attempt(() => compute.detachVolume(server.id, one.id));
                      changed(keys.servers, keys.volumes);
                    })
                  }
                >
                  {t("volumes.detach")}
                </Button>
              )}
            </span>
          </li>
        ))}
        {concealed.map((id) => (
          <li key={id} className="quiet">
            {t("volumes.concealed", { id })}
          </li>
        ))}
      </ul>
      {attaching && (
        <Choose
          title={t("volumes.attach")}
          choices={free.map((one) => [one.id, `${shown(one.display_name) || one.id} · ${one.size} GiB`])}
          close={() => setAttaching(false)}
          run={async (id) => {
            await compute.attachVolume(server.id, id);
            changed(keys.servers, keys.volumes);
          }}
        />
      )}
      {snapshot && (
        <SnapshotDialog server={server} volume={snapshot} close={() => setSnapshot(null)} />
      )}
    </Block>
  );
}

function index(volume: volumes.Volume, server: number): number {
  return volume.attachments.find((one) => one.server_id === server)?.device_index ?? 0;
}

function SnapshotDialog({
  server,
  volume,
  close,
}: {
  server: Server;
  volume: volumes.Volume;
  close: () => void;
}) {
  const { t, language } = useTexts();
  const notify = useNotify();
  const [name, setName] = useState(
    `${volume.display_name || server.name} ${new Date().toISOString().slice(0, 16).replace("T", " ")}`,
  );
  const [text, setText] = useState(
    t("snapshots.text", {
      server: server.name,
      volume: volume.display_name || volume.id,
      time: exact(Date.now(), language),
    }),
  );
  return (
    <Dialog
      title={t("snapshots.make")}
      verb={t("action.snapshot")}
      close={close}
      ready={!!name.trim()}
      submit={async () => {
        await volumes.createSnapshot(volume.id, name, text);
        changed(keys.snapshots, keys.images);
        notify.tell("success", t("snapshots.made"));
      }}
    >
      <TextField id="snapshot-name" label={t("common.name")} value={name} set={setName} required />
      <TextField id="snapshot-text" label={t("common.description")} value={text} set={setText} />
    </Dialog>
  );
}
