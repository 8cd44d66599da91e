/**
 * Uploading by hash (object-storage.md 1.9, web-ui.md 1.14): the file is hashed block by block, the
 * map is put, the server names the blocks that it lacks, and only those travel. What is planned is
 * kept, so that the same file chosen again after a reload sends only what is still missing.
 */
import type { Digest } from "../parts/merkle";
import { blocksOf, merkle, trimmed } from "../parts/merkle";
import { Fault } from "./http";

export interface Source {
  name: string;
  size: number;
  lastModified: number;
  type: string;
  slice(from: number, to: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** What the engine needs of the service; tests give their own. */
export interface Service {
  blockSize: number;
  /** Of these hashes, those that the server lacks; nothing is made. */
  lacking(hashes: string[], signal: AbortSignal): Promise<string[]>;
  /** null: the object stands; else the missing hashes. */
  putMap(map: { bytes: number; hashes: string[] }, signal: AbortSignal): Promise<string[] | null>;
  postBlock(block: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void>;
  /** The Merkle hash that the server computed. */
  hashOf(signal: AbortSignal): Promise<string>;
}

/** Hashes of all blocks, in order; tells each as it is known, in whichever order they come. */
export type Hasher = (
  source: Source,
  blockSize: number,
  known: (done: number, at: number, hash: string) => void,
  signal: AbortSignal,
) => Promise<string[]>;

export interface Plans {
  get(key: string): Promise<string[] | undefined>;
  put(key: string, hashes: string[]): Promise<void>;
  drop(key: string): Promise<void>;
}

export type Phase = "hashing" | "uploading" | "finishing";
export interface Progress {
  phase: Phase;
  /** Blocks hashed, or bytes that the server has. */
  done: number;
  total: number;
}

export class Mismatch extends Error {}

const POSTS = 5;
/** While the rest is still hashed, so many blocks at a time are asked about and sent (UI-205). */
const BATCH = 64;
const TRIES = 8;
const FIRST_PAUSE = 1000;
const MOST_PAUSE = 30_000;

export interface Options {
  key: string;
  hasher: Hasher;
  digest: Digest;
  plans: Plans;
  progress: (progress: Progress) => void;
  signal: AbortSignal;
  wait?: (milliseconds: number) => Promise<void>;
}

/** Uploads one file. Raises Fault (kind "aborted" when stopped) or Mismatch. */
export async function upload(source: Source, service: Service, options: Options): Promise<void> {
  const { signal, progress, plans, key } = options;
  const wait = options.wait ?? pause;
  const again = <T>(work: () => Promise<T>) => retried(work, signal, wait);
  const count = blocksOf(source.size, service.blockSize);
  const lengthOf = (at: number) =>
    Math.min(service.blockSize, source.size - at * service.blockSize);

  let had = 0;
  const posted = new Set<string>();
  /** Sends the blocks at these places, five at a time: no more of the file is in memory. */
  const post = async (lacking: number[], hashOf: (at: number) => string, tell: () => void) => {
    const queue = [...lacking];
    const one = async () => {
      for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
        const from = at * service.blockSize;
        const raw = await source.slice(from, from + lengthOf(at)).arrayBuffer();
        const block = trimmed(new Uint8Array(raw));
        await again(() => service.postBlock(block, signal));
        posted.add(hashOf(at));
        had += lengthOf(at);
        tell();
      }
    };
    await Promise.all(Array.from({ length: Math.min(POSTS, lacking.length) }, one));
  };
  /** Of some places, the first of each hash that is missing and was not sent. */
  const placesOf = (missing: string[], hashes: readonly string[], from = 0) => {
    const places = new Map<string, number>();
    hashes.forEach((hash, at) => {
      if (!places.has(hash)) places.set(hash, from + at);
    });
    return missing.flatMap((hash) => {
      const at = posted.has(hash) ? undefined : places.get(hash);
      return at === undefined ? [] : [at];
    });
  };

  let hashes = await plans.get(key);
  if (hashes?.length !== count) {
    const known: string[] = [];
    let done = 0;
    let asked = 0;
    let sending = Promise.resolve();
    const hashing = () => progress({ phase: "hashing", done, total: count });
    /** Asks about a batch when it is whole and more follows, and sends what is missing of it. */
    const ahead = () => {
      let ready = asked;
      while (ready < asked + BATCH && known[ready]) ready += 1;
      if (ready < asked + BATCH || ready >= count) return;
      const from = asked;
      asked = ready;
      const batch = known.slice(from, ready);
      sending = sending.then(async () => {
        const missing = await again(() => service.lacking(batch, signal));
        await post(placesOf(missing, batch, from), (at) => known[at] as string, hashing);
      });
      // What fails here is told by the last PUT at the latest.
      sending = sending.catch(() => undefined);
    };
    hashing();
    hashes = await options.hasher(
      source,
      service.blockSize,
      (now, at, hash) => {
        done = now;
        known[at] = hash;
        hashing();
        ahead();
      },
      signal,
    );
    await plans.put(key, hashes);
    await sending;
  }
  const map = { bytes: source.size, hashes };
  const all = hashes;
  let missing = await again(() => service.putMap(map, signal));
  if (missing) {
    const lacking = placesOf(missing, all);
    had = source.size - lacking.reduce((sum, at) => sum + lengthOf(at), 0);
    const sent = () => progress({ phase: "uploading", done: had, total: source.size });
    sent();
    await post(lacking, (at) => all[at] as string, sent);
    missing = await again(() => service.putMap(map, signal));
    if (missing) {
      await plans.drop(key);
      throw new Mismatch("the file changed while it was read");
    }
  }
  progress({ phase: "finishing", done: source.size, total: source.size });
  const [here, there] = await Promise.all([
    merkle(all, options.digest),
    again(() => service.hashOf(signal)),
  ]);
  await plans.drop(key);
  if (there && here !== there) throw new Mismatch(`${here} is not ${there}`);
}

/** Tries again, ever later, what failed for want of a connection or of the service. */
async function retried<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  wait: (milliseconds: number) => Promise<void>,
): Promise<T> {
  let rest = FIRST_PAUSE;
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (error) {
      const passing =
        error instanceof Fault &&
        (error.kind === "offline" || error.kind === "timeout" || error.status >= 502);
      if (!passing || tried >= TRIES || signal.aborted) throw error;
      await wait(rest);
      rest = Math.min(MOST_PAUSE, rest * 2);
    }
  }
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
