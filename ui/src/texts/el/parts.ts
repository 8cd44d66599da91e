/** Greek: parts that many views share. */
import type { parts as en } from "../en/parts";

export const parts = {
  "table.filter": "Φίλτρο",
  "table.columns": "Στήλες",
  "table.show": "Εμφάνιση: {name}",
  "table.hide": "Απόκρυψη: {name}",
  "table.export": "Αποθήκευση της λίστας",
  "table.none": "Τίποτα δεν ταιριάζει με το φίλτρο",
  "table.clear": "Καθαρισμός φίλτρου",
  "table.select": "Επιλογή",
  "table.actions": "Ενέργειες",
  "table.pages": "Σελίδες",
  "table.earlier": "Μετακίνηση εμπρός: {name}",

  "pending.add": "Αργότερα, μαζί με άλλα",
  "pending.title": "Περιμένουν επιβεβαίωση",
  "pending.confirm": "Επιβεβαίωση όλων",
  "pending.cancel": "Άκυρο για όλα",
  "pending.servers": "{count, plural, one {1 εξυπηρετητής} other {# εξυπηρετητές}}",
  "pending.networks": "{count, plural, one {1 δίκτυο} other {# δίκτυα}}",
  "pending.addresses": "{count, plural, one {1 διεύθυνση IP} other {# διευθύνσεις IP}}",
  "pending.volumes": "{count, plural, one {1 δίσκος} other {# δίσκοι}}",
  "pending.keys": "{count, plural, one {1 κλειδί} other {# κλειδιά}}",
} satisfies Record<keyof typeof en, string>;
