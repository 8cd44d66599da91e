/**
 * The queue of uploads: outside of the views, so that it survives going elsewhere (UI-192).
 * Four files at once; the tab asks before it closes while something travels (UI-207).
 */
import {
  createContext,
  lazy,
  Suspense,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from "react";
import type { Place } from "../api/files";
import { Fault } from "../api/http";
import { client, keys } from "../api/queries";
import type { Progress } from "../api/upload";

export interface Wish {
  file: File;
  place: Place;
  /** Whose container takes the blocks: always one's own. */
  own: string;
}

export type State = "pending" | "running" | "paused" | "done" | "failed" | "aborted" | "canceled";
export interface Item extends Wish {
  id: number;
  state: State;
  progress: Progress | null;
  error: unknown;
  stop: AbortController;
  began: number;
  sentBefore: number;
}

interface Uploads {
  items: readonly Item[];
  add: (wishes: Wish[]) => void;
}

const AT_ONCE = 4;
const Panel = lazy(() => import("./uploadpanel"));
const Context = createContext<Uploads | null>(null);
let next = 1;

export function UploadsProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<readonly Item[]>([]);
  const current = useRef(items);
  current.current = items;

  const patch = useCallback((id: number, change: Partial<Item>) => {
    current.current = current.current.map((one) => (one.id === id ? { ...one, ...change } : one));
    setItems(current.current);
  }, []);

  const pump = useCallback(() => {
    const running = current.current.filter((one) => one.state === "running").length;
    const waiting = current.current.filter((one) => one.state === "pending");
    for (const item of waiting.slice(0, Math.max(0, AT_ONCE - running))) {
      patch(item.id, { state: "running", began: Date.now(), error: null });
      void run(item, (change) => patch(item.id, change)).then(pump);
    }
  }, [patch]);

  const add = useCallback(
    (wishes: Wish[]) => {
      const fresh = wishes.map(
        (wish): Item => ({
          ...wish,
          id: next++,
          state: "pending",
          progress: null,
          error: null,
          stop: new AbortController(),
          began: 0,
          sentBefore: 0,
        }),
      );
      current.current = [...current.current, ...fresh];
      setItems(current.current);
      pump();
    },
    [pump],
  );
  const stop = (item: Item, state: State) => {
    item.stop.abort();
    patch(item.id, { state });
    pump();
  };
  const again = (item: Item) => {
    patch(item.id, { state: "pending", stop: new AbortController(), error: null });
    pump();
  };
  const hide = (wanted: (item: Item) => boolean) => {
    current.current = current.current.filter((one) => !wanted(one));
    setItems(current.current);
  };

  const active = items.some((one) => one.state === "running" || one.state === "pending");
  useEffect(() => {
    if (!active) return undefined;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [active]);

  const value = useMemo(() => ({ items, add }), [items, add]);
  return (
    <Context.Provider value={value}>
      {children}
      {items.length > 0 && (
        <Suspense>
          <Panel items={items} stop={stop} again={again} hide={hide} />
        </Suspense>
      )}
    </Context.Provider>
  );
}

/** Whether one form is tried after a refusal: for small files, and not when the service is down or
 * said that there is no room (UI-202). */
export function formMayDo(error: unknown, size: number, blockSize: number): boolean {
  return (
    error instanceof Fault &&
    error.kind === "refused" &&
    error.status < 500 &&
    ![401, 413].includes(error.status) &&
    size < blockSize
  );
}

export function useUploads(): Uploads {
  const found = useContext(Context);
  if (!found) throw new Error("no uploads here");
  return found;
}

async function run(item: Item, patch: (change: Partial<Item>) => void): Promise<void> {
  const { place, own, file } = item;
  const signal = item.stop.signal;
  let shownAt = 0;
  let first = -1;
  const progress = (now: Progress) => {
    if (now.phase === "uploading" && first < 0) {
      first = now.done;
      patch({ began: Date.now(), sentBefore: first });
    }
    // Ten pictures a second are enough.
    if (Date.now() - shownAt < 100 && now.done < now.total) return;
    shownAt = Date.now();
    patch({ progress: now });
  };
  try {
    // Not before somebody uploads: the first view has no room for it.
    const [files, { upload }, { hashInWorker, keptPlans }, { digestOf }] = await Promise.all([
      import("../api/files"),
      import("../api/upload"),
      import("../workers/hashing"),
      import("./merkle"),
    ]);
    const can = await files.capabilities(place.account, place.container);
    // Blocks go to a container of one's own, also when the file is somebody else's.
    const home = place.account === own ? place.container : "pithos";
    try {
      await upload(
        file,
        {
          blockSize: can.blockSize,
          lacking: (hashes, stopped) => files.lacking(place, hashes, can.blockSize, stopped),
          putMap: (map, stopped) => files.putMap(place, map, file.type, { signal: stopped }),
          postBlock: (block, stopped) => files.postBlock(own, home, block, stopped),
          hashOf: async () =>
            (await files.details(place.account, place.container, place.name)).hash,
        },
        {
          key: [
            place.account, place.container, place.name, file.name, file.size, file.lastModified,
          ].join("\n"),
          hasher: hashInWorker(can.blockHash),
          digest: await digestOf(can.blockHash),
          plans: keptPlans,
          progress,
          signal,
        },
      );
    } catch (error) {
      if (!formMayDo(error, file.size, can.blockSize)) throw error;
      await files.postForm(place, file, signal);
    }
    patch({ state: "done" });
    void client.invalidateQueries({ queryKey: ["files"] });
    void client.invalidateQueries({ queryKey: keys.quotas });
  } catch (error) {
    if (signal.aborted) return;
    patch({ state: "failed", error });
  }
}
