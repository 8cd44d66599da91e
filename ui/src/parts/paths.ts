/**
 * Names of files in addresses (UI-222). Of the application: whatever would be changed on its way
 * ("..", "~", empty parts) is written with a tilde. Of the API: percent-encoded, and in one piece
 * where a browser would fold dots away.
 */
const SPECIAL = /[~%?#\\]/g;

export function partToAddress(part: string): string {
  if (part === "") return "~0";
  const safe = part.replace(SPECIAL, (sign) => "~" + sign.charCodeAt(0).toString(16).toUpperCase());
  const dots = /^\.+$/.test(safe) ? safe.replaceAll(".", "~2E") : safe;
  return dots.replace(/^ | $/g, "~20");
}

export function partFromAddress(part: string): string {
  if (part === "~0") return "";
  return part.replace(/~([0-9A-F]{2})/g, (_, code: string) =>
    String.fromCharCode(parseInt(code, 16)),
  );
}

export const pathToAddress = (path: string): string =>
  path.split("/").map(partToAddress).map(encodeURIComponent).join("/");

export const pathFromAddress = (address: string): string =>
  address.split("/").map(partFromAddress).join("/");

/** An object's name as the API takes it below its container. */
export function objectUrl(name: string): string {
  const parts = name.split("/");
  const folded = parts.some((part, at) => part === "." || part === ".." || (part === "" && at < parts.length - 1));
  return folded ? encodeURIComponent(name) : parts.map(encodeURIComponent).join("/");
}

export const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
export const inside = (folder: string, name: string): string => (folder ? `${folder}/${name}` : name);

/** A name with `mark` before its extension (UI-179, UI-194). */
export function marked(name: string, mark: string, folder = false): string {
  const dot = folder ? -1 : name.lastIndexOf(".");
  return dot > 0 ? `${name.slice(0, dot)}${mark}${name.slice(dot)}` : `${name}${mark}`;
}
