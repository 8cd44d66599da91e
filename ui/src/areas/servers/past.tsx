/** What happened to a server: the messages of its making, and what people did with it. */
import { Label } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import type { PastAction, Server } from "../../api/compute";
import * as compute from "../../api/compute";
import * as identity from "../../api/identity";
import { useLive, useMe } from "../../api/queries";
import { Copied } from "../../parts/copy";
import { Block } from "../../parts/facts";
import { FaultBanner } from "../../parts/fault";
import { exact, shown } from "../../parts/format";
import { Loading, Nothing } from "../../parts/page";
import { useTexts, type Key } from "../../texts";

const LOG_EVERY = 2000;

export function Log({ server }: { server: Server }) {
  const { t, language } = useTexts();
  const log = useLive(["log", String(server.id)], () => compute.diagnostics(server.id), {
    fixed: LOG_EVERY,
  });
  if (log.isError) return <FaultBanner error={log.error} retry={() => void log.refetch()} />;
  if (log.isPending) return <Loading text={t("common.loading")} />;
  if (!log.data.length) return <Nothing title={t("server.logEmpty")} />;
  return (
    <ul className="log" aria-live="polite">
      {log.data.map((one, at) => (
        <li key={at} className={`log-${one.level.toLowerCase()}`}>
          <span className="quiet">{exact(one.created, language)}</span>{" "}
          <Label
            isCompact
            color={one.level === "ERROR" ? "red" : one.level === "WARNING" ? "orange" : "grey"}
          >
            {one.source}
          </Label>{" "}
          {shown(one.message)}
          {one.details && (
            <details>
              <summary>{t("fault.more")}</summary>
              <pre className="mono">{one.details}</pre>
            </details>
          )}
        </li>
      ))}
    </ul>
  );
}

/** How an action ended; what is not told of old ones counts as done (UI-081). */
function ended(one: PastAction): Key {
  if (one.message) return "server.bad";
  const event = one.events?.[0];
  if (event && !event.finish_time) return "server.going";
  return event?.result === "Error" ? "server.bad" : "server.good";
}

export function History({ server }: { server: Server }) {
  const { t, language } = useTexts();
  const past = useLive(["history", String(server.id)], () => compute.history(server.id));
  const me = useMe().data;
  const people = [...new Set((past.data ?? []).map((one) => one.user_id))].sort();
  const names = useQuery({
    queryKey: ["names", ...people],
    queryFn: async () => ({
      ...(await identity.namesOf(people)),
      ...(me ? { [me.id]: me.email } : {}),
    }),
    enabled: people.length > 0,
    staleTime: 600_000,
  });
  if (past.isError) return <FaultBanner error={past.error} retry={() => void past.refetch()} />;
  if (past.isPending) return <Loading text={t("common.loading")} />;
  return (
    <Block title={t("server.history")}>
      <ul className="rows">
        {past.data.map((one) => (
          <li key={one.request_id + one.start_time}>
            <span>
              <strong>{one.action}</strong> {one.message && shown(one.message)}
              <br />
              <span className="quiet">
                {names.data?.[one.user_id] ? shown(names.data[one.user_id] ?? "") : one.user_id}
              </span>
            </span>
            <Label isCompact color={one.message ? "red" : "grey"}>
              {t(ended(one))}
            </Label>
            <Copied text={one.request_id} shown={`${one.request_id.slice(0, 12)}…`} />
            <span className="quiet">{exact(`${one.start_time}Z`, language)}</span>
          </li>
        ))}
      </ul>
    </Block>
  );
}
