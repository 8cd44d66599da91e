/** Many like pieces of work: some at a time, each with its own end, stopped together. */
export type PieceState = "waiting" | "running" | "done" | "failed" | "stopped";

export interface Piece {
  name: string;
  run: (signal: AbortSignal) => Promise<unknown>;
}

/** Runs pieces `atOnce` at a time and tells each change; what waits when `signal` ends is stopped. */
export async function runPieces(
  pieces: readonly Piece[],
  atOnce: number,
  signal: AbortSignal,
  told: (at: number, state: PieceState, error?: unknown) => void,
): Promise<void> {
  let next = 0;
  const one = async () => {
    for (let at = next++; at < pieces.length; at = next++) {
      if (signal.aborted) {
        told(at, "stopped");
        continue;
      }
      told(at, "running");
      try {
        await pieces[at]?.run(signal);
        told(at, "done");
      } catch (error) {
        if (signal.aborted) told(at, "stopped");
        else told(at, "failed", error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, pieces.length) }, one));
}
