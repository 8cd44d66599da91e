import { expect, it } from "vitest";
import { loadRest, say } from "../../texts";
import { buildText, sharing } from "./telling";

await loadRest();

it("building is counted in bytes of its image, then finishes; what the helper says goes before (UI-053)", () => {
  const text = (status: string, progress: number, diagnostics: object[] = []) =>
    buildText(
      { status, "SNF:task_state": "", progress, diagnostics } as never,
      4 * 2 ** 30,
      (key, values) => say("en", key, values),
      "en",
    );
  expect(text("BUILD", 25)).toBe("Copying: 1 GiB of 4 GiB (25%)");
  expect(text("BUILD", 100)).toBe("Finishing");
  expect(text("ACTIVE", 100)).toBe("");
  const told = (source: string) => [{ source, message: "Adding users" }];
  expect(text("BUILD", 25, told("image-helper-task-start"))).toBe("Adding users");
  expect(text("BUILD", 25, told("image-info"))).toBe("Adding users");
  expect(text("BUILD", 25, told("image-error"))).toBe("Copying: 1 GiB of 4 GiB (25%)");
  expect(text("ERROR", 0, told("image-error"))).toBe("Adding users");
});

it("a server that others see says whose it is (UI-061)", () => {
  const one = { shared_to_project: true, user_id: "me" };
  expect(sharing(one, "me")).toBe("byMe");
  expect(sharing({ ...one, user_id: "other" }, "me")).toBe("withMe");
  expect(sharing({ ...one, shared_to_project: false }, "me")).toBe("");
});
