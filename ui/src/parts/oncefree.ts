/** Work on something that may still be busy: tried again each second for half a minute. */
import { Fault } from "../api/http";

const TRIES = 30;

export async function onceFree<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Fault && [400, 409].includes(error.status)) || tried === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
