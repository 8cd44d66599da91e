import { expect, it } from "vitest";
import { marked, objectUrl, pathFromAddress, pathToAddress } from "./paths";

it("any name survives the way through an address (UI-222)", () => {
  for (const name of ["a b", "100%", "what?", "a#b", "..", ".", "a/../b", "x//y", "~tilde", "~2E",
    "τρία αρχεία", " lead", "trail ", "a\\b", "日本/語", "%2F", "x~0/y"]) {
    const address = pathToAddress(name);
    const url = new URL(`http://host/ui/files/c/${address}`);
    const back = pathFromAddress(
      url.pathname.slice("/ui/files/c/".length).split("/").map(decodeURIComponent).join("/"),
    );
    expect(back, name).toBe(name);
    expect(url.search + url.hash, name).toBe("");
  }
});

it("the API gets any name as it is, also where a browser would fold it", () => {
  for (const name of ["a/../b", "x//y", "a%b?c#d", "plain/name.txt"]) {
    const url = new URL(`http://host/c/${objectUrl(name)}`);
    expect(decodeURIComponent(url.pathname.slice(3)), name).toBe(name);
  }
});

it("a taken name gets its mark before the extension", () => {
  expect(marked("a.txt", "_copy_")).toBe("a_copy_.txt");
  expect(marked(".profile", "_copy_")).toBe(".profile_copy_");
  expect(marked("a.b", "_copy", true)).toBe("a.b_copy");
});
