/** What differs between two texts, line by line (UI-216): the shortest way by Myers' algorithm. */
export interface Line {
  how: "same" | "gone" | "new";
  text: string;
}

const MOST_STEPS = 2000;

export function diff(before: string, after: string): Line[] {
  const a = before.split("\n");
  const b = after.split("\n");
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const same = (lines: string[]): Line[] => lines.map((text) => ({ how: "same", text }));
  return [
    ...same(a.slice(0, head)),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...same(a.slice(a.length - tail)),
  ];
}

function middle(a: string[], b: string[]): Line[] {
  const most = Math.min(a.length + b.length, MOST_STEPS);
  const ways: Map<number, number>[] = [];
  let reach = new Map([[1, 0]]);
  for (let steps = 0; steps <= most; steps++) {
    ways.push(new Map(reach));
    for (let k = -steps; k <= steps; k += 2) {
      const down = k === -steps || (k !== steps && (reach.get(k - 1) ?? 0) < (reach.get(k + 1) ?? 0));
      let x = down ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      reach = reach.set(k, x);
      if (x >= a.length && x - k >= b.length) return back(a, b, ways);
    }
  }
  // Too different to be worth the search: all gone, all new.
  return [
    ...a.map((text): Line => ({ how: "gone", text })),
    ...b.map((text): Line => ({ how: "new", text })),
  ];
}

function back(a: string[], b: string[], ways: Map<number, number>[]): Line[] {
  const lines: Line[] = [];
  let x = a.length;
  let y = b.length;
  for (let steps = ways.length - 1; steps >= 0; steps--) {
    const reach = ways[steps] as Map<number, number>;
    const k = x - y;
    const down = k === -steps || (k !== steps && (reach.get(k - 1) ?? 0) < (reach.get(k + 1) ?? 0));
    const before = down ? k + 1 : k - 1;
    const fromX = steps ? (reach.get(before) ?? 0) : 0;
    const fromY = fromX - before;
    while (x > fromX && y > Math.max(0, fromY) && x > 0) {
      if (steps && (x <= fromX || y <= fromY)) break;
      lines.push({ how: "same", text: a[--x] as string });
      y -= 1;
      if (!steps && !x && !y) break;
    }
    if (steps) {
      if (down) lines.push({ how: "new", text: b[--y] as string });
      else lines.push({ how: "gone", text: a[--x] as string });
    }
  }
  return lines.reverse();
}
