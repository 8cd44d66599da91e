import { afterEach, expect, it, vi } from "vitest";
import { capabilities, lacking, putMap } from "../api/files";
import { Fault } from "../api/http";
import { digestOf, hex } from "./merkle";
import { formMayDo } from "./uploads";

afterEach(() => vi.unstubAllGlobals());

const place = { account: "a", container: "c", name: "x" };
function answering(...answers: Response[]) {
  const sent: { path: string; init: RequestInit }[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    sent.push({ path, init });
    return answers.shift();
  });
  return sent;
}

it("block size and hash are the container's own (UI-197)", async () => {
  answering(
    new Response(null, { headers: { "X-Container-Block-Size": "65536", "X-Container-Block-Hash": "sha512", "X-Container-Policy-Versioning": "none" } }),
  );
  expect(await capabilities("a", "c")).toEqual({ blockSize: 65536, blockHash: "sha512", versioning: "none" });
  const digest = await digestOf("sha512");
  expect(hex(await digest(new Uint8Array(0))).slice(0, 16)).toBe("cf83e1357eefb8bd");
  await expect(digestOf("whirlpool")).rejects.toThrow("unknown hash");
});

it("the type is the browser's; an unknown one is left to the server (UI-200)", async () => {
  const sent = answering(new Response(null, { status: 201 }), new Response(null, { status: 201 }));
  await putMap(place, { bytes: 0, hashes: [] }, "image/png");
  await putMap(place, { bytes: 0, hashes: [] }, "");
  const [first, second] = sent.map(({ init }) => new Headers(init.headers));
  expect([first?.get("Content-Type"), first?.get("X-Detect-Content-Type")]).toEqual(["image/png", null]);
  expect(second?.get("X-Detect-Content-Type")).toBe("true");
});

it("what the server lacks is asked with a map that can never be made", async () => {
  const known = "ab".repeat(32);
  const sent = answering(new Response(JSON.stringify([known]), { status: 409 }));
  expect(await lacking(place, [known], 1024)).toEqual([known]);
  const map = JSON.parse(String(sent[0]?.init.body)) as { bytes: number; hashes: string[] };
  expect([map.bytes, map.hashes.length, map.hashes[0]]).toEqual([2048, 2, known]);
});

it("after a refusal of blocks one form is tried for a file below one block, never when the service is down, full or stopped (UI-202)", () => {
  const refused = (status: number) => new Fault("refused", status, "pithos", "no");
  expect(formMayDo(refused(403), 10, 1024)).toBe(true);
  expect(formMayDo(refused(403), 1024, 1024)).toBe(false);
  for (const error of [refused(500), refused(503), refused(413), new Fault("aborted", 0, "pithos", ""), new Error("x")]) {
    expect(formMayDo(error, 10, 1024)).toBe(false);
  }
});
