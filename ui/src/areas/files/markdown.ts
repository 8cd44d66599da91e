/**
 * Markdown as a tree of plain nodes (UI-187): headings, lists, quotes, code, rules, paragraphs; in
 * them strong, emphasis, code and links. No HTML: what looks like it is text.
 */
export type Inline =
  | { kind: "text" | "code"; text: string }
  | { kind: "strong" | "em"; parts: Inline[] }
  | { kind: "link"; to: string; parts: Inline[] };
export type Block =
  | { kind: "heading"; level: number; parts: Inline[] }
  | { kind: "paragraph" | "quote"; parts: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "list"; ordered: boolean; items: Inline[][] }
  | { kind: "rule" };

const ITEM = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/;
const STARTS = /^(#{1,6}\s|```|~~~|>|\s*(?:[-*+]|\d+[.)])\s|(?:[-*_]\s*){3,}$)/;

export function markdown(text: string): Block[] {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  const while_ = (holds: (line: string) => boolean): string[] => {
    const found: string[] = [];
    while (at < lines.length && holds(lines[at] as string)) found.push(lines[at++] as string);
    return found;
  };
  while (at < lines.length) {
    const line = lines[at] as string;
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    const fence = /^(```|~~~)/.exec(line)?.[1];
    if (!line.trim()) at += 1;
    else if (heading) {
      at += 1;
      blocks.push({
        kind: "heading",
        level: (heading[1] as string).length,
        parts: inline(heading[2] as string),
      });
    } else if (fence) {
      at += 1;
      blocks.push({ kind: "code", text: while_((one) => !one.startsWith(fence)).join("\n") });
      at += 1;
    } else if (/^(?:[-*_]\s*){3,}$/.test(line)) {
      at += 1;
      blocks.push({ kind: "rule" });
    } else if (line.startsWith(">")) {
      const said = while_((one) => one.startsWith(">")).map((one) => one.replace(/^>\s?/, ""));
      blocks.push({ kind: "quote", parts: inline(said.join(" ")) });
    } else if (ITEM.test(line)) {
      const ordered = /^\s*\d/.test(line);
      const items: string[] = [];
      for (const one of while_((each) => ITEM.test(each) || /^\s+\S/.test(each))) {
        const item = ITEM.exec(one);
        if (item) items.push(item[2] as string);
        else items.push(`${items.pop() ?? ""} ${one.trim()}`);
      }
      blocks.push({ kind: "list", ordered, items: items.map(inline) });
    } else {
      at += 1;
      const more = while_((one) => !!one.trim() && !STARTS.test(one));
      blocks.push({ kind: "paragraph", parts: inline([line, ...more].join(" ")) });
    }
  }
  return blocks;
}

const SPAN =
  /`([^`]+)`|\*\*(.+?)\*\*|__(.+?)__|\*([^*\s][^*]*)\*|\b_([^_\s][^_]*)_\b|\[([^\]]+)\]\(([^)\s]+)\)/;

export function inline(text: string): Inline[] {
  const parts: Inline[] = [];
  let rest = text;
  for (;;) {
    const found = SPAN.exec(rest);
    if (!found) break;
    if (found.index) parts.push({ kind: "text", text: rest.slice(0, found.index) });
    const [all, code, strong, strong2, em, em2, label, to] = found;
    if (code !== undefined) parts.push({ kind: "code", text: code });
    else if (strong ?? strong2) parts.push({ kind: "strong", parts: inline((strong ?? strong2) as string) });
    else if (em ?? em2) parts.push({ kind: "em", parts: inline((em ?? em2) as string) });
    else if (/^(https?:|mailto:)/i.test(to ?? ""))
      parts.push({ kind: "link", to: to as string, parts: inline(label as string) });
    else parts.push(...inline(label as string));
    rest = rest.slice(found.index + all.length);
  }
  if (rest) parts.push({ kind: "text", text: rest });
  return parts;
}
