import { expect, it } from "vitest";
import { runPieces, type PieceState } from "./pool";

it("pieces run some at a time, one's failure leaves the others alone, and a stop ends what waits", async () => {
  const states: PieceState[] = [];
  let running = 0;
  let most = 0;
  const piece = (fails: boolean) => ({
    name: "x",
    run: async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      if (fails) throw new Error("no");
    },
  });
  const errors: unknown[] = [];
  await runPieces([false, true, false, false].map(piece), 2, new AbortController().signal, (at, state, error) => {
    states[at] = state;
    if (error) errors.push(error);
  });
  expect(states).toEqual(["done", "failed", "done", "done"]);
  expect([most, errors.length]).toEqual([2, 1]);

  const stop = new AbortController();
  const ended: PieceState[] = [];
  await runPieces(
    [0, 1, 2].map(() => ({ name: "y", run: async () => stop.abort() })),
    1,
    stop.signal,
    (at, state) => {
      ended[at] = state;
    },
  );
  expect(ended).toEqual(["done", "stopped", "stopped"]);
});
