/** What a person prefers: theme, language, columns. Kept by the server, so it follows them (UI-318). */
import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import * as identity from "../api/identity";
import { client, keys } from "../api/queries";

export type Theme = "system" | "light" | "dark" | "contrast";
export interface Wishes {
  theme?: Theme;
  language?: "en" | "el";
  columns?: Record<string, string[]>;
  start?: string;
  serverView?: "table" | "cards" | "single";
  /** By table: the order of its rows. */
  orders?: Record<string, string>;
  filesView?: "list" | "grid";
}

const SECTION = "ui";

export function usePreferences(): [Wishes, (change: Partial<Wishes>) => void] {
  const found = useQuery({
    queryKey: keys.preferences,
    queryFn: identity.preferences,
    staleTime: 300_000,
  });
  const wishes = (found.data?.[SECTION] ?? {}) as Wishes;
  const change = useCallback((wanted: Partial<Wishes>) => {
    const all = client.getQueryData<identity.Preferences>(keys.preferences) ?? {};
    const merged = { ...all, [SECTION]: { ...(all[SECTION] as Wishes | undefined), ...wanted } };
    client.setQueryData(keys.preferences, merged);
    void identity.savePreferences(merged).catch(() => {
      void client.invalidateQueries({ queryKey: keys.preferences });
    });
  }, []);
  return [wishes, change];
}

const media = (query: string) => matchMedia(query);

/** Shows a theme now, and at the next start before the first paint (public/theme.js). */
export function applyTheme(theme: Theme): void {
  const dark =
    theme === "dark" || (theme === "system" && media("(prefers-color-scheme: dark)").matches);
  const contrast =
    theme === "contrast" || (theme === "system" && media("(prefers-contrast: more)").matches);
  const classes = document.documentElement.classList;
  classes.toggle("pf-v6-theme-dark", dark);
  classes.toggle("pf-v6-theme-high-contrast", contrast);
  try {
    localStorage.setItem("synnefo.theme", theme);
  } catch {
    // Kept by the server all the same.
  }
}

export function currentTheme(): Theme {
  try {
    return (localStorage.getItem("synnefo.theme") as Theme | null) ?? "system";
  } catch {
    return "system";
  }
}
