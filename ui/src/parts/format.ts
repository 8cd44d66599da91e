/** Numbers, sizes and times as people read them, by language. */
export const UNLIMITED = 2 ** 63 - 1;

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** Bytes with 1024 units (UI-155). */
export function bytes(count: number, language: string): string {
  let value = Math.abs(count);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 || Number.isInteger(value) ? 0 : 1;
  const shown = new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
  return `${count < 0 ? "−" : ""}${shown} ${UNITS[unit]}`;
}

export function number(count: number, language: string): string {
  return new Intl.NumberFormat(language).format(count);
}

export function exact(time: string | number | Date, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" }).format(
    new Date(time),
  );
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** "3 hours ago"; under a minute "now". */
export function ago(time: string | number | Date, language: string, now = Date.now()): string {
  const seconds = (new Date(time).getTime() - now) / 1000;
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return words.format(Math.round(seconds / length), unit);
  }
  return words.format(0, "second");
}

const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** A name that somebody gave, with what steers the direction of text or is unseen made visible. */
export function shown(name: string): string {
  return name.replace(
    CONTROLS,
    (sign) => `⟨U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
  );
}
