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

export interface Service {
  name: string;
  url: string;
  order: number;
  cloudbar: { show: boolean; title: string; icon?: string };
}

/** The components that have pages, in the order in which they are shown. */
export const services = () => ask<Service[]>("/astakos/ui/get_services", { open: true });

export const notices = () =>
  ask<{ notices: Notice[]; read_only: boolean }>("/cloud/v1/notices", { open: true });
