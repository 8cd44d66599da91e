/**
 * Works of many pieces (UI-303, UI-304): outside of the views, so that they survive going elsewhere,
 * with one panel for the progress, each failure by name, a way to stop and to try again.
 */
import {
  createContext,
  lazy,
  Suspense,
  useCallback,
  useContext,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from "react";
import { isRecording } from "../api/http";
import { runPieces, type Piece, type PieceState } from "./pool";
import { loadRest } from "../texts";

export interface Shown {
  name: string;
  state: PieceState;
  error: unknown;
}
export interface Work {
  id: number;
  title: string;
  /** How many pieces, and how far each is. */
  shown: readonly Shown[];
  stop: AbortController;
  over: boolean;
  again: () => void;
}

interface Works {
  works: readonly Work[];
  /** Begins; answers when all pieces ended, with how many went well. `after` runs at each end. */
  begin: (title: string, pieces: Piece[], after?: () => void, atOnce?: number) => Promise<number>;
}

const Context = createContext<Works | null>(null);
const Panel = lazy(async () => (await Promise.all([import("./workpanel"), loadRest()]))[0]);
const AT_ONCE = 4;
let next = 1;

export function WorkProvider({ children }: { children: ReactNode }) {
  const [works, set] = useState<readonly Work[]>([]);
  const current = useRef(works);
  const put = useCallback((change: (all: readonly Work[]) => readonly Work[]) => {
    current.current = change(current.current);
    set(current.current);
  }, []);

  const begin = useCallback<Works["begin"]>(
    async (title, pieces, after, atOnce = AT_ONCE) => {
      if (isRecording()) {
        // A form is only telling what it would do.
        await pieces[0]?.run(new AbortController().signal);
        return 0;
      }
      const id = next++;
      let shown: Shown[] = pieces.map(({ name }) => ({ name, state: "waiting", error: null }));
      const patch = (change: Partial<Work>) =>
        put((all) => all.map((one) => (one.id === id ? { ...one, ...change } : one)));
      const run = async (which: number[]) => {
        const stop = new AbortController();
        patch({ stop, over: false });
        let drawing: ReturnType<typeof setTimeout> | undefined;
        await runPieces(
          which.map((at) => pieces[at] as Piece),
          atOnce,
          stop.signal,
          (at, state, error = null) => {
            const place = which[at] as number;
            shown = shown.with(place, { name: pieces[place]?.name ?? "", state, error });
            // Ten pictures a second are enough; the last of them is of what is.
            drawing ??= setTimeout(() => {
              drawing = undefined;
              patch({ shown });
            }, 100);
          },
        );
        clearTimeout(drawing);
        patch({ shown, over: true });
        after?.();
      };
      const again = () =>
        void run(shown.flatMap((one, at) => (one.state === "done" ? [] : [at])));
      put((all) => [
        ...all,
        { id, title, shown, stop: new AbortController(), over: false, again },
      ]);
      await run(pieces.map((_, at) => at));
      return shown.filter((one) => one.state === "done").length;
    },
    [put],
  );
  const hide = (id: number) => put((all) => all.filter((one) => one.id !== id));
  const value = useMemo(() => ({ works, begin }), [works, begin]);
  return (
    <Context.Provider value={value}>
      {children}
      {works.length > 0 && (
        <Suspense>
          <Panel works={works} hide={hide} />
        </Suspense>
      )}
    </Context.Provider>
  );
}

export function useWork(): Works {
  const found = useContext(Context);
  if (!found) throw new Error("no works here");
  return found;
}
