/** Servers that have to be rebooted before what was changed of them holds (UI-041). */
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useServers } from "../../api/queries";
import { shown } from "../../parts/format";
import { To } from "../../parts/link";
import { actionsOf } from "../../parts/serverstate";
import { useTexts } from "../../texts";
import { useServerActions } from "./actions";

/** Not asked for again until the page is loaded anew: the server keeps the mark. */
const put = new Set<number>();

export function RebootBar() {
  const { t } = useTexts();
  const act = useServerActions();
  const servers = useServers().data ?? [];
  const [, again] = useState(0);
  const those = servers.filter(
    (one) =>
      one["SNF:reboot_required"] && !put.has(one.id) && actionsOf(one).includes("reboot"),
  );
  if (!those.length) return null;
  return (
    <section className="bottom-bar" aria-label={t("reboot.title")} data-test="reboot-bar">
      <div>
        <span>
          {t("reboot.title")}{" "}
          {those.map((one) => (
            <span key={one.id}>
              <To to={`/servers/${one.id}/network`}>{shown(one.name)}</To>{" "}
            </span>
          ))}
        </span>
        <Button size="sm" onClick={() => void act("reboot", those)}>
          {t("reboot.all")}
        </Button>
        <Button
          size="sm"
          variant="secondary"
          onClick={() => {
            for (const one of those) put.add(one.id);
            again((now) => now + 1);
          }}
        >
          {t("reboot.cancel")}
        </Button>
      </div>
    </section>
  );
}
