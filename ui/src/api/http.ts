/**
 * The one way to the daemon: every call of the application goes through `send`.
 *
 * The token lives in this module's memory alone. A 401 is answered by one silent refresh and one
 * retry; after a second one the session counts as lost and whoever listens is told.
 */

/** A refusal or a failed call, in one shape for all services (web-ui.md 10.2). */
export class Fault extends Error {
  constructor(
    readonly kind: "refused" | "offline" | "timeout" | "aborted",
    readonly status: number,
    readonly service: string,
    message: string,
    readonly code: string = "",
    readonly details: string = "",
    readonly requestId: string = "",
    readonly body: unknown = undefined,
  ) {
    super(message);
    this.name = "Fault";
  }
}

export interface Sent {
  method?: string;
  query?: Record<string, string | number | undefined>;
  headers?: Record<string, string>;
  json?: unknown;
  body?: BodyInit;
  signal?: AbortSignal;
  /** Statuses that are answers, not faults. */
  allow?: readonly number[];
  /** Milliseconds; 0 waits for ever. */
  timeout?: number;
  /** Send no token. */
  open?: boolean;
  /** Changes nothing, whatever the method. */
  reads?: boolean;
}

let token = "";
let renew: () => Promise<boolean> = async () => false;
let renewing: Promise<boolean> | null = null;
const lost = new Set<() => void>();
const TIMEOUT = 20_000;
/** For lists that are looked at again and again. */
export const LIST_TIMEOUT = 10_000;

/** Keeps a token for the calls to come; "" forgets it. */
export function keepToken(given: string): void {
  token = given;
}

/** The token, for the few places that build a request of their own (workers, event stream). */
export function currentToken(): string {
  return token;
}

/** How a fresh token is had; answers whether it was. */
export function renewBy(how: () => Promise<boolean>): void {
  renew = how;
}

/** Calls `listener` when the session is over. Returns how to stop. */
export function onLost(listener: () => void): () => void {
  lost.add(listener);
  return () => lost.delete(listener);
}

/** Tries once for a fresh token; calls at the same time share one try. */
export function refresh(): Promise<boolean> {
  renewing ??= renew().finally(() => {
    renewing = null;
  });
  return renewing;
}

/** A call that a form would have made, told instead of sent (UI-311). */
export class Recorded extends Error {
  constructor(
    readonly method: string,
    readonly path: string,
    readonly headers: Record<string, string>,
    readonly body: string,
  ) {
    super("recorded");
  }
}
let recording = false;
/** Runs `work` until it would change something, and answers that call; null when it changes nothing. */
export async function record(work: () => Promise<unknown>): Promise<Recorded | null> {
  recording = true;
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof Recorded) return error;
    throw error;
  } finally {
    recording = false;
  }
}

/** Whether changes are only told now. */
export const isRecording = (): boolean => recording;

const READS = new Set(["GET", "HEAD"]);

/** Before a change travels: it may be recorded only, and without a network it is refused (UI-312). */
function before(path: string, sent: Sent): void {
  const method = sent.method ?? "GET";
  if (READS.has(method) || sent.open || sent.reads) return;
  if (recording) {
    const body = sent.json === undefined ? (typeof sent.body === "string" ? sent.body : "") : JSON.stringify(sent.json, null, 2);
    throw new Recorded(method, path + queryOf(sent.query), sent.headers ?? {}, body);
  }
  if (globalThis.navigator?.onLine === false) throw new Fault("offline", 0, serviceOf(path), "offline");
}

/** Asks for the password again, as when the session is lost; the view waits below. */
export function askAgain(): void {
  for (const each of lost) each();
}

/** One call. Raises Fault. */
export async function send(path: string, sent: Sent = {}): Promise<Response> {
  before(path, sent);
  let answer = await once(path, sent);
  if (answer.status === 401 && !sent.open && !sent.allow?.includes(401)) {
    if (await refresh()) answer = await once(path, sent);
    if (answer.status === 401) {
      token = "";
      for (const listener of lost) listener();
    }
  }
  if (answer.ok || answer.status === 304 || sent.allow?.includes(answer.status)) return answer;
  throw await faultOf(answer, path);
}

/** One call that answers JSON. */
export async function ask<T>(path: string, sent: Sent = {}): Promise<T> {
  const answer = await send(path, sent);
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

async function once(path: string, sent: Sent): Promise<Response> {
  const headers = new Headers(sent.headers);
  if (token && !sent.open) headers.set("X-Auth-Token", token);
  let body = sent.body;
  if (sent.json !== undefined) {
    headers.set("Content-Type", "application/json");
    body = JSON.stringify(sent.json);
  }
  if (!headers.has("Accept")) headers.set("Accept", "application/json");
  const limit = sent.timeout ?? TIMEOUT;
  const signals = [sent.signal, limit ? AbortSignal.timeout(limit) : undefined].filter(
    (one): one is AbortSignal => one !== undefined,
  );
  try {
    return await fetch(path + queryOf(sent.query), {
      method: sent.method ?? "GET",
      headers,
      body,
      signal: signals.length ? AbortSignal.any(signals) : undefined,
      cache: "no-store",
      credentials: "same-origin",
    });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    const kind = name === "TimeoutError" ? "timeout" : name === "AbortError" ? "aborted" : "offline";
    throw new Fault(kind, 0, serviceOf(path), kind);
  }
}

export function queryOf(query: Sent["query"]): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  if (!pairs.length) return "";
  return "?" + pairs.map(([key, value]) => `${key}=${encodeURIComponent(String(value))}`).join("&");
}

export function serviceOf(path: string): string {
  const parts = path.split("/").filter(Boolean);
  return parts[0] === "cyclades" ? (parts[1] ?? "cyclades") : (parts[0] ?? "");
}

async function faultOf(answer: Response, path: string): Promise<Fault> {
  const text = await answer.text().catch(() => "");
  const id = answer.headers.get("X-Openstack-Request-Id") ?? "";
  const told = read(text);
  return new Fault(
    "refused",
    answer.status,
    serviceOf(path),
    told.message || answer.statusText || String(answer.status),
    told.code,
    told.details,
    id,
    told.body,
  );
}

/** What a refusal says, in whichever dialect: `{"itemNotFound": {...}}`, `{"error": {...}}`, text. */
export function read(text: string): {
  message: string;
  code: string;
  details: string;
  body?: unknown;
} {
  try {
    const body: unknown = JSON.parse(text);
    if (body && typeof body === "object" && !Array.isArray(body)) {
      const [code, inner] = Object.entries(body)[0] ?? ["", undefined];
      if (inner && typeof inner === "object") {
        const fields = inner as Record<string, unknown>;
        return {
          code: String(fields["title"] ?? fields["type"] ?? code),
          message: String(fields["message"] ?? ""),
          details: String(fields["details"] ?? fields["detail"] ?? fields["data"] ?? ""),
          body,
        };
      }
      const fields = body as Record<string, unknown>;
      return { code: "", message: String(fields["message"] ?? text), details: "", body };
    }
    return { code: "", message: text.slice(0, 300), details: "", body };
  } catch {
    return { code: "", message: text.startsWith("<") ? "" : text.trim().slice(0, 300), details: "" };
  }
}
