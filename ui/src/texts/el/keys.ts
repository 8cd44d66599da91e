/** Greek: SSH keys. */
import type { keys as en } from "../en/keys";

export const keys = {
  "keys.add": "Προσθήκη κλειδιού",
  "keys.content": "Δημόσιο κλειδί",
  "keys.empty": "Κανένα κλειδί ακόμη",
  "keys.emptyText": "Με ένα κλειδί μπαίνετε στους εξυπηρετητές σας χωρίς κωδικό.",
  "keys.file": "Επιλογή αρχείου",
  "keys.fileHint": "Αφήστε εδώ ένα αρχείο ή επιλέξτε ένα",
  "keys.fingerprint": "Αποτύπωμα",
  "keys.full": "Φτάσατε το όριο των {most} κλειδιών.",
  "keys.generate": "Δημιουργία κλειδιού",
  "keys.generateText":
    "Το ζεύγος δημιουργείται στον φυλλομετρητή σας· το ιδιωτικό μέρος δεν φεύγει ποτέ από αυτόν.",
  "keys.hint": "Για παράδειγμα το περιεχόμενο του ~/.ssh/id_ed25519.pub",
  "keys.kind": "Είδος",
  "keys.lead": "Κλειδιά που δέχονται οι νέοι εξυπηρετητές.",
  "keys.made": "Το κλειδί σας είναι έτοιμο",
  "keys.notKey": "Δεν είναι δημόσιο κλειδί του OpenSSH.",
  "keys.once": "Αποθηκεύστε τώρα το ιδιωτικό μέρος. Δεν φυλάσσεται πουθενά αλλού.",
  "keys.removeAsk": "Διαγραφή του κλειδιού {name};",
  "keys.removed": "Το κλειδί διαγράφηκε. Όσοι εξυπηρετητές το έχουν το κρατούν.",
  "keys.save": "Αποθήκευση ιδιωτικού κλειδιού",
  "keys.twice": "Έχετε ήδη κλειδί με αυτό το όνομα.",
  "keys.rename": "Μετονομασία",
  "keys.byServer": "rsa, από το cloud",
  "keys.byServerText":
    "Το cloud φτιάχνει το ζεύγος και σας στέλνει το ιδιωτικό μισό, μόνο μία φορά.",
} satisfies Record<keyof typeof en, string>;
