/** The lists that views share: one key each, kept fresh by events or, without them, by polling. */
import {
  QueryClient,
  useQuery,
  type QueryKey,
  type UseQueryResult,
} from "@tanstack/react-query";
import * as compute from "./compute";
import { listen, type Change } from "./events";
import { Fault } from "./http";
import * as identity from "./identity";
import * as images from "./images";
import * as network from "./network";
import { Pace } from "./pace";
import { configuration } from "./session";
import * as volumes from "./volumes";

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2000,
      refetchOnWindowFocus: true,
      retry: (count, error) =>
        error instanceof Fault && error.kind !== "refused" && error.kind !== "aborted" && count < 1,
    },
  },
});

export const keys = {
  servers: ["servers"],
  flavors: ["flavors"],
  keypairs: ["keypairs"],
  networks: ["networks"],
  subnets: ["subnets"],
  ports: ["ports"],
  addresses: ["addresses"],
  volumes: ["volumes"],
  snapshots: ["snapshots"],
  volumeTypes: ["volume-types"],
  images: ["images"],
  quotas: ["quotas"],
  projects: ["projects"],
  me: ["me"],
  preferences: ["preferences"],
  notices: ["notices"],
} as const satisfies Record<string, QueryKey>;

/** Names of collections in the stream of changes, and the lists that they make stale. */
const TOLD: Record<string, (readonly string[])[]> = {
  servers: [keys.servers, keys.quotas, keys.ports, keys.volumes],
  volumes: [keys.volumes, keys.quotas],
  networks: [keys.networks, keys.quotas],
  subnets: [keys.subnets],
  ports: [keys.ports, keys.servers],
  floatingips: [keys.addresses, keys.quotas],
  addresses: [keys.addresses, keys.quotas],
  keypairs: [keys.keypairs],
};

let pushed = false;
let pace: Pace | null = null;
/** Seconds between two looks while changes are pushed: events may name less than what is shown. */
const SLOW = 60_000;

function paceOf(): Pace {
  return (pace ??= new Pace(configuration.told.poll));
}

/** Follows the stream of changes. Returns how to stop. */
export function followChanges(): () => void {
  const waiting = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    for (const key of waiting) void client.invalidateQueries({ queryKey: [key] });
    waiting.clear();
  };
  const stop = listen({
    change: (change: Change) => {
      for (const key of TOLD[change.collection] ?? []) waiting.add(key[0] as string);
      timer ??= setTimeout(flush, 150);
    },
    lost: () => void client.invalidateQueries(),
    up: (up) => {
      pushed = up;
    },
  });
  return () => {
    stop();
    clearTimeout(timer);
    pushed = false;
  };
}

/**
 * Slows everything down while `window` has no focus; with the focus back all is looked at at once.
 * Returns how to stop.
 */
export function followFocus(window: Pick<EventTarget, "addEventListener" | "removeEventListener">) {
  const blur = () => {
    paceOf().blurred = true;
  };
  const focus = () => {
    paceOf().blurred = false;
    void client.invalidateQueries();
  };
  window.addEventListener("blur", blur);
  window.addEventListener("focus", focus);
  return () => {
    window.removeEventListener("blur", blur);
    window.removeEventListener("focus", focus);
    paceOf().blurred = false;
  };
}

let held = false;

/** Nothing is looked at by itself while a fault waits to be read (UI-026). */
export function holdPolling(wanted: boolean): void {
  if (held === wanted) return;
  held = wanted;
  if (!held) void client.invalidateQueries();
}

/** Milliseconds until the list `name` is looked at again; false for never. */
export function nextLook(name: string, failed: boolean, fixed?: number): number | false {
  if (failed || held) return false;
  if (fixed) return fixed;
  return pushed ? SLOW : paceOf().interval(name);
}

interface LiveOptions {
  fixed?: number;
  enabled?: boolean;
}

/** See `useLive`. A first timeout is passed over: the look is repeated once (UI-025). */
export function live<T>(
  key: readonly string[],
  look: (signal?: AbortSignal) => Promise<T>,
  options: LiveOptions = {},
) {
  const name = key.join("/");
  return {
    queryKey: key,
    queryFn: async ({ signal }: { signal: AbortSignal }) => {
      const before = client.getQueryData(key);
      const found = await look(signal);
      if (before !== undefined) {
        paceOf().answered(name, JSON.stringify(before) !== JSON.stringify(found));
      }
      return found;
    },
    enabled: options.enabled,
    refetchInterval: (query: { state: { status: string } }) =>
      nextLook(name, query.state.status === "error", options.fixed),
  };
}

/** A list that keeps itself fresh. */
export function useLive<T>(
  key: readonly string[],
  look: (signal?: AbortSignal) => Promise<T>,
  options: LiveOptions = {},
): UseQueryResult<T> {
  return useQuery(live(key, look, options));
}

export const useServers = () => useLive(keys.servers, compute.servers);
export const useVolumes = () => useLive(keys.volumes, volumes.volumes);
export const useNetworks = () => useLive(keys.networks, network.networks);
export const useSubnets = () => useLive(keys.subnets, network.subnets);
export const usePorts = () => useLive(keys.ports, network.ports);
export const useAddresses = () => useLive(keys.addresses, network.addresses);
export const useKeypairs = () => useLive(keys.keypairs, compute.keypairs);
export const useQuotas = () => useLive(keys.quotas, identity.quotas);
export const useImages = () => useLive(keys.images, images.images);
export const useProjects = () => useLive(keys.projects, () => identity.projects());
export const useFlavors = () =>
  useQuery({ queryKey: keys.flavors, queryFn: compute.flavors, staleTime: 300_000 });
export const useVolumeTypes = () =>
  useQuery({ queryKey: keys.volumeTypes, queryFn: volumes.types, staleTime: 300_000 });
export const useMe = () =>
  useQuery({ queryKey: keys.me, queryFn: identity.me, staleTime: 300_000 });

/** Marks lists as stale, after a change that the person made (UI-021). */
export function changed(...lists: (readonly string[])[]): void {
  for (const key of lists) void client.invalidateQueries({ queryKey: key });
}

const PROJECTS_AFTER = 2000;

/** After something went to another project: projects count it a moment later (UI-021). */
export function reassigned(...lists: (readonly string[])[]): void {
  changed(...lists, keys.quotas);
  setTimeout(() => changed(keys.projects), PROJECTS_AFTER);
}
