/** Whether somebody is signed in, and who: the gate before every view. */
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import { createPortal } from "react-dom";
import { onLost } from "../api/http";
import { client, followChanges, followFocus } from "../api/queries";
import { configuration, signInWay, toSignIn } from "../api/session";

const SignIn = lazy(() => import("./signin"));

export function Session({ first, children }: { first: boolean; children: ReactNode }) {
  const [signedIn, set] = useState(first);
  const [ended, setEnded] = useState(false);

  useEffect(
    () =>
      onLost(() => {
        setEnded(true);
        set(false);
      }),
    [],
  );
  useEffect(() => {
    if (!signedIn) return undefined;
    setEnded(false);
    const stops = [followChanges()];
    if (configuration.told.slow_on_blur) stops.push(followFocus(window));
    return () => stops.forEach((stop) => stop());
  }, [signedIn]);
  useEffect(() => {
    if (!signedIn && signInWay() === "pages" && !ended) toSignIn();
  }, [signedIn, ended]);

  useEffect(() => {
    // Dialogs stand outside of the view: they wait out of sight, too.
    document.documentElement.classList.toggle("session-ended", ended);
  }, [ended]);

  // Beside the view, not within: an open dialog hides its surroundings from readers of the screen.
  const question = (
    <Suspense>
      <SignIn
        ended={ended}
        done={() => {
          void client.invalidateQueries();
          setEnded(false);
          set(true);
        }}
      />
    </Suspense>
  );
  // The view stays mounted below the question, in the same place, so that nothing typed is lost (UI-006).
  return (
    <>
      {(signedIn || ended) && (
        <div className="view-holder" hidden={ended}>
          {children}
        </div>
      )}
      {(!signedIn || ended) && createPortal(question, document.body)}
    </>
  );
}
