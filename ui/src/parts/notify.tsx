/**
 * Short messages at the corner. Faults stand in one place there, one at a time, with those before and
 * after it, until they are dismissed (UI-034); meanwhile nothing is polled (UI-026).
 */
import {
  Alert,
  AlertActionCloseButton,
  AlertActionLink,
  AlertGroup,
  Button,
} from "@patternfly/react-core";
import {
  createContext,
  lazy,
  Suspense,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useState,
  type ReactNode,
} from "react";
import { Fault, Recorded } from "../api/http";
import { holdPolling } from "../api/queries";
import { useTexts } from "../texts";
import { FaultDetails, titleOf } from "./fault";

type Variant = "success" | "info" | "warning" | "danger";
interface Note {
  id: number;
  variant: Variant;
  title: string;
  body?: ReactNode;
  error?: unknown;
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
const Report = lazy(() => import("./report"));
let next = 1;
const STAYS = 6000;
const UNDO = 8000;

export function NotifyProvider({ children }: { children: ReactNode }) {
  const { t } = useTexts();
  const [notes, set] = useState<Note[]>([]);
  const [at, turn] = useState(0);
  const [reporting, setReporting] = useState(false);
  const drop = useCallback((id: number) => set((all) => all.filter((one) => one.id !== id)), []);
  const value = useMemo<Notify>(() => {
    const add = (note: Omit<Note, "id">, id = next++) => {
      set((all) => [
        ...all.filter((one) => one.error !== undefined),
        ...all.filter((one) => one.error === undefined).slice(-4),
        { ...note, id },
      ]);
    };
    const tell: Notify["tell"] = (variant, title, body) => add({ variant, title, body });
    const fail: Notify["fail"] = (error, doing) => {
      if (error instanceof Recorded) throw error;
      if (error instanceof Fault && error.kind === "aborted") return;
      const title = doing ? `${doing}: ${t(titleOf(error))}` : t(titleOf(error));
      add({ variant: "danger", title, error: error ?? "" });
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
      add({ variant: "success", title, body, stays: UNDO }, id);
    };
    return { tell, fail, attempt, undo };
  }, [t, drop]);
  const faults = notes.filter((one) => one.error !== undefined);
  const here = Math.min(at, faults.length - 1);
  const fault = faults[here];
  const many = faults.length > 0;
  useEffect(() => {
    holdPolling(many);
    return () => holdPolling(false);
  }, [many]);
  return (
    <Context.Provider value={value}>
      {children}
      <AlertGroup isToast isLiveRegion aria-label={t("shell.messages")}>
        {fault && (
          <Alert
            key="fault"
            variant="danger"
            data-test="fault"
            title={
              faults.length > 1
                ? `${t("fault.place", { at: here + 1, all: faults.length })} ${fault.title}`
                : fault.title
            }
            actionClose={
              <AlertActionCloseButton
                title={t("common.close")}
                aria-label={t("common.close")}
                onClose={() => drop(fault.id)}
              />
            }
            actionLinks={
              <>
                {faults.length > 1 && (
                  <>
                    <AlertActionLink isDisabled={here === 0} onClick={() => turn(here - 1)}>
                      {t("fault.before")}
                    </AlertActionLink>
                    <AlertActionLink
                      isDisabled={here === faults.length - 1}
                      onClick={() => turn(here + 1)}
                    >
                      {t("fault.after")}
                    </AlertActionLink>
                  </>
                )}
                <AlertActionLink onClick={() => setReporting(true)}>
                  {t("defect.report")}
                </AlertActionLink>
                <AlertActionLink onClick={() => location.reload()}>
                  {t("defect.reload")}
                </AlertActionLink>
              </>
            }
          >
            <FaultDetails error={fault.error} />
          </Alert>
        )}
        {notes
          .filter((one) => one.error === undefined)
          .map((note) => (
            <Alert
              key={note.id}
              variant={note.variant}
              title={note.title}
              timeout={
                note.variant === "warning" || note.variant === "danger"
                  ? undefined
                  : (note.stays ?? STAYS)
              }
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
      {reporting && (
        <Suspense>
          <Report
            faults={faults.map(({ title, error }) => ({ title, error }))}
            close={() => setReporting(false)}
          />
        </Suspense>
      )}
    </Context.Provider>
  );
}

export function useNotify(): Notify {
  const found = useContext(Context);
  if (!found) throw new Error("nobody to notify");
  return found;
}
