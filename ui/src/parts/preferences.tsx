/** What a person prefers: theme, language, columns. Kept by the server, so it follows them (UI-318). */
import { useQuery } from "@tanstack/react-query";
import * as identity from "../api/identity";
import { client, keys } from "../api/queries";

export type Theme = "system" | "light" | "dark" | "contrast";
export interface Wishes {
  theme?: Theme;
  language?: "en" | "el";
  columns?: Record<string, string[]>;
  density?: "compact" | "comfortable";
  start?: string;
  serverView?: "table" | "cards" | "single";
  /** By table: the order of its rows. */
  orders?: Record<string, string>;
  /** By section of the staff's, the filters that are seen. */
  staffFilters?: Record<string, string[]>;
  /** Messages of the system's own, when this page is not looked at. */
  desktop?: boolean;
  filesView?: "list" | "grid";
  containersView?: "list" | "grid";
}

const SECTION = "ui";
let saving: Promise<unknown> = Promise.resolve();

/** Shown at once, and kept one after the other, so that none is lost on the way. */
function change(wanted: Partial<Wishes>): void {
  saving = saving
    .then(() => client.ensureQueryData({ queryKey: keys.preferences, queryFn: identity.preferences }))
    .then((all) => {
      const merged = { ...all, [SECTION]: { ...(all[SECTION] as Wishes | undefined), ...wanted } };
      client.setQueryData(keys.preferences, merged);
      return identity.savePreferences(merged);
    })
    .catch(() => client.invalidateQueries({ queryKey: keys.preferences }));
}

/** What is wished, how to wish, and whether it is known already. */
export function usePreferences(): [Wishes, (change: Partial<Wishes>) => void, boolean] {
  const found = useQuery({
    queryKey: keys.preferences,
    queryFn: identity.preferences,
    staleTime: 300_000,
  });
  const wishes = (found.data?.[SECTION] ?? {}) as Wishes;
  return [wishes, change, found.isSuccess];
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
