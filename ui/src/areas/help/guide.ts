/** What the guide is made of. */
export interface Topic {
  /** The first part of the addresses that it is about. */
  id: string;
  title: string;
  to?: string;
  text: string[];
}

/** Topics that hold every word. */
export function matching(guide: readonly Topic[], text: string): Topic[] {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return guide.filter((one) => {
    const all = [one.title, ...one.text].join("\n").toLocaleLowerCase();
    return words.every((word) => all.includes(word));
  });
}
