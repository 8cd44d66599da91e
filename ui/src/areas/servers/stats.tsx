/** Pictures of what a server does, drawn elsewhere; seen anew as often as the cloud says (UI-032). */
import { ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import * as compute from "../../api/compute";
import { configuration } from "../../api/session";
import { Block } from "../../parts/facts";
import { FaultBanner } from "../../parts/fault";
import { Loading } from "../../parts/page";
import { useTexts, type Key } from "../../texts";

function useStats(id: number) {
  return useQuery({
    queryKey: ["stats", id],
    queryFn: () => compute.stats(id),
    enabled: configuration.told.stats,
    staleTime: 600_000,
  });
}

/** One picture; only while it is on the screen it is fetched again. */
function Picture({ at, title, every }: { at: string; title: string; every: number }) {
  const place = useRef<HTMLImageElement>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let seen = true;
    const watch = new IntersectionObserver(([entry]) => {
      seen = entry?.isIntersecting ?? false;
    });
    if (place.current) watch.observe(place.current);
    const timer = setInterval(() => {
      if (seen && document.visibilityState === "visible") setRound((now) => now + 1);
    }, every * 1000);
    return () => {
      watch.disconnect();
      clearInterval(timer);
    };
  }, [every]);
  return <img ref={place} src={`${at}?at=${round}`} alt={title} className="stats-picture" />;
}

/** The two small bars of a card. */
export function StatsBars({ id }: { id: number }) {
  const { t } = useTexts();
  const stats = useStats(id).data;
  if (!stats) return null;
  return (
    <span className="stats-bars">
      <Picture at={stats.cpuBar} title={t("stats.cpu")} every={stats.refresh} />
      <Picture at={stats.netBar} title={t("stats.net")} every={stats.refresh} />
    </span>
  );
}

const RANGES: ["hour" | "week", Key][] = [
  ["hour", "stats.hour"],
  ["week", "stats.week"],
];

/** Processor and network over time. */
export function Stats({ id }: { id: number }) {
  const { t } = useTexts();
  const stats = useStats(id);
  const [range, setRange] = useState<"hour" | "week">("hour");
  if (!configuration.told.stats) return <p className="quiet">{t("stats.none")}</p>;
  if (stats.isError) return <FaultBanner error={stats.error} retry={() => void stats.refetch()} />;
  if (!stats.data) return <Loading text={t("common.loading")} />;
  const place = (path: string) => (range === "week" ? path.replace("-ts/", "-ts-w/") : path);
  return (
    <Block
      title={t("stats.title")}
      actions={
        <ToggleGroup aria-label={t("stats.range")}>
          {RANGES.map(([each, title]) => (
            <ToggleGroupItem
              key={each}
              text={t(title)}
              isSelected={range === each}
              onChange={() => setRange(each)}
            />
          ))}
        </ToggleGroup>
      }
    >
      {(
        [
          ["stats.cpu", stats.data.cpuTimeSeries],
          ["stats.net", stats.data.netTimeSeries],
        ] as const
      ).map(([title, path]) => (
        <figure key={title}>
          <figcaption>{t(title)}</figcaption>
          <Picture key={range} at={place(path)} title={t(title)} every={stats.data.refresh} />
        </figure>
      ))}
    </Block>
  );
}
