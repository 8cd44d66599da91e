import { expect, it } from "vitest";
import { shown } from "./format";
import { arrange, csv } from "./tabledata";

interface Row { name: string; size: number }
const columns = [
  { id: "name", title: "Name", text: (row: Row) => row.name },
  { id: "size", title: "Size", text: (row: Row) => String(row.size), order: (row: Row) => row.size },
];
const rows: Row[] = [{ name: "vm10", size: 5 }, { name: "vm2", size: 40 }, { name: "Web", size: 7 }];

it("rows are those that hold every word, in natural order", () => {
  const names = (filter: string, sort: string) =>
    arrange(rows, columns, filter, sort, "en").map((row) => row.name);
  expect(names("", "name")).toEqual(["vm2", "vm10", "Web"]);
  expect(names("", "-size")).toEqual(["vm2", "Web", "vm10"]);
  expect(names("VM 4", "")).toEqual(["vm2"]);
});

it("the list as a file quotes what it must and runs nothing", () => {
  expect(csv([{ name: '=1+1,"', size: 1 }], columns)).toBe('Name,Size\r\n"\'=1+1,""",1\r\n');
});

it("signs that are not seen are made visible in names", () => {
  expect(shown("a\u202eb\u0000")).toBe("a⟨U+202E⟩b⟨U+0000⟩");
});
