/** What can be done with servers: with a question first where it hurts. */
import type { Server } from "../../api/compute";
import * as compute from "../../api/compute";
import { changed, keys, useQuotas, useVolumes } from "../../api/queries";
import { useConfirm } from "../../parts/confirm";
import { markFailed, unmarkFailed } from "../../parts/failures";
import { shown } from "../../parts/format";
import { useNotify } from "../../parts/notify";
import { useWork } from "../../parts/work";
import type { ServerAction } from "../../parts/serverstate";
import { useTexts, type Key } from "../../texts";

export const ACTION_WORDS: Record<ServerAction, Key> = {
  start: "action.start",
  shutdown: "action.shutdown",
  reboot: "action.reboot",
  console: "action.console",
  destroy: "action.destroy",
  resize: "action.resize",
  reassign: "action.reassign",
  snapshot: "action.snapshot",
  rescue: "action.rescue",
  unrescue: "action.unrescue",
};

/** Those that act at once; the others open a view or a dialog of their own. */
export const PLAIN = ["start", "shutdown", "reboot", "rescue", "unrescue", "destroy"] as const;
export type Plain = (typeof PLAIN)[number] | "hardReboot";

const BODIES: Record<Exclude<Plain, "destroy">, Record<string, unknown>> = {
  start: { start: {} },
  shutdown: { shutdown: {} },
  reboot: { reboot: { type: "SOFT" } },
  hardReboot: { reboot: { type: "HARD" } },
  rescue: { rescue: {} },
  unrescue: { unrescue: {} },
};

export function useServerActions(): (action: Plain, servers: Server[]) => Promise<boolean> {
  const { t } = useTexts();
  const confirm = useConfirm();
  const notify = useNotify();
  const { begin } = useWork();
  const quotas = useQuotas();
  const volumes = useVolumes().data;

  return async (action, servers) => {
    if (!servers.length) return false;
    const word = t(action === "hardReboot" ? "action.hardReboot" : ACTION_WORDS[action]);
    const one = servers.length === 1 ? servers[0] : undefined;
    const names = servers.map((each) => shown(each.name)).join(", ");
    if (action !== "start") {
      const disks = one ? (volumes ?? []).filter((each) => goesWith(each, one.id)) : [];
      const agreed = await confirm({
        title: t("action.ask", { action: word, count: servers.length, name: names }),
        verb: word,
        danger: action === "destroy",
        about: one && { kind: "server", id: String(one.id), name: one.name },
        typed: action === "destroy" && one && disks.length ? one.name : undefined,
        body:
          action === "destroy" ? (
            <>
              <p>{t("action.destroyText")}</p>
              {disks.length > 0 && (
                <>
                  <p>{t("action.destroyDisks")}</p>
                  <ul>
                    {disks.map((disk) => (
                      <li key={disk.id}>
                        {shown(disk.display_name) || t("volumes.unnamed", { id: disk.id })} ·{" "}
                        {disk.size} GiB
                      </li>
                    ))}
                  </ul>
                </>
              )}
            </>
          ) : servers.length > 1 ? (
            <p>{names}</p>
          ) : undefined,
      });
      if (!agreed) return false;
    }
    const send = (each: Server) =>
      action === "destroy" ? compute.removeServer(each.id) : compute.act(each.id, BODIES[action]);
    if (!one) {
      const run = async (each: Server) => {
        try {
          await send(each);
          unmarkFailed(each.id);
        } catch (error) {
          markFailed(each.id, { action: word, error });
          throw error;
        }
      };
      const done = await begin(
        word,
        servers.map((each) => ({ name: each.name, run: () => run(each) })),
        () => changed(keys.servers, keys.quotas),
      );
      return done === servers.length;
    }
    const results = await Promise.allSettled(
      servers.map(send),
    );
    let fine = 0;
    results.forEach((result, index) => {
      const id = servers[index]?.id ?? 0;
      if (result.status === "fulfilled") {
        fine += 1;
        unmarkFailed(id);
      } else markFailed(id, { action: word, error: result.reason });
    });
    if (fine) notify.tell("info", t("action.sent", { action: word, count: fine }));
    changed(keys.servers, keys.quotas);
    if (quotas.isStale) void quotas.refetch();
    return fine === servers.length;
  };
}

function goesWith(
  volume: { attachments: { server_id: number }[]; delete_on_termination: boolean },
  server: number,
): boolean {
  return (
    volume.delete_on_termination && volume.attachments.some((each) => each.server_id === server)
  );
}
