/** Hashes a file's blocks, three at a time, off the page's own thread. */
import { blocksOf, hex, sha256, trimmed } from "../parts/merkle";

const AT_ONCE = 3;

self.onmessage = async (event: MessageEvent<{ file: File; blockSize: number }>) => {
  const { file, blockSize } = event.data;
  try {
    const digest = await sha256();
    const count = blocksOf(file.size, blockSize);
    const hashes = new Array<string>(count);
    let next = 0;
    let done = 0;
    const one = async () => {
      for (let at = next++; at < count; at = next++) {
        const raw = await file.slice(at * blockSize, (at + 1) * blockSize).arrayBuffer();
        hashes[at] = hex(await digest(trimmed(new Uint8Array(raw))));
        done += 1;
        self.postMessage({ done });
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, one));
    self.postMessage({ hashes });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
