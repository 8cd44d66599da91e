/** What concerns the cloud as a whole: notices. */
import { ask } from "./http";

export interface Notice {
  id: string | number;
  level: "info" | "warning" | "critical";
  texts: Record<string, string>;
  starts: string | null;
  ends: string | null;
  read_only: boolean;
}

export const notices = () =>
  ask<{ notices: Notice[]; read_only: boolean }>("/cloud/v1/notices", { open: true });
