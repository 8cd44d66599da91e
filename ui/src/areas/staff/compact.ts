/** Filters as one line: `user:John status:active vm:operstate=started ip:.27` (UI-272). Pure. */
export interface Term {
  key: string;
  value: string;
}
export interface Read {
  terms: Term[];
  /** Parts of the line that are no filter here. */
  wrong: string[];
}

const PART = /([a-z_]+):("([^"]*)"|\S*)|\S+/gi;

/** The terms of a line; what names no filter of `keys` is wrong. */
export function readLine(line: string, keys: readonly string[]): Read {
  const terms: Term[] = [];
  const wrong: string[] = [];
  for (const [all, key, plain, quoted] of line.matchAll(PART)) {
    const value = quoted ?? plain ?? "";
    if (key && keys.includes(key) && value) terms.push({ key, value });
    else wrong.push(all);
  }
  return { terms, wrong };
}

export function writeLine(terms: readonly Term[]): string {
  return terms.map(({ key, value }) => `${key}:${/\s/.test(value) ? `"${value}"` : value}`).join(" ");
}
