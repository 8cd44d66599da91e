/** Values and columns of the administrator's verbs as people read them. */
import type { Value } from "../../api/admin";
import { exact, shown } from "../../parts/format";
import { useTexts } from "../../texts";

const TIME = /^\d{4}-\d{2}-\d{2}T/;

/** A value as the command shows it, in the reader's language. */
export function useWord(): (value: Value | undefined) => string {
  const { t, language } = useTexts();
  return (value) => {
    if (value === null || value === undefined || value === "") return "—";
    if (typeof value === "boolean") return t(value ? "common.yes" : "common.no");
    if (typeof value === "object") return JSON.stringify(value);
    const text = String(value);
    return TIME.test(text) ? exact(text, language) : shown(text);
  };
}

const HEADINGS: Record<string, string> = {
  displayname: "Name",
  realname: "Real name",
  clustername: "Cluster",
  user_email: "E-mail",
};

/** "user.email" as a heading. */
export const heading = (column: string) => {
  const known = HEADINGS[column.replace(/\W/g, "_")];
  if (known) return known;
  const words = column.replace(/[._]/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};
