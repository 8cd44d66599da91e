/**
 * ICU messages as far as the catalogues need them: `{name}` and
 * `{count, plural, =0 {none} one {# item} other {# items}}`, nested at will.
 */
export type Part =
  | string
  | { value: string }
  | { value: string; cases: Record<string, Part[]> }
  | { hash: true };

/** Raises SyntaxError for a message that is not well formed. */
export function parse(text: string): Part[] {
  let at = 0;
  function parts(inPlural: boolean, deep: boolean): Part[] {
    const found: Part[] = [];
    let plain = "";
    const flush = () => {
      if (plain) found.push(plain);
      plain = "";
    };
    while (at < text.length) {
      const sign = text[at] as string;
      if (sign === "}") {
        if (!deep) throw new SyntaxError(`unexpected } in ${text}`);
        break;
      }
      at += 1;
      if (sign === "{") {
        flush();
        found.push(argument());
      } else if (sign === "#" && inPlural) {
        flush();
        found.push({ hash: true });
      } else plain += sign;
    }
    flush();
    return found;
  }
  function word(): string {
    const found = /^\s*([=\w]+)\s*/.exec(text.slice(at));
    if (!found) throw new SyntaxError(`a name is missing in ${text}`);
    at += found[0].length;
    return found[1] as string;
  }
  function take(sign: string): void {
    if (text[at] !== sign) throw new SyntaxError(`${sign} is missing in ${text}`);
    at += 1;
  }
  function argument(): Part {
    const value = word();
    if (text[at] === "}") {
      at += 1;
      return { value };
    }
    take(",");
    if (word() !== "plural") throw new SyntaxError(`only plurals are known: ${text}`);
    take(",");
    const cases: Record<string, Part[]> = {};
    while (text[at] !== "}") {
      const name = word();
      take("{");
      cases[name] = parts(true, true);
      take("}");
      while (text[at] === " ") at += 1;
    }
    at += 1;
    if (!cases["other"]) throw new SyntaxError(`the case other is missing in ${text}`);
    return { value, cases };
  }
  return parts(false, false);
}

export type Values = Record<string, string | number>;

export function format(parts: readonly Part[], values: Values, language: string, count = 0): string {
  let text = "";
  for (const part of parts) {
    if (typeof part === "string") text += part;
    else if ("hash" in part) text += new Intl.NumberFormat(language).format(count);
    else if ("cases" in part) {
      const given = Number(values[part.value] ?? 0);
      const chosen =
        part.cases[`=${given}`] ??
        part.cases[new Intl.PluralRules(language).select(given)] ??
        part.cases["other"] ??
        [];
      text += format(chosen, values, language, given);
    } else {
      const value = values[part.value] ?? "";
      text += typeof value === "number" ? new Intl.NumberFormat(language).format(value) : value;
    }
  }
  return text;
}

/** The names of the values that a message takes. */
export function placesOf(parts: readonly Part[], found = new Set<string>()): Set<string> {
  for (const part of parts) {
    if (typeof part === "string" || !("value" in part)) continue;
    found.add(part.value);
    if ("cases" in part) for (const each of Object.values(part.cases)) placesOf(each, found);
  }
  return found;
}
