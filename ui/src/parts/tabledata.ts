/** Filtering, ordering and exporting of a table's rows. */
interface Readable<R> {
  id: string;
  title: string;
  text: (row: R) => string;
  order?: (row: R) => string | number;
}

/** Rows whose texts hold every word of `filter`, ordered by `sort` ("-" before it: descending). */
export function arrange<R>(
  rows: readonly R[],
  columns: readonly Readable<R>[],
  filter: string,
  sort: string,
  language: string,
): R[] {
  const words = filter.toLocaleLowerCase(language).split(/\s+/).filter(Boolean);
  const found = words.length
    ? rows.filter((row) => {
        const text = columns
          .map((one) => one.text(row))
          .join("\n")
          .toLocaleLowerCase(language);
        return words.every((word) => text.includes(word));
      })
    : [...rows];
  const descending = sort.startsWith("-");
  const column = columns.find((one) => one.id === (descending ? sort.slice(1) : sort));
  if (!column) return found;
  const value = column.order ?? column.text;
  const words_ = new Intl.Collator(language, { numeric: true, sensitivity: "base" });
  found.sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    const order =
      typeof a === "number" && typeof b === "number" ? a - b : words_.compare(String(a), String(b));
    return descending ? -order : order;
  });
  return found;
}

/** RFC 4180, with a guard against cells that a spreadsheet would run as a formula. */
export function csv<R>(rows: readonly R[], columns: readonly Readable<R>[]): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [columns.map((one) => cell(one.title))];
  for (const row of rows) lines.push(columns.map((one) => cell(one.text(row))));
  return lines.map((line) => line.join(",")).join("\r\n") + "\r\n";
}
