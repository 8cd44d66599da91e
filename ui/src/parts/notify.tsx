/** Short messages at the corner, and the place where faults are told. */
import { Alert, AlertActionCloseButton, AlertGroup, Button } from "@patternfly/react-core";
import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from "react";
import { Fault, Recorded } from "../api/http";
import { useTexts, type Key } from "../texts";
import { FaultDetails, titleOf } from "./fault";

type Variant = "success" | "info" | "warning" | "danger";
interface Note {
  id: number;
  variant: Variant;
  title: string;
  body?: ReactNode;
  keep: boolean;
  stays?: number;
}
interface Notify {
  /** Says `title`; a success or an information goes away by itself. */
  tell: (variant: Variant, title: string, body?: ReactNode) => void;
  /** Says a fault, with its details. */
  fail: (error: unknown, doing?: string) => void;
  /** Says what was done, and for eight seconds offers to take it back (UI-317). */
  undo: (title: string, back: () => Promise<unknown>) => void;
  /** Runs `work`; says `done`, or the fault. Answers whether it succeeded. */
  attempt: (work: () => Promise<unknown>, done?: string, doing?: string) => Promise<boolean>;
}

const Context = createContext<Notify | null>(null);
let next = 1;
const STAYS = 6000;
const UNDO = 8000;

export function NotifyProvider({ children }: { children: ReactNode }) {
  const { t } = useTexts();
  const [notes, set] = useState<Note[]>([]);
  const drop = useCallback((id: number) => set((all) => all.filter((one) => one.id !== id)), []);
  const value = useMemo<Notify>(() => {
    const tell: Notify["tell"] = (variant, title, body) => {
      const id = next++;
      const keep = variant === "danger" || variant === "warning";
      set((all) => [...all.slice(-4), { id, variant, title, body, keep }]);
    };
    const fail: Notify["fail"] = (error, doing) => {
      if (error instanceof Recorded) throw error;
      if (error instanceof Fault && error.kind === "aborted") return;
      const title = doing ? `${doing}: ${t(titleOf(error))}` : t(titleOf(error));
      tell("danger", title, <FaultDetails error={error} />);
    };
    const attempt: Notify["attempt"] = async (work, done, doing) => {
      try {
        await work();
      } catch (error) {
        fail(error, doing);
        return false;
      }
      if (done) tell("success", done);
      return true;
    };
    const undo: Notify["undo"] = (title, back) => {
      const id = next++;
      const body = (
        <Button
          variant="link"
          isInline
          onClick={() => {
            drop(id);
            void attempt(back, t("undo.done"));
          }}
        >
          {t("undo.do")}
        </Button>
      );
      set((all) => [...all.slice(-4), { id, variant: "success", title, body, keep: false, stays: UNDO }]);
    };
    return { tell, fail, attempt, undo };
  }, [t, drop]);
  return (
    <Context.Provider value={value}>
      {children}
      <AlertGroup isToast isLiveRegion aria-label={t("shell.messages")}>
        {notes.map((note) => (
          <Alert
            key={note.id}
            variant={note.variant}
            title={note.title}
            timeout={note.keep ? undefined : (note.stays ?? STAYS)}
            onTimeout={() => drop(note.id)}
            actionClose={
              <AlertActionCloseButton
                title={t("common.close")}
                aria-label={t("common.close")}
                onClose={() => drop(note.id)}
              />
            }
          >
            {note.body}
          </Alert>
        ))}
      </AlertGroup>
    </Context.Provider>
  );
}

export function useNotify(): Notify {
  const found = useContext(Context);
  if (!found) throw new Error("nobody to notify");
  return found;
}

export type { Key };
