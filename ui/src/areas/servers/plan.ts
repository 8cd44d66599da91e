/** Names and images for a new server: what the wizard proposes. */
import type { Image } from "../../api/images";

/** Properties of an image that a new server keeps as metadata (UI-064). */
export const COPIED = ["OS", "loginname", "logindomain", "users", "remote"];

export type ImageKind = "system" | "mine" | "shared" | "public";

/** Public images are the cloud's own where their owner is one of `system`. */
export function kindOf(
  image: Pick<Image, "owner" | "is_public">,
  me: string,
  system: ReadonlySet<string>,
): ImageKind {
  if (image.owner === me) return "mine";
  if (!image.is_public) return "shared";
  return system.has(image.owner) ? "system" : "public";
}

/** `name`, with a number after it when it is taken (UI-097). */
export function freeName(name: string, taken: readonly string[]): string {
  const used = new Set(taken);
  if (!used.has(name)) return name;
  for (let number = 2; ; number++) {
    const other = `${name} ${number}`;
    if (!used.has(other)) return other;
  }
}

/** The names of `count` servers. */
export function numbered(name: string, count: number): string[] {
  if (count <= 1) return [name];
  return Array.from({ length: count }, (_, at) => `${name}-${at + 1}`);
}
