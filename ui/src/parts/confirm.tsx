/**
 * The one question before what cannot be undone (UI-038, UI-043). In lists the answer may wait: what
 * was asked of several things is then confirmed or cancelled together, in a bar at the bottom.
 */
import { useRouterState } from "@tanstack/react-router";
import {
  createContext,
  lazy,
  Suspense,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from "react";

export const KINDS = ["server", "network", "address", "volume", "key"] as const;
export type Kind = (typeof KINDS)[number];

export interface Question {
  title: string;
  body?: ReactNode;
  /** What the confirming button says. */
  verb: string;
  danger?: boolean;
  /** Has to be typed first. */
  typed?: string;
  /** What it is about: such a question may wait for others. */
  about?: { kind: Kind; id: string; name: string };
}

export interface Waiting extends Question {
  answer: (yes: boolean) => void;
}

interface Confirm {
  ask: (question: Question) => Promise<boolean>;
  waiting: readonly Waiting[];
  /** Answers those of `chosen` that wait. */
  settle: (chosen: readonly Waiting[], yes: boolean) => void;
}

const Context = createContext<Confirm | null>(null);
const ConfirmModal = lazy(() => import("./confirmmodal"));
const PendingBar = lazy(() => import("./pendingbar"));

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<Waiting | null>(null);
  const [waiting, setWaiting] = useState<readonly Waiting[]>([]);
  const at = useRouterState({ select: (state) => state.location.pathname });
  const now = useRef(waiting);
  now.current = waiting;
  const ask = useCallback(
    (question: Question) =>
      new Promise<boolean>((answer) => setAsked({ ...question, answer })),
    [],
  );
  const settle = useCallback((chosen: readonly Waiting[], yes: boolean) => {
    setWaiting((all) => all.filter((one) => !chosen.includes(one)));
    for (const one of chosen) one.answer(yes);
  }, []);
  // What was to happen to servers is forgotten with the view where it was chosen (UI-042).
  useEffect(
    () => () => settle(now.current.filter((one) => one.about?.kind === "server"), false),
    [at, settle],
  );
  const value = useMemo(() => ({ ask, waiting, settle }), [ask, waiting, settle]);
  return (
    <Context.Provider value={value}>
      {children}
      {asked && (
        <Suspense>
          <ConfirmModal
            question={asked}
            end={(yes) => {
              asked.answer(yes);
              setAsked(null);
            }}
            wait={
              asked.about &&
              (() => {
                setWaiting((all) => [
                  ...all.filter((one) => one.about?.id !== asked.about?.id || one.about?.kind !== asked.about?.kind),
                  asked,
                ]);
                setAsked(null);
              })
            }
          />
        </Suspense>
      )}
      {waiting.length > 0 && (
        <Suspense>
          <PendingBar at={at} waiting={waiting} settle={settle} />
        </Suspense>
      )}
    </Context.Provider>
  );
}

function useContextOf(): Confirm {
  const found = useContext(Context);
  if (!found) throw new Error("nobody to ask");
  return found;
}

/** `await confirm({...})`: true when the person agreed. */
export const useConfirm = (): Confirm["ask"] => useContextOf().ask;

/** What waits for the thing `id` of a kind, and how to answer it on the spot. */
export function useWaiting(kind: Kind, id: string): [Waiting | undefined, (yes: boolean) => void] {
  const { waiting, settle } = useContextOf();
  const found = waiting.find((one) => one.about?.kind === kind && one.about.id === id);
  return [found, (yes) => found && settle([found], yes)];
}
