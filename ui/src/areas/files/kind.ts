/** Words for files by their extension (UI-169), and how sharing travels. */
import type { Entry } from "../../api/files";
import type { Quotas } from "../../parts/quota";

export type Kind =
  | "folder"
  | "text"
  | "compressed"
  | "image"
  | "audio"
  | "video"
  | "pdf"
  | "word"
  | "excel"
  | "powerpoint"
  | "ebook"
  | "stylesheet"
  | "source"
  | "application"
  | "unknown";

const EXTENSIONS: [Kind, string][] = [
  ["text", "txt md rst log csv tsv rtf odt tex"],
  ["compressed", "zip gz tgz bz2 xz 7z rar tar zst lz4 br"],
  ["image", "png jpg jpeg gif bmp svg webp tif tiff ico avif heic"],
  ["audio", "mp3 ogg oga wav flac m4a aac opus wma"],
  ["video", "mp4 mkv webm avi mov mpg mpeg wmv ogv m4v"],
  ["pdf", "pdf"],
  ["word", "doc docx dot dotx"],
  ["excel", "xls xlsx ods"],
  ["powerpoint", "ppt pptx pps odp"],
  ["ebook", "epub mobi azw azw3 djvu"],
  ["stylesheet", "css scss sass less"],
  ["source", "py js ts tsx jsx c h cpp hpp cc rs go java rb php sh pl html xml json yaml yml toml sql"],
  ["application", "exe msi deb rpm apk dmg iso img jar bin appimage"],
];
const BY_EXTENSION = new Map(
  EXTENSIONS.flatMap(([kind, words]) => words.split(" ").map((each): [string, Kind] => [each, kind])),
);

export function kindOf(name: string): Kind {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "unknown" : (BY_EXTENSION.get(name.slice(dot + 1).toLowerCase()) ?? "unknown");
}

/** Sharing as it travels: `read=a,b; write=c`. */
export interface Share {
  who: string;
  may: "read" | "write";
}

export function parseSharing(text: string): Share[] {
  return text.split(";").flatMap((part) => {
    const [may, names] = part.trim().split("=");
    if ((may !== "read" && may !== "write") || !names) return [];
    return names
      .split(",")
      .map((who) => who.trim())
      .filter(Boolean)
      .map((who): Share => ({ who, may }));
  });
}

export function formatSharing(shares: readonly Share[]): string {
  return (["read", "write"] as const)
    .map((may) => [may, shares.filter((one) => one.may === may).map((one) => one.who)] as const)
    .filter(([, names]) => names.length)
    .map(([may, names]) => `${may}=${names.join(",")}`)
    .join("; ");
}

/** Several e-mails at once: separated by spaces, commas, tabs or lines (UI-210). */
export function splitNames(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
}

/** Why a container's project does not hold it any more (UI-164): over its quota, ended, or not mine. */
export function troubleOf(
  project: string,
  quotas: Quotas,
  projects: readonly { id: string; state: string }[],
  mine: readonly { id: string }[],
): "containers.overLimit" | "containers.inactive" | "containers.notMine" | null {
  const known = projects.find((one) => one.id === project);
  if (known && known.state !== "active") return "containers.inactive";
  if (!mine.some((one) => one.id === project)) return "containers.notMine";
  const held = quotas[project]?.["pithos.diskspace"];
  if (!held) return null;
  return held.usage > held.limit || held.project_usage > held.project_limit ? "containers.overLimit" : null;
}

/** What is asked of a file beside its name (UI-189). */
export interface Limits {
  kind?: string;
  size?: string;
  days?: string;
  shared?: boolean;
  open?: boolean;
}
const MIB = 2 ** 20;

export function fits(
  one: Pick<Entry, "name" | "bytes" | "content_type" | "last_modified" | "x_object_sharing" | "x_object_public">,
  { kind, size, days, shared, open }: Limits,
  now = Date.now(),
): boolean {
  const folder = FOLDERS.has(one.content_type);
  if (kind && kind !== (folder ? "folder" : kindOf(one.name))) return false;
  if (size) {
    const range = folder ? "" : one.bytes < MIB ? "small" : one.bytes < 100 * MIB ? "medium" : "large";
    if (range !== size) return false;
  }
  if (days && now - Date.parse(one.last_modified) > Number(days) * 86_400_000) return false;
  if (shared && !one.x_object_sharing) return false;
  return !open || !!one.x_object_public;
}
const FOLDERS = new Set(["application/directory", "application/folder"]);
