/** Things and deeds of the command palette, and which of them words mean (UI-301, UI-302). */
export interface Thing {
  id: string;
  /** What it is, as people say: "Server". */
  kind: string;
  name: string;
  /** Ids, addresses, MACs, tags: whatever it is also known by. */
  also: readonly string[];
  /** An address of the application, or what to do. */
  to: string | (() => unknown);
  /** Deeds come after things of the same fit. */
  deed?: boolean;
}

/** Those that hold every word, best first: a name that is or begins with the words, then others. */
export function find(things: readonly Thing[], text: string, most = 30): Thing[] {
  const wanted = text.trim().toLocaleLowerCase();
  const words = wanted.split(/\s+/).filter(Boolean);
  if (!words.length) return things.filter((one) => one.deed).slice(0, most);
  const scored = things.flatMap((one) => {
    const name = one.name.toLocaleLowerCase();
    const all = [name, one.kind, ...one.also].join("\n").toLocaleLowerCase();
    if (!words.every((word) => all.includes(word))) return [];
    const exact = name === wanted || one.also.some((each) => each.toLocaleLowerCase() === wanted);
    const score = exact ? 0 : name.startsWith(wanted) ? 1 : name.includes(wanted) ? 2 : 3;
    return [{ one, score: score * 2 + (one.deed ? 1 : 0) }];
  });
  scored.sort((a, b) => a.score - b.score || a.one.name.localeCompare(b.one.name));
  return scored.slice(0, most).map(({ one }) => one);
}
