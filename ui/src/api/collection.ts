/**
 * A list that is kept by asking only for what changed since the last answer (UI-023, UI-024).
 *
 * `look` answers the whole list each time; what the server says is deleted leaves it. 304 means
 * that nothing changed; a refused `changes-since` is followed by asking for everything.
 */
import { Fault, LIST_TIMEOUT, send } from "./http";

interface Listed {
  id: string | number;
  deleted?: boolean;
  status?: string;
}

export class Collection<T extends Listed> {
  private kept: Map<string, T> | null = null;
  private items: T[] = [];
  private since = "";

  constructor(
    private readonly path: string,
    private readonly member: string,
    private readonly supported = true,
    private readonly query: Record<string, string> = {},
  ) {}

  /** Forgets everything; the next look asks for all. */
  forget(): void {
    this.kept = null;
    this.since = "";
  }

  async look(signal?: AbortSignal): Promise<T[]> {
    if (this.kept && this.since && this.supported) {
      try {
        return await this.changes(this.kept, signal);
      } catch (error) {
        if (!(error instanceof Fault) || error.kind !== "refused") throw error;
      }
    }
    const [items, date] = await this.fetch({}, signal);
    this.kept = new Map(items.filter(present).map((item) => [String(item.id), item]));
    this.since = date;
    return (this.items = [...this.kept.values()]);
  }

  private async changes(kept: Map<string, T>, signal?: AbortSignal): Promise<T[]> {
    const [items, date] = await this.fetch({ "changes-since": this.since }, signal);
    this.since = date || this.since;
    let changed = false;
    for (const item of items) {
      const id = String(item.id);
      if (!present(item)) changed = kept.delete(id) || changed;
      else if (JSON.stringify(kept.get(id)) !== JSON.stringify(item)) {
        kept.set(id, item);
        changed = true;
      }
    }
    if (changed) this.items = [...kept.values()];
    return this.items;
  }

  private async fetch(
    more: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<[T[], string]> {
    const answer = await send(this.path, {
      query: { ...this.query, ...more },
      signal,
      timeout: LIST_TIMEOUT,
    });
    const date = answer.headers.get("Date");
    // Whole seconds, and the same second may hold a later change: step back by one.
    const since = date ? new Date(Date.parse(date) - 1000).toISOString() : "";
    if (answer.status === 304) return [[], since];
    const body = (await answer.json()) as Record<string, T[]>;
    return [body[this.member] ?? [], since];
  }
}

function present(item: Listed): boolean {
  return !item.deleted && item.status !== "DELETED";
}
