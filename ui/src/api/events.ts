/**
 * The stream of changes (web-ui.md UI-028), read with fetch: an EventSource can send no token, and a
 * token in an address is out of the question. After a break it goes on at the last event.
 */
import { currentToken, refresh } from "./http";

export interface Change {
  collection: string;
  id: string;
  version: number;
  kind: "created" | "updated" | "deleted";
}

export interface Listener {
  change: (change: Change) => void;
  /** Some changes were missed: all has to be read again. */
  lost: () => void;
  /** Whether changes arrive; without them lists are polled. */
  up: (up: boolean) => void;
}

export interface StreamEvent {
  id: string;
  event: string;
  data: string;
}

/** Splits what came so far into whole events and the rest (WHATWG HTML 9.2.6, as far as we use it). */
export function parse(text: string): [StreamEvent[], string] {
  const blocks = text.replaceAll("\r\n", "\n").split("\n\n");
  const rest = blocks.pop() ?? "";
  const events: StreamEvent[] = [];
  for (const block of blocks) {
    const event: StreamEvent = { id: "", event: "message", data: "" };
    for (const line of block.split("\n")) {
      const at = line.indexOf(":");
      if (at <= 0) continue;
      const field = line.slice(0, at);
      const value = line.slice(at + 1).replace(/^ /, "");
      if (field === "id") event.id = value;
      else if (field === "event") event.event = value;
      else if (field === "data") event.data += (event.data ? "\n" : "") + value;
    }
    if (event.data) events.push(event);
  }
  return [events, rest];
}

const FIRST_PAUSE = 1000;
const MOST_PAUSE = 30_000;

/** Listens until the answer is called. Never raises; without a stream it tries again, ever slower. */
export function listen(listener: Listener): () => void {
  const stop = new AbortController();
  let last = "";
  let pause = FIRST_PAUSE;

  async function follow(): Promise<void> {
    const headers: Record<string, string> = {
      "X-Auth-Token": currentToken(),
      Accept: "text/event-stream",
    };
    if (last) headers["Last-Event-ID"] = last;
    const answer = await fetch("/cloud/v1/events", {
      headers,
      signal: stop.signal,
      cache: "no-store",
    });
    if (answer.status === 401) await refresh();
    if (!answer.ok || !answer.body) throw new Error(String(answer.status));
    listener.up(true);
    pause = FIRST_PAUSE;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const [events, rest] = parse(text + value);
      text = rest;
      for (const event of events) {
        if (event.id) last = event.id;
        if (event.event === "lost") listener.lost();
        else if (event.event === "change") listener.change(JSON.parse(event.data) as Change);
      }
    }
  }

  async function keep(): Promise<void> {
    while (!stop.signal.aborted) {
      await follow().catch(() => undefined);
      if (stop.signal.aborted) return;
      listener.up(false);
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(MOST_PAUSE, pause * 2);
    }
  }

  void keep();
  return () => stop.abort();
}
