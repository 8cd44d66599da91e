/** The panel of uploads; loaded with the first of them. */
import {
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Progress as Bar,
  ProgressMeasureLocation,
} from "@patternfly/react-core";
import { useState } from "react";
import { Fault } from "../api/http";
import { useTexts } from "../texts";
import { titleOf } from "./fault";
import { bytes, shown } from "./format";
import type { Item, State } from "./uploads";

const OVER = new Set<State>(["done", "failed", "aborted", "canceled"]);
/** Ended without being there: may be tried again. */
const AGAIN = new Set<State>(["paused", "failed", "aborted", "canceled"]);

export default function Panel({
  items,
  stop,
  again,
  hide,
}: {
  items: readonly Item[];
  stop: (item: Item, state: State) => void;
  again: (item: Item) => void;
  hide: (wanted: (item: Item) => boolean) => void;
}) {
  const { t } = useTexts();
  const [folded, fold] = useState(false);
  const over = (one: Item) => OVER.has(one.state);
  const done = items.filter((one) => one.state === "done").length;
  return (
    <section className="uploads" aria-label={t("uploads.title")}>
    <Card isCompact>
      <CardHeader
        actions={{
          actions: (
            <>
              <Button variant="link" isInline onClick={() => fold(!folded)}>
                {t(folded ? "uploads.unfold" : "uploads.fold")}
              </Button>
              {items.some((one) => !over(one)) && (
                <Button
                  variant="link"
                  isInline
                  onClick={() =>
                    items.filter((one) => !over(one)).forEach((one) => stop(one, ended(one)))
                  }
                >
                  {t("uploads.cancelAll")}
                </Button>
              )}
              {items.some((one) => AGAIN.has(one.state)) && (
                <Button
                  variant="link"
                  isInline
                  onClick={() => items.filter((one) => AGAIN.has(one.state)).forEach(again)}
                >
                  {t("uploads.resetAll")}
                </Button>
              )}
              <Button variant="link" isInline onClick={() => hide(over)}>
                {t("uploads.hideAll")}
              </Button>
            </>
          ),
        }}
      >
        <CardTitle component="h2">
          {t("uploads.count", { done, all: items.length })}
        </CardTitle>
      </CardHeader>
      {!folded && (
        <CardBody>
          <ul className="uploads-list">
            {items.map((one) => (
              <Row key={one.id} item={one} stop={stop} again={again} hide={hide} />
            ))}
          </ul>
        </CardBody>
      )}
    </Card>
    </section>
  );
}

/** What runs is stopped on its way; what waits never began. */
const ended = (item: Item): State => (item.state === "running" ? "aborted" : "canceled");

/** A refusal in words; what is too large says how much was asked for and how much is left (UI-201). */
function useReason(): (error: unknown) => string {
  const { t, language } = useTexts();
  return (error) => {
    if (!(error instanceof Fault)) return String(error);
    const quota = Object.values((error.body ?? {}) as Record<string, { quota?: Quota }>)[0]?.quota;
    if (error.status === 413 && quota) {
      return t("uploads.noRoom", {
        requested: bytes(quota.provision.quantity, language),
        available: bytes(Math.max(0, quota.limit - quota.usage), language),
      });
    }
    return `${t(titleOf(error))}. ${error.kind === "refused" ? error.message : ""}`;
  };
}
interface Quota {
  provision: { quantity: number };
  limit: number;
  usage: number;
}

function Row({
  item,
  stop,
  again,
  hide,
}: {
  item: Item;
  stop: (item: Item, state: State) => void;
  again: (item: Item) => void;
  hide: (wanted: (item: Item) => boolean) => void;
}) {
  const { t, language } = useTexts();
  const reason = useReason();
  const { progress, state } = item;
  const percent =
    state === "done"
      ? 100
      : progress && progress.phase !== "hashing" && progress.total
        ? Math.floor((100 * progress.done) / progress.total)
        : 0;
  const seconds = (Date.now() - item.began) / 1000;
  const rate =
    progress?.phase === "uploading" && seconds > 1
      ? Math.max(0, progress.done - item.sentBefore) / seconds
      : 0;
  const rest = rate > 0 && progress ? Math.ceil((progress.total - progress.done) / rate) : 0;
  const text =
    state === "running" && progress?.phase === "hashing"
      ? t("uploads.hashing", { done: progress.done, total: progress.total })
      : state === "running" && rate > 0
        ? t("uploads.rate", { rate: bytes(rate, language), rest })
        : t(`uploads.${state}`);
  return (
    <li data-state={state}>
      <Bar
        value={percent}
        title={`${shown(item.file.name)} · ${bytes(item.file.size, language)}`}
        size="sm"
        measureLocation={ProgressMeasureLocation.top}
        variant={state === "failed" ? "danger" : state === "done" ? "success" : undefined}
        aria-label={shown(item.file.name)}
      />
      <span className="quiet" role="status">
        {text}
        {item.error !== null && `: ${reason(item.error)}`}
      </span>{" "}
      {state === "running" && (
        <Button variant="link" isInline onClick={() => stop(item, "paused")}>
          {t("uploads.pause")}
        </Button>
      )}{" "}
      {(state === "running" || state === "pending") && (
        <Button variant="link" isInline onClick={() => stop(item, ended(item))}>
          {t("common.cancel")}
        </Button>
      )}
      {AGAIN.has(state) && (
        <Button variant="link" isInline onClick={() => again(item)}>
          {t(state === "paused" ? "uploads.resume" : "common.retry")}
        </Button>
      )}{" "}
      {OVER.has(state) && (
        <Button variant="link" isInline onClick={() => hide((one) => one.id === item.id)}>
          {t("uploads.hide")}
        </Button>
      )}
    </li>
  );
}
