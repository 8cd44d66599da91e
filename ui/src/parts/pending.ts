/** When the bar of what waits is there (UI-040). */
const LISTS = /^\/(servers|networks|addresses|volumes|keys)$/;

/** A list has no place beside a thing for its question: the bar is there from the first on. */
export function isShown(at: string, cards: boolean, count: number): boolean {
  return count > (LISTS.test(at) && !cards ? 0 : 1);
}
