/** Gives the person a file that was made in the browser. */
export function saveBlob(name: string, blob: Blob): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

export function saveText(name: string, text: string, kind = "text/plain"): void {
  saveBlob(name, new Blob([text], { type: `${kind};charset=utf-8` }));
}

/** Lets the browser fetch a file by itself; the page stays where it is. */
export function saveFrom(address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}
