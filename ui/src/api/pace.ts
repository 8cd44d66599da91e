/**
 * How often lists are looked at while nothing is pushed (web-ui.md UI-020): unchanged answers slow
 * a list down, any change in any list brings all of them to the fast pace at once.
 */
export interface Pacing {
  every: number;
  step: number;
  steady: number;
  most: number;
  fast: number;
}

export class Pace {
  private intervals = new Map<string, number>();
  private unchanged = new Map<string, number>();
  /** The window has no focus: nothing is looked at more often than it must (UI-022). */
  blurred = false;

  constructor(private readonly pacing: Pacing) {}

  /** Milliseconds until the next look at `list`. */
  interval(list: string): number {
    if (this.blurred) return 1000 * this.pacing.most;
    return 1000 * (this.intervals.get(list) ?? this.pacing.every);
  }

  /** An answer came that told (or did not tell) something new. */
  answered(list: string, changed: boolean): void {
    if (changed) {
      for (const known of new Set([...this.intervals.keys(), list])) {
        this.intervals.set(known, this.pacing.fast);
        this.unchanged.set(known, 0);
      }
      return;
    }
    const count = (this.unchanged.get(list) ?? 0) + 1;
    const now = this.intervals.get(list) ?? this.pacing.every;
    if (count >= this.pacing.steady) {
      this.intervals.set(list, Math.min(this.pacing.most, now + this.pacing.step));
      this.unchanged.set(list, 0);
    } else {
      this.intervals.set(list, now);
      this.unchanged.set(list, count);
    }
  }
}
