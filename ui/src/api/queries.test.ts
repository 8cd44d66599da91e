import { afterEach, expect, it, vi } from "vitest";
import { Fault } from "./http";
import { client, followFocus, holdPolling, live, nextLook } from "./queries";

const timeout = () => new Fault("timeout", 0, "compute", "timeout");

afterEach(() => client.clear());

it("a first timeout of a list is passed over, a second is told (UI-025)", async () => {
  const look = vi.fn<() => Promise<string>>();
  look.mockRejectedValueOnce(timeout()).mockResolvedValue("there");
  // fetchQuery repeats nothing by itself: it is told what views do.
  const retry = client.getDefaultOptions().queries?.retry;
  expect(await client.fetchQuery({ ...live(["once"], look), retry, retryDelay: 0 })).toBe("there");
  look.mockReset().mockRejectedValue(timeout());
  await expect(
    client.fetchQuery({ ...live(["twice"], look), retry, retryDelay: 0 }),
  ).rejects.toThrow("timeout");
  expect(look).toHaveBeenCalledTimes(2);
});

it("while a fault waits to be read nothing is looked at by itself (UI-026)", () => {
  expect(nextLook("servers", false)).toBe(5000);
  holdPolling(true);
  expect(nextLook("servers", false)).toBe(false);
  expect(nextLook("log", false, 2000)).toBe(false);
  holdPolling(false);
  expect(nextLook("servers", false)).toBe(5000);
});

it("a window without focus looks as seldom as it may, and at once when it has it back (UI-022)", async () => {
  const window = new EventTarget();
  const stale = vi.spyOn(client, "invalidateQueries");
  const stop = followFocus(window);
  window.dispatchEvent(new Event("blur"));
  expect(nextLook("servers", false)).toBe(15_000);
  expect(stale).not.toHaveBeenCalled();
  window.dispatchEvent(new Event("focus"));
  expect(nextLook("servers", false)).toBe(5000);
  expect(stale).toHaveBeenCalledOnce();
  stop();
  window.dispatchEvent(new Event("blur"));
  expect(nextLook("servers", false)).toBe(5000);
  stale.mockRestore();
});
