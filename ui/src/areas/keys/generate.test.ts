import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { generate, isPublicKey } from "./generate";

it("only one public key of OpenSSH counts as a key (UI-147)", async () => {
  const { open } = await generate("ed25519", "me");
  expect(isPublicKey(open)).toBe(true);
  expect(isPublicKey("ssh-ed25519 AAAA")).toBe(false);
  expect(isPublicKey("-----BEGIN RSA PRIVATE KEY-----")).toBe(false);
  expect(isPublicKey(open.replace("ssh-ed25519", "ssh-rsa"))).toBe(false);
  expect(isPublicKey(`${open}\n${open}`)).toBe(false);
});

const keygen = (() => {
  try {
    execFileSync("ssh-keygen", ["-l", "-f", "/nowhere"], { stdio: "pipe" });
  } catch (error) {
    return (error as { code?: string }).code !== "ENOENT";
  }
  return true;
})();

it("a pair made in the browser is one that OpenSSH reads (UI-149)", async () => {
  for (const kind of ["ed25519", "ecdsa"] as const) {
    const pair = await generate(kind, "made here");
    expect(isPublicKey(pair.open)).toBe(true);
    expect(pair.secret).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    if (!keygen) continue;
    const path = join(mkdtempSync(join(tmpdir(), "keys-")), "id");
    writeFileSync(path, pair.secret, { mode: 0o600 });
    const told = execFileSync("ssh-keygen", ["-y", "-f", path], { encoding: "utf8" });
    expect(told.split(" ").slice(0, 2)).toEqual(pair.open.split(" ").slice(0, 2));
  }
});
