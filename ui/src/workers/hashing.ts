/** The worker as a function, and the kept plans of uploads (IndexedDB). */
import type { Hasher, Plans } from "../api/upload";
import { Fault } from "../api/http";

export const hashInWorker =
  (name: string): Hasher =>
  (source, blockSize, known, signal) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./hash.worker.ts", import.meta.url), { type: "module" });
    const end = () => worker.terminate();
    const stop = () => {
      end();
      reject(new Fault("aborted", 0, "pithos", "aborted"));
    };
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    worker.onmessage = (
      event: MessageEvent<{
        done?: number;
        at: number;
        hash: string;
        hashes?: string[];
        error?: string;
      }>,
    ) => {
      const { done, at, hash, hashes, error } = event.data;
      if (done !== undefined) known(done, at, hash);
      if (hashes) {
        end();
        resolve(hashes);
      }
      if (error) {
        end();
        reject(new Error(error));
      }
    };
    worker.onerror = (event) => {
      end();
      reject(new Error(event.message));
    };
    worker.postMessage({ file: source, blockSize, hash: name });
  });

function store(): Promise<IDBObjectStore | null> {
  return new Promise((resolve) => {
    if (!globalThis.indexedDB) return resolve(null);
    const asked = indexedDB.open("synnefo-uploads", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("plans");
    asked.onsuccess = () =>
      resolve(asked.result.transaction("plans", "readwrite").objectStore("plans"));
    asked.onerror = () => resolve(null);
  });
}

function result<T>(asked: IDBRequest<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => resolve(undefined);
  });
}

/** Kept in the browser; without its storage nothing is resumed, and all else works. */
export const keptPlans: Plans = {
  get: async (key) => {
    const plans = await store();
    return plans ? ((await result(plans.get(key))) as string[] | undefined) : undefined;
  },
  put: async (key, hashes) => {
    const plans = await store();
    if (plans) await result(plans.put(hashes, key));
  },
  drop: async (key) => {
    const plans = await store();
    if (plans) await result(plans.delete(key));
  },
};
