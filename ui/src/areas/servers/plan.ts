/** Names and images for a new server: what the wizard proposes. */
import type { Image } from "../../api/images";

/** Properties of an image that a new server keeps as metadata (UI-064). */
export const COPIED = ["OS", "loginname", "logindomain", "users", "remote"];

export type ImageKind = "system" | "mine" | "shared" | "public";

/** Public images named by no person are the system's; the API lists their owner. */
export function kindOf(image: Pick<Image, "owner" | "is_public" | "properties">, me: string): ImageKind {
  if (image.owner === me) return "mine";
  if (!image.is_public) return "shared";
  return (image.properties["listing_section"] ?? "") === "public" ? "public" : "system";
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
