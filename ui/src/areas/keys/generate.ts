/** Key pairs made in the browser (UI-149), in OpenSSH's formats. */

const TEXT = new TextEncoder();

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function number(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value);
  return out;
}

const field = (data: Uint8Array | string) => {
  const raw = typeof data === "string" ? TEXT.encode(data) : data;
  return joined(number(raw.length), raw);
};

function base64(data: Uint8Array): string {
  let text = "";
  for (const each of data) text += String.fromCharCode(each);
  return btoa(text);
}

function unbase64url(text: string): Uint8Array {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

/** A number of SSH's: no leading zeros but the one that keeps it positive. */
function positive(raw: Uint8Array): Uint8Array {
  let at = 0;
  while (at < raw.length - 1 && raw[at] === 0) at += 1;
  const cut = raw.slice(at);
  return (cut[0] ?? 0) & 0x80 ? joined(new Uint8Array(1), cut) : cut;
}

export interface Pair {
  /** One line for `authorized_keys`. */
  open: string;
  /** The file for `~/.ssh`. */
  secret: string;
}

export async function generate(kind: "ed25519" | "ecdsa", comment: string): Promise<Pair> {
  const algorithm =
    kind === "ed25519" ? { name: "Ed25519" } : { name: "ECDSA", namedCurve: "P-256" };
  const pair = (await crypto.subtle.generateKey(algorithm, true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const key = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const x = unbase64url(key.x ?? "");
  const d = unbase64url(key.d ?? "");
  const note = comment.replace(/\s+/g, "-");
  if (kind === "ed25519") {
    const blob = joined(field("ssh-ed25519"), field(x));
    const own = joined(field("ssh-ed25519"), field(x), field(joined(d, x)), field(note));
    return { open: `ssh-ed25519 ${base64(blob)} ${note}`, secret: file(blob, own) };
  }
  const point = joined(Uint8Array.of(4), x, unbase64url(key.y ?? ""));
  const name = "ecdsa-sha2-nistp256";
  const blob = joined(field(name), field("nistp256"), field(point));
  const own = joined(blob, field(positive(d)), field(note));
  return { open: `${name} ${base64(blob)} ${note}`, secret: file(blob, own) };
}

function file(blob: Uint8Array, own: Uint8Array): string {
  const check = crypto.getRandomValues(new Uint8Array(4));
  let inner = joined(check, check, own);
  const pad = (8 - (inner.length % 8)) % 8;
  inner = joined(
    inner,
    Uint8Array.from({ length: pad }, (_, at) => at + 1),
  );
  const whole = joined(
    TEXT.encode("openssh-key-v1\0"),
    field("none"),
    field("none"),
    field(""),
    number(1),
    field(blob),
    field(inner),
  );
  const lines = base64(whole).match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

const KINDS =
  /^(ssh-(rsa|ed25519)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)$/;

/** Whether a text is one public key of OpenSSH (UI-147). */
export function isPublicKey(text: string): boolean {
  const [kind, data] = text.trim().split(/\s+/);
  if (!kind || !data || !KINDS.test(kind) || /[\r\n]/.test(text.trim())) return false;
  try {
    const raw = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
    const length = new DataView(raw.buffer).getUint32(0);
    return new TextDecoder().decode(raw.slice(4, 4 + length)) === kind;
  } catch {
    return false;
  }
}
