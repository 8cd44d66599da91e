/** Many cards: only what is near the part that is on the screen is there, the rest keeps its room. */
import { startTransition, useEffect, useRef, useState, type ReactNode, type RefObject } from "react";

const AROUND = "600px 0px";

/** Whether the element is near the screen, and how high it was when it last was. */
function useNear<E extends Element>(
  first: boolean,
  estimate: number,
): [RefObject<E | null>, boolean, number] {
  const place = useRef<E>(null);
  const [near, setNear] = useState(first);
  const height = useRef(estimate);
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const watch = new IntersectionObserver(
      ([entry]) => {
        if (!entry) return;
        if (!entry.isIntersecting && entry.boundingClientRect.height) {
          height.current = entry.boundingClientRect.height;
        }
        startTransition(() => setNear(entry.isIntersecting));
      },
      { root: document.getElementById("main"), rootMargin: AROUND },
    );
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return [place, near, height.current];
}

const CARD = 330;

/** Some cards, in a grid of their own. */
export function NearCards({ first, children }: { first: boolean; children: () => ReactNode }) {
  const [place, near, height] = useNear<HTMLDivElement>(first, CARD);
  return (
    <div
      ref={place}
      className="card-grid gap-below"
      style={near ? undefined : { blockSize: height }}
    >
      {near && children()}
    </div>
  );
}

/** `items` in parts of `size`. */
export function parted<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}
