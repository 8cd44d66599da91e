/** What is being loaded for the first time: it is told, and nothing waits for it (UI-009, UI-010). */
import { useSyncExternalStore } from "react";
import { client } from "../api/queries";
import { useTexts, type Key } from "../texts";

const WORDS: Record<string, Key> = {
  flavors: "load.flavors",
  quotas: "load.quotas",
  projects: "nav.projects",
  volumes: "nav.volumes",
  images: "nav.images",
  servers: "nav.servers",
  networks: "nav.networks",
  addresses: "nav.addresses",
  keypairs: "nav.keys",
};

/** Names of the lists that are asked for and were never answered. */
function pending(): string {
  return client
    .getQueryCache()
    .findAll({ fetchStatus: "fetching", predicate: (query) => query.state.status === "pending" })
    .map((query) => String(query.queryKey[0]))
    .filter((name) => name in WORDS)
    .join(" ");
}

export function Loads() {
  const { t } = useTexts();
  const names = useSyncExternalStore(
    (listener) => client.getQueryCache().subscribe(() => queueMicrotask(listener)),
    pending,
  );
  return (
    <p className="loads" role="status" data-test="loads">
      {names &&
        t("load.now", {
          what: names
            .split(" ")
            .map((name) => t(WORDS[name] as Key))
            .join(", "),
        })}
    </p>
  );
}
