import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { hex, merkle, sha256, trimmed } from "../parts/merkle";
import { Fault } from "./http";
import { Mismatch, upload, type Plans, type Progress, type Service, type Source } from "./upload";

const BLOCK = 1024;

function fileOf(content: Uint8Array<ArrayBuffer>): Source {
  return {
    name: "f", size: content.length, lastModified: 1, type: "text/plain",
    slice: (from, to) => ({ arrayBuffer: async () => content.slice(from, to).buffer }),
  };
}

class Cloud implements Service {
  blockSize = BLOCK;
  blocks = new Set<string>();
  map: { bytes: number; hashes: string[] } | null = null;
  posts = 0;
  puts = 0;
  failing = 0;
  asked = 0;
  async lacking(hashes: string[]) {
    this.asked += 1;
    return [...new Set(hashes)].filter((hash) => !this.blocks.has(hash));
  }
  async putMap(map: { bytes: number; hashes: string[] }) {
    this.puts += 1;
    const missing = [...new Set(map.hashes)].filter((hash) => !this.blocks.has(hash));
    if (missing.length) return missing;
    this.map = map;
    return null;
  }
  async postBlock(block: Uint8Array<ArrayBuffer>) {
    if (this.failing > 0) {
      this.failing -= 1;
      throw new Fault("offline", 0, "pithos", "offline");
    }
    this.posts += 1;
    this.blocks.add(createHash("sha256").update(block).digest("hex"));
  }
  async hashOf() {
    return this.map ? merkle(this.map.hashes, await sha256()) : "";
  }
}

class Memory implements Plans {
  kept = new Map<string, string[]>();
  async get(key: string) { return this.kept.get(key); }
  async put(key: string, hashes: string[]) { this.kept.set(key, hashes); }
  async drop(key: string) { this.kept.delete(key); }
}

let hashed = 0;
async function run(source: Source, cloud: Service, plans = new Memory(), more = {}) {
  const seen: Progress[] = [];
  const digest = await sha256();
  await upload(source, cloud, {
    key: "k", digest, plans, signal: new AbortController().signal, wait: async () => undefined,
    progress: (each) => seen.push(each),
    hasher: async (file, blockSize, known) => {
      const hashes: string[] = [];
      for (let at = 0; at === 0 || at < file.size; at += blockSize) {
        const raw = await file.slice(at, Math.min(file.size, at + blockSize)).arrayBuffer();
        hashes.push(hex(await digest(trimmed(new Uint8Array(raw)))));
        hashed += 1;
        known(hashes.length, hashes.length - 1, hashes.at(-1) as string);
      }
      return hashes;
    },
    ...more,
  });
  return seen;
}

const content = (size: number) => Uint8Array.from({ length: size }, (_, at) => (at * 7 + at / BLOCK) % 256);

it("the map is put, what is missing is posted, and the map is put again (UI-195, UI-208)", async () => {
  const cloud = new Cloud();
  const seen = await run(fileOf(content(5 * BLOCK + 10)), cloud);
  expect(cloud.posts).toBe(6);
  expect(cloud.puts).toBe(2);
  expect(cloud.map?.bytes).toBe(5 * BLOCK + 10);
  expect(seen.at(-1)).toEqual({ phase: "finishing", done: 5130, total: 5130 });
});

it("blocks that the service has count as sent at once (UI-196)", async () => {
  const cloud = new Cloud();
  await run(fileOf(content(3 * BLOCK)), cloud);
  cloud.posts = 0;
  const seen = await run(fileOf(content(4 * BLOCK)), cloud);
  expect(cloud.posts).toBe(1);
  expect(seen.find((one) => one.phase === "uploading")?.done).toBe(3 * BLOCK);
});

it("an empty file and one of a byte are uploaded (UI-199)", async () => {
  for (const size of [0, 1]) {
    const cloud = new Cloud();
    await run(fileOf(content(size)), cloud);
    expect(cloud.map?.bytes).toBe(size);
    expect(cloud.map?.hashes.length).toBe(1);
  }
});

it("the same file chosen again is not hashed again, and sends only what is missing (UI-204)", async () => {
  const cloud = new Cloud();
  const plans = new Memory();
  const file = fileOf(content(6 * BLOCK));
  const stopped = { ...cloud, blockSize: BLOCK, putMap: cloud.putMap.bind(cloud),
    lacking: cloud.lacking.bind(cloud),
    hashOf: cloud.hashOf.bind(cloud), postBlock: async (block: Uint8Array<ArrayBuffer>) => {
      if (cloud.posts >= 4) throw new Fault("aborted", 0, "pithos", "aborted");
      await cloud.postBlock(block);
    } };
  await expect(run(file, stopped, plans)).rejects.toBeInstanceOf(Fault);
  hashed = 0;
  const before = cloud.posts;
  await run(file, cloud, plans);
  expect(hashed).toBe(0);
  expect(cloud.posts - before).toBe(2);
  expect(plans.kept.size).toBe(0);
});

it("a lost connection is tried again after growing pauses (UI-206)", async () => {
  const cloud = new Cloud();
  cloud.failing = 3;
  const waits: number[] = [];
  await run(fileOf(content(10)), cloud, new Memory(), {
    wait: async (milliseconds: number) => void waits.push(milliseconds),
  });
  expect(waits).toEqual([1000, 2000, 4000]);
  expect(cloud.map).not.toBeNull();
});

it("a server that computed another hash is an error (UI-208)", async () => {
  const cloud = new Cloud();
  cloud.hashOf = async () => "00".repeat(32);
  await expect(run(fileOf(content(10)), cloud)).rejects.toBeInstanceOf(Mismatch);
});

it("blocks travel as soon as 64 are hashed, and few of them are in memory at a time (UI-193, UI-205)", async () => {
  const cloud = new Cloud();
  const size = 200 * BLOCK + 5;
  const whole = content(size);
  let held = 0;
  let most = 0;
  let early = 0;
  const file: Source = {
    ...fileOf(whole),
    slice: (from, to) => ({
      arrayBuffer: async () => {
        held += 1;
        most = Math.max(most, held);
        return whole.slice(from, to).buffer;
      },
    }),
  };
  const post = cloud.postBlock.bind(cloud);
  cloud.postBlock = async (block) => {
    await new Promise((resolve) => setTimeout(resolve, 0));
    await post(block);
    held -= 1;
  };
  const digest = await sha256();
  await run(file, cloud, new Memory(), {
    hasher: async (_: Source, blockSize: number, known: (done: number, at: number, hash: string) => void) => {
      const hashes: string[] = [];
      for (let at = 0; at * blockSize < size; at += 1) {
        const block = whole.slice(at * blockSize, (at + 1) * blockSize);
        hashes.push(hex(await digest(trimmed(block))));
        known(hashes.length, at, hashes[at] as string);
        if (at % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      }
      // Three batches are whole before the end; the first of them is under way.
      early = cloud.asked;
      return hashes;
    },
  });
  expect(early).toBeGreaterThan(0);
  expect(cloud.asked).toBe(3);
  expect(most).toBeLessThanOrEqual(5);
  expect(cloud.posts).toBe(cloud.blocks.size);
  expect(cloud.map?.bytes).toBe(size);
});
