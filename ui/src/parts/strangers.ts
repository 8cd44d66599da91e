/** Names of projects that something belongs to and that are not mine: each looked up once (UI-157). */
import { useSyncExternalStore } from "react";
import * as identity from "../api/identity";

let names: ReadonlyMap<string, string> = new Map();
const asked = new Set<string>();
const listeners = new Set<() => void>();

/** Asks for the project's name, unless that was done before; what is refused stays unknown. */
export function lookUp(id: string): void {
  if (asked.has(id)) return;
  asked.add(id);
  void identity
    .project(id)
    .then((found) => {
      names = new Map([...names, [id, found.name]]);
      for (const listener of listeners) listener();
    })
    .catch(() => undefined);
}

export function useStrangers(): ReadonlyMap<string, string> {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => names,
  );
}
