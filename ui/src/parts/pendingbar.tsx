/** What waits to be confirmed, by kind, at the bottom of the window (UI-038, UI-039, UI-040). */
import { Button } from "@patternfly/react-core";
import { useTexts, type Key } from "../texts";
import { KINDS, type Kind, type Waiting } from "./confirm";
import { shown } from "./format";
import { isShown } from "./pending";

const COUNTS: Record<Kind, Key> = {
  server: "pending.servers",
  network: "pending.networks",
  address: "pending.addresses",
  volume: "pending.volumes",
  key: "pending.keys",
};
export default function PendingBar({
  at,
  waiting,
  settle,
}: {
  at: string;
  waiting: readonly Waiting[];
  settle: (chosen: readonly Waiting[], yes: boolean) => void;
}) {
  const { t } = useTexts();
  const cards = !!document.querySelector("[data-view=cards]");
  if (!isShown(at, cards, waiting.length)) return null;
  return (
    <section className="bottom-bar" aria-label={t("pending.title")} aria-live="polite">
      {KINDS.map((kind) => {
        const those = waiting.filter((one) => one.about?.kind === kind);
        if (!those.length) return null;
        return (
          <div key={kind} data-kind={kind}>
            <span>
              <strong>{t(COUNTS[kind], { count: those.length })}</strong>{" "}
              {those.map((one) => `${one.verb}: ${shown(one.about?.name ?? "")}`).join(", ")}
            </span>
            <Button size="sm" variant="danger" onClick={() => settle(those, true)}>
              {t("pending.confirm")}
            </Button>
            <Button size="sm" variant="secondary" onClick={() => settle(those, false)}>
              {t("pending.cancel")}
            </Button>
          </div>
        );
      })}
    </section>
  );
}
