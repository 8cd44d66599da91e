/** Whether somebody is signed in, and who: the gate before every view. */
import { useEffect, useState, type ReactNode } from "react";
import { onLost } from "../api/http";
import { client, followChanges } from "../api/queries";
import { signInWay } from "../api/session";
import { SignIn } from "./signin";

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
    return followChanges();
  }, [signedIn]);
  useEffect(() => {
    if (!signedIn && signInWay() === "pages" && !ended) toSignIn();
  }, [signedIn, ended]);

  if (signedIn && !ended) return <>{children}</>;
  // The view stays mounted below the question, so that nothing typed is lost (UI-006).
  return (
    <>
      {ended && <div hidden>{children}</div>}
      <SignIn
        ended={ended}
        done={() => {
          void client.invalidateQueries();
          setEnded(false);
          set(true);
        }}
      />
    </>
  );
}

/** To the daemon's own page, and back to the view of now (UI-005). */
export function toSignIn(): void {
  const here = location.pathname + location.search;
  location.assign(`/login?next=${encodeURIComponent(here)}`);
}
