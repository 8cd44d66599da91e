/** Of a long list only the rows near the screen are in the page (UI-306). */
import { useEffect, useRef, useState, type RefObject } from "react";

/** Lists up to this long are there as a whole. */
export const WHOLE = 120;
const SPARE = 12;
const STEP = 4;
const ROW = 38;

export interface Near {
  first: number;
  /** Beyond the last. */
  end: number;
}

/** The rows near a view of `height` that begins `passed` pixels below the list's top. Pure. */
export function near(count: number, passed: number, height: number, row: number): Near {
  const top = Math.max(0, Math.min(count - 1, Math.floor(passed / row)) - SPARE);
  // By some rows at a time: not each pixel is worth a drawing.
  const first = top - (top % STEP);
  return { first, end: Math.min(count, first + Math.ceil(height / row) + 2 * SPARE + STEP) };
}

/** `list` is what holds the rows; `row` the height of one, as measured. */
export function useNear(count: number, list: RefObject<HTMLElement | null>): Near & { row: number } {
  const [now, set] = useState<Near & { row: number }>({ first: 0, end: Math.min(count, WHOLE), row: ROW });
  const row = useRef(ROW);
  useEffect(() => {
    if (count <= WHOLE) return undefined;
    const main = document.getElementById("main");
    const look = () => {
      const here = list.current?.getBoundingClientRect();
      if (!here) return;
      const rows = list.current?.querySelectorAll("tbody > tr:not([aria-hidden])") ?? [];
      const [from, to] = [rows[0], rows[rows.length - 1]].map((one) => one?.getBoundingClientRect());
      if (from && to && rows.length > 5) row.current = (to.bottom - from.top) / rows.length;
      const found = near(count, (main?.getBoundingClientRect().top ?? 0) - here.top, innerHeight, row.current);
      set((was) =>
        was.first === found.first && was.end === found.end ? was : { ...found, row: row.current },
      );
    };
    look();
    main?.addEventListener("scroll", look, { passive: true });
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      main?.removeEventListener("scroll", look);
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [count, list]);
  return count <= WHOLE ? { first: 0, end: count, row: now.row } : now;
}
