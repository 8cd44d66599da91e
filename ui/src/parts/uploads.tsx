/** Placeholder of the queue of uploads; see the files area. */
import type { ReactNode } from "react";
export function UploadsProvider({ children }: { children: ReactNode }) {
  return <>{children}</>;
}
