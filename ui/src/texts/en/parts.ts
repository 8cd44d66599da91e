/** English: parts that many views share. */
export const parts = {
  "table.filter": "Filter",
  "table.columns": "Columns",
  "table.show": "Show {name}",
  "table.hide": "Hide {name}",
  "table.export": "Save the list",
  "table.none": "Nothing matches the filter",
  "table.clear": "Clear the filter",
  "table.select": "Select",
  "table.actions": "Actions",
  "table.pages": "Pages",
} as const satisfies Record<string, string>;
