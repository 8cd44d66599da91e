import { expect, it } from "vitest";
import { formatSharing, kindOf, parseSharing, splitNames } from "./kind";

it("a file's word follows its extension (UI-169)", () => {
  expect(kindOf("a.TXT")).toBe("text");
  expect(kindOf("x.tar.gz")).toBe("compressed");
  expect(kindOf("film.mkv")).toBe("video");
  expect(kindOf("thesis.pdf")).toBe("pdf");
  expect(kindOf("main.py")).toBe("source");
  expect(kindOf("README")).toBe("unknown");
});

it("sharing is read and written as it travels", () => {
  const shares = parseSharing("read=a,b; write=c,me:group");
  expect(shares).toEqual([
    { who: "a", may: "read" }, { who: "b", may: "read" },
    { who: "c", may: "write" }, { who: "me:group", may: "write" },
  ]);
  expect(formatSharing(shares)).toBe("read=a,b; write=c,me:group");
  expect(formatSharing([])).toBe("");
  expect(parseSharing("")).toEqual([]);
});

it("several names may be given at once (UI-210)", () => {
  expect(splitNames("a@x b@x,c@x\td@x\na@x")).toEqual(["a@x", "b@x", "c@x", "d@x"]);
});
