/**
 * What the application says. Keys are those of the English catalogues; the Greek ones have the same
 * (the compiler and a test see to it). Texts are ICU messages: plurals and numbers by language.
 *
 * The first view loads only what it says itself (`first`); every other view waits for `loadRest`.
 */
import { createContext, useContext, useMemo, useState, type ReactNode } from "react";
import { first } from "./en/first";
import type { rest } from "./en/rest";
import { format, parse, type Part, type Values } from "./message";

export type Key = keyof typeof first | keyof typeof rest;
export type { Values };
export type Say = (key: Key, values?: Values) => string;

export const LANGUAGES = { en: "English", el: "Ελληνικά" } as const;
export type Language = keyof typeof LANGUAGES;

type Catalogue = Record<string, string>;
const FIRST: Record<Language, () => Promise<Catalogue>> = {
  en: async () => first,
  el: async () => (await import("./el/first")).first,
};
const REST: Record<Language, () => Promise<Catalogue>> = {
  en: async () => (await import("./en/rest")).rest,
  el: async () => (await import("./el/rest")).rest,
};
const loaded: Record<Language, Catalogue> = { en: first, el: {} };
const messages = new Map<string, Part[]>();
let current: Language = "en";
let wanted = false;

/** Reads what is to be said in `next` from now on; a second call is cheap. */
export async function load(next: Language): Promise<void> {
  const [begun, others] = [await FIRST[next](), wanted ? await REST[next]() : {}];
  loaded[next] = { ...loaded[next], ...begun, ...others };
  current = next;
}

/** Reads the texts of every view but the first; a second call is cheap. */
export async function loadRest(): Promise<void> {
  wanted = true;
  const language = current;
  try {
    loaded[language] = { ...loaded[language], ...(await REST[language]()) };
  } catch (error) {
    wanted = false;
    throw error;
  }
}

/** The best of ours for what the browser asks for (UI-018). */
export function preferred(asked: readonly string[] = navigator.languages): Language {
  for (const one of asked) {
    const short = one.slice(0, 2).toLowerCase();
    if (short in LANGUAGES) return short as Language;
  }
  return "en";
}

export function say(language: Language, key: Key, values?: Values): string {
  const text = loaded[language][key] ?? key;
  if (!text.includes("{")) return text;
  let message = messages.get(text);
  if (!message) messages.set(text, (message = parse(text)));
  return format(message, values ?? {}, language);
}

interface Texts {
  language: Language;
  t: Say;
  change: (language: Language) => Promise<void>;
}

const Context = createContext<Texts | null>(null);

export function TextsProvider({ first, children }: { first: Language; children: ReactNode }) {
  const [language, set] = useState<Language>(first);
  const texts = useMemo<Texts>(() => {
    document.documentElement.lang = language;
    return {
      language,
      t: (key, values) => say(language, key, values),
      change: async (next) => {
        await load(next);
        set(next);
      },
    };
  }, [language]);
  return <Context.Provider value={texts}>{children}</Context.Provider>;
}

export function useTexts(): Texts {
  const found = useContext(Context);
  if (!found) throw new Error("no texts here");
  return found;
}
