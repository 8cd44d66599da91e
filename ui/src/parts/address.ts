/** What of a view lives in the address: filters, order, tab, step (UI-305). */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

export type Search = Record<string, string>;

export function useAddress(): [Search, (change: Record<string, string | undefined>) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const change = useCallback(
    (wanted: Record<string, string | undefined>) => {
      void navigate({
        to: ".",
        replace: true,
        search: (now: Search) => {
          const merged: Record<string, string | undefined> = { ...now, ...wanted };
          return Object.fromEntries(
            Object.entries(merged).filter(([, value]) => value !== undefined && value !== ""),
          ) as Search;
        },
      } as never);
    },
    [navigate],
  );
  return [search, change];
}

/** Parameters as plain text: a filter "1" stays text and is not quoted. */
export function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const pairs = Object.entries(search)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([key, value]): [string, string] => [key, String(value)]);
  const text = new URLSearchParams(pairs).toString();
  return text ? `?${text}` : "";
}
