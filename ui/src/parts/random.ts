/** A fresh random id; also where the page came over plain HTTP and the browser offers less. */
export function freshId(): string {
  const raw = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(raw, (each) => each.toString(16).padStart(2, "0")).join("");
}
