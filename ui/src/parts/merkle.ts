/**
 * Blocks and their hashes (object-storage.md 2.1 to 2.4): a block is hashed without its trailing
 * zero bytes, and the hashes are the leaves of a binary tree that is filled up with zero hashes.
 */
export type Digest = (data: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;

/** The block without its trailing zero bytes: of a block of zeros nothing stays. */
export function trimmed(block: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let end = block.length;
  // Whole words first: files with holes are mostly zeros.
  if (block.byteOffset % 4 === 0) {
    const words = new Uint32Array(block.buffer, block.byteOffset, block.length >> 2);
    if (end % 4 === 0) {
      let word = words.length;
      while (word > 0 && words[word - 1] === 0) word -= 1;
      end = Math.min(end, word * 4);
    }
  }
  while (end > 0 && block[end - 1] === 0) end -= 1;
  return block.subarray(0, end);
}

export function hex(data: Uint8Array): string {
  let text = "";
  for (const each of data) text += each.toString(16).padStart(2, "0");
  return text;
}

export function unhex(text: string): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(text.length / 2);
  for (let at = 0; at < out.length; at++) out[at] = parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return out;
}

/** SHA-256 by the browser, or by WebAssembly where the page came over plain HTTP. */
export async function sha256(): Promise<Digest> {
  if (globalThis.crypto?.subtle) {
    return async (data) => new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  }
  const { sha256: slow } = await import("hash-wasm");
  return async (data) => unhex(await slow(data));
}

const BY_BROWSER: Record<string, string> = { sha1: "SHA-1", sha384: "SHA-384", sha512: "SHA-512" };

/** The hash that a container names (UI-197). Raises for one that no browser has. */
export async function digestOf(name: string): Promise<Digest> {
  if (name === "sha256") return sha256();
  const known = BY_BROWSER[name];
  if (!known || !globalThis.crypto?.subtle) throw new Error(`unknown hash ${name}`);
  return async (data) => new Uint8Array(await crypto.subtle.digest(known, data));
}

/** The number of blocks; an empty file has one, which is empty. */
export function blocksOf(size: number, blockSize: number): number {
  return Math.max(1, Math.ceil(size / blockSize));
}

/** The root over block hashes; with one block that block's hash. */
export async function merkle(hashes: readonly string[], digest: Digest): Promise<string> {
  let level = hashes.map(unhex);
  if (!level.length) return hex(await digest(new Uint8Array(0)));
  const width = level[0]?.length ?? 32;
  let leaves = 1;
  while (leaves < level.length) leaves *= 2;
  while (level.length < leaves) level.push(new Uint8Array(width));
  while (level.length > 1) {
    const next: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < level.length; at += 2) {
      const pair = new Uint8Array(2 * width);
      pair.set(level[at] as Uint8Array, 0);
      pair.set(level[at + 1] as Uint8Array, width);
      next.push(await digest(pair));
    }
    level = next;
  }
  return hex(level[0] as Uint8Array);
}
