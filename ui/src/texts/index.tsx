/**
 * What the application says. Keys are those of the English catalogue; the Greek one has the same
 * (the compiler and a test see to it). Texts are ICU messages: plurals and numbers by language.
 */
import { IntlMessageFormat } from "intl-messageformat";
import { createContext, useContext, useMemo, useState, type ReactNode } from "react";
import { en } from "./en";

export type Key = keyof typeof en;
export type Catalogue = Record<Key, string>;
export type Values = Record<string, string | number>;
export type Say = (key: Key, values?: Values) => string;

export const LANGUAGES = { en: "English", el: "Ελληνικά" } as const;
export type Language = keyof typeof LANGUAGES;

const loaded: Partial<Record<Language, Catalogue>> = { en };
const formats = new Map<string, IntlMessageFormat>();

/** Reads the catalogue of `language`; a second call is free. */
export async function load(language: Language): Promise<void> {
  if (loaded[language]) return;
  if (language === "el") loaded.el = (await import("./el")).el;
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
  const text = loaded[language]?.[key] ?? en[key];
  if (!text.includes("{")) return text;
  const name = `${language} ${text}`;
  let format = formats.get(name);
  if (!format) formats.set(name, (format = new IntlMessageFormat(text, language)));
  return String(format.format(values));
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
