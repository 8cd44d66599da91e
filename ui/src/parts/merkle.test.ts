import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { blocksOf, hex, merkle, sha256, trimmed } from "./merkle";

const MIB = 2 ** 20;
const BLOCK = 4 * MIB;
const pat = (size: number) => Uint8Array.from({ length: size }, (_, at) => at % 251);
const text = (given: string) => new TextEncoder().encode(given) as Uint8Array<ArrayBuffer>;
const joined = (...parts: Uint8Array[]) => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { out.set(part, at); at += part.length; }
  return out;
};

async function hashed(content: Uint8Array<ArrayBuffer>) {
  const digest = await sha256();
  const hashes: string[] = [];
  for (let at = 0; at < blocksOf(content.length, BLOCK); at++) {
    hashes.push(hex(await digest(trimmed(content.slice(at * BLOCK, (at + 1) * BLOCK)))));
  }
  return { hashes, root: await merkle(hashes, digest) };
}

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const P4 = "a117210941a0b00dcb2d8577e680d84b6fa0eaf760d2afc654c953b9859d54fa";
const VECTORS: [string, () => Uint8Array<ArrayBuffer>, string[], string][] = [
  ["E0", () => new Uint8Array(0), [EMPTY], EMPTY],
  ["E1", () => text("a"),
    ["ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"],
    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"],
  ["E2", () => new Uint8Array(1), [EMPTY], EMPTY],
  ["E3", () => pat(BLOCK), [P4], P4],
  ["E4", () => pat(BLOCK + 1),
    [P4, "74cd9ef9c7e15f57bdad73c511462ca65cb674c46c49639c60f1b44650fa1dcb"],
    "4a6cc0a344febaa07772e7c974834b2fb1d24594d4ba15f27c97a54699709f44"],
  ["E5", () => pat(10 * MIB),
    [P4, "9889e2ef8bd7d8fea5ef99243b7784ecd8deaf613bdb7a6c0b3ac56f23078303",
      "b249e6e10bdafb74eb144908fe3f2b605628c2f5c94add2e253c28927b61ee13"],
    "ffb8f2e126cbc0906a67a11af263f2f82ad2a4e048bae52643aa50d22b188bf9"],
  ["E6", () => joined(text("abc"), new Uint8Array(5)),
    ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ["E7", () => new Uint8Array(BLOCK), [EMPTY], EMPTY],
  ["E8", () => new Uint8Array(6 * MIB), [EMPTY, EMPTY],
    "2dba5dbc339e7316aea2683faf839c1b7b1ee2313db792112588118df066aa35"],
  ["E9", () => joined(pat(BLOCK - 16), new Uint8Array(16), pat(1000)),
    ["40e29c0c650a780b5ff2b94a8fc33981485f4dbbc90217401a7028b7c64632ef",
      "4e4c294b331f7a2099a379bec34b9f9fc03dc46ab465d998f4d683da53487e6d"],
    "3b90813bb80c68e974040ba9796512c457da4b5bf049bb24700e8a3f668ed4e0"],
];

it("the contract's vectors come out, empty and one-byte files among them (UI-199)", async () => {
  for (const [name, content, hashes, root] of VECTORS) {
    expect(await hashed(content()), name).toEqual({ hashes, root });
  }
});

it("trailing zero bytes are trimmed, and a first byte alone stays (UI-198)", async () => {
  expect(trimmed(Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0)).length).toBe(1);
  expect(trimmed(new Uint8Array(0)).length).toBe(0);
  expect(trimmed(Uint8Array.of(0, 0, 5)).length).toBe(3);
  const odd = new Uint8Array(BLOCK + 3);
  odd[0] = 1;
  expect(trimmed(odd).length).toBe(1);
});

it("without the browser's own hashing the slower one gives the same", async () => {
  const { sha256: slow } = await import("hash-wasm");
  expect(await slow(text("abc"))).toBe(createHash("sha256").update("abc").digest("hex"));
});
