/**
 * Looks that are repeated with `If-Modified-Since` (UI-029): 304 answers what was seen before.
 *
 * The server's times have whole seconds here, so what changed in the very second of an answer is asked
 * for without the condition the next time. What changes no time (as sharing does) is seen by a whole
 * look now and then, and at once after a change of one's own.
 */
import { send, type Sent } from "./http";

interface Kept {
  since: string;
  found: unknown;
  looks: number;
}
const WHOLE_EVERY = 12;

export class Seen {
  private readonly kept = new Map<string, Kept>();
  private changes = 0;

  /** The next look at anything is a whole one. */
  forget(): void {
    this.changes += 1;
    this.kept.clear();
  }

  /** `read` of the answer, which is skipped when nothing changed. `key` names the look. */
  async look<T>(key: string, path: string, sent: Sent, read: (answer: Response) => Promise<T>): Promise<T> {
    const before = this.kept.get(key);
    const { changes } = this;
    const conditional = before?.since && before.looks < WHOLE_EVERY;
    const headers = { ...sent.headers, ...(conditional ? { "If-Modified-Since": before.since } : {}) };
    const answer = await send(path, { ...sent, headers });
    if (answer.status === 304 && before) {
      before.looks += 1;
      return before.found as T;
    }
    const modified = answer.headers.get("Last-Modified") ?? "";
    const settled = Date.parse(answer.headers.get("Date") ?? "") - Date.parse(modified) >= 1000;
    const found = await read(answer);
    if (changes === this.changes) this.kept.set(key, { since: settled ? modified : "", found, looks: 0 });
    return found;
  }
}
