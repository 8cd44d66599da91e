/** What is told of a server beside its state: pure. */
import type { Server } from "../../api/compute";
import { bytes } from "../../parts/format";
import { stateShown } from "../../parts/serverstate";
import type { Say } from "../../texts";

const HELPERS: Record<string, ReadonlySet<string>> = {
  BUILD: new Set(["image-helper-task-start", "image-info"]),
  ERROR: new Set(["image-error"]),
};

/**
 * How far a server's building is, or why it failed; "" where there is nothing to say. What the
 * helper on the node told last goes before what is counted (UI-053). `size`: bytes of the image.
 */
export function buildText(
  server: Pick<Server, "status" | "SNF:task_state" | "progress" | "diagnostics">,
  size: number,
  t: Say,
  language: string,
): string {
  const state = stateShown(server);
  const newest = server.diagnostics[0];
  if (newest && HELPERS[state]?.has(newest.source)) return newest.message;
  if (state !== "BUILD") return "";
  if (server.progress >= 100) return t("build.finishing");
  if (!size) return `${server.progress}%`;
  const done = bytes((size * server.progress) / 100, language);
  return t("build.copying", { done, all: bytes(size, language), percent: server.progress });
}

/** Whose a server is, where it is not only mine (UI-061). */
export function sharing(
  server: Pick<Server, "shared_to_project" | "user_id">,
  me: string | undefined,
): "" | "byMe" | "withMe" {
  if (!me) return "";
  if (server.user_id !== me) return "withMe";
  return server.shared_to_project ? "byMe" : "";
}
