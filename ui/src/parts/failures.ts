/** What failed with which server, until it is dismissed (UI-044). */
import { useSyncExternalStore } from "react";

export interface Failure {
  action: string;
  error: unknown;
}

let failures: ReadonlyMap<number, Failure> = new Map();
const listeners = new Set<() => void>();

function keep(next: Map<number, Failure>): void {
  failures = next;
  for (const listener of listeners) listener();
}

export function markFailed(server: number, failure: Failure): void {
  keep(new Map([...failures, [server, failure]]));
}

export function unmarkFailed(server: number): void {
  if (!failures.has(server)) return;
  keep(new Map([...failures].filter(([id]) => id !== server)));
}

export function useFailure(server: number): Failure | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => failures.get(server),
  );
}
