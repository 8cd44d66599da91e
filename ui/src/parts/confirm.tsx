/** The one question before what cannot be undone (UI-038, UI-043). */
import {
  createContext,
  lazy,
  Suspense,
  useCallback,
  useContext,
  useState,
  type ReactNode,
} from "react";

export interface Question {
  title: string;
  body?: ReactNode;
  /** What the confirming button says. */
  verb: string;
  danger?: boolean;
  /** Has to be typed first. */
  typed?: string;
}

type Ask = (question: Question) => Promise<boolean>;
const Context = createContext<Ask | null>(null);
const ConfirmModal = lazy(() => import("./confirmmodal"));

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const [asked, setAsked] = useState<(Question & { answer: (yes: boolean) => void }) | null>(null);
  const ask = useCallback<Ask>(
    (question) => new Promise((answer) => setAsked({ ...question, answer })),
    [],
  );
  return (
    <Context.Provider value={ask}>
      {children}
      {asked && (
        <Suspense>
          <ConfirmModal
            question={asked}
            end={(yes) => {
              asked.answer(yes);
              setAsked(null);
            }}
          />
        </Suspense>
      )}
    </Context.Provider>
  );
}

/** `await confirm({...})`: true when the person agreed. */
export function useConfirm(): Ask {
  const found = useContext(Context);
  if (!found) throw new Error("nobody to ask");
  return found;
}
