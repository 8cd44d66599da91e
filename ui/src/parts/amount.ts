/** Amounts of resources as people type them: "10", "1.5 GiB", "20G". */

const UNIT = /^\s*(\d+(?:[.,]\d+)?)\s*([KMGTPE])?(?:i?B)?\s*$/i;
const POWERS = "KMGTPE";

/** The amount in whole units (bytes for sizes); null when the text is none. */
export function parseAmount(text: string, unit: string | null): number | null {
  const match = UNIT.exec(text);
  if (!match) return null;
  const power = match[2] ? POWERS.indexOf(match[2].toUpperCase()) + 1 : 0;
  if (power && unit !== "bytes") return null;
  const value = Number((match[1] ?? "").replace(",", ".")) * 1024 ** power;
  return Number.isInteger(value) && Number.isSafeInteger(value) ? value : null;
}

/** A text that parses to the same amount. */
export function amountText(value: number, unit: string | null): string {
  if (unit !== "bytes" || value === 0) return String(value);
  let power = 0;
  let rest = value;
  while (rest % 1024 === 0 && power < POWERS.length) {
    rest /= 1024;
    power += 1;
  }
  return power ? `${rest} ${POWERS[power - 1]}iB` : String(rest);
}
