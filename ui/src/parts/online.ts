/** Whether the browser has a network. */
import { useSyncExternalStore } from "react";

function listen(told: () => void): () => void {
  addEventListener("online", told);
  addEventListener("offline", told);
  return () => {
    removeEventListener("online", told);
    removeEventListener("offline", told);
  };
}

export const useOnline = (): boolean => useSyncExternalStore(listen, () => navigator.onLine);
