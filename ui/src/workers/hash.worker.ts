/** Hashes a file's blocks, three at a time, off the page's own thread. */
import { blocksOf, digestOf, hex, trimmed } from "../parts/merkle";

const AT_ONCE = 3;

self.onmessage = async (event: MessageEvent<{ file: File; blockSize: number; hash: string }>) => {
  const { file, blockSize, hash } = event.data;
  try {
    const digest = await digestOf(hash);
    const count = blocksOf(file.size, blockSize);
    const hashes = new Array<string>(count);
    let next = 0;
    let done = 0;
    const one = async () => {
      for (let at = next++; at < count; at = next++) {
        const raw = await file.slice(at * blockSize, (at + 1) * blockSize).arrayBuffer();
        const found = hex(await digest(trimmed(new Uint8Array(raw))));
        hashes[at] = found;
        done += 1;
        self.postMessage({ done, at, hash: found });
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, one));
    self.postMessage({ hashes });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
