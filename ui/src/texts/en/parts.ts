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
  "table.earlier": "Move {name} forward",

  "pending.add": "Decide later, with others",
  "pending.title": "Waits to be confirmed",
  "pending.confirm": "Confirm all",
  "pending.cancel": "Cancel all",
  "pending.servers": "{count, plural, one {1 server} other {# servers}}",
  "pending.networks": "{count, plural, one {1 network} other {# networks}}",
  "pending.addresses": "{count, plural, one {1 IP address} other {# IP addresses}}",
  "pending.volumes": "{count, plural, one {1 disk} other {# disks}}",
  "pending.keys": "{count, plural, one {1 key} other {# keys}}",
} as const satisfies Record<string, string>;
