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
} satisfies Record<keyof typeof en, string>;
