/** Words for files by their extension (UI-169). */
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
