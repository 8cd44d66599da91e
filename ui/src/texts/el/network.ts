/** Greek: networks and addresses. */
import type { network as en } from "../en/network";

export const network = {
  "addresses.create": "Νέα διεύθυνση IP",
  "addresses.empty": "Καμία διεύθυνση ακόμη",
  "addresses.emptyText": "Μια δική σας διεύθυνση μένει σε εσάς ενώ οι εξυπηρετητές αλλάζουν.",
  "addresses.inUse": "Σε χρήση",
  "addresses.available": "Διαθέσιμη",
  "addresses.portOnly": "Σε θύρα χωρίς εξυπηρετητή· αποσυνδέστε πρώτα",
  "addresses.attach": "Σύνδεση με εξυπηρετητή",
  "addresses.attachTitle": "Σύνδεση της {address}",
  "addresses.detachAsk": "Αποσύνδεση της {address} από τον εξυπηρετητή;",
  "addresses.releaseAsk": "Επιστροφή της διεύθυνσης {address};",
  "addresses.releaseText": "Μπορεί μετά να δοθεί σε άλλον.",

  "firewall.DISABLED": "Χωρίς προστασία",
  "firewall.ENABLED": "Πλήρης προστασία",
  "firewall.PROTECTED": "Βασική προστασία",
  "firewall.applied": "Το τείχος προστασίας αλλάζει με την επόμενη επανεκκίνηση.",
  "firewall.apply": "Εφαρμογή",
  "firewall.title": "Τείχος προστασίας",

  "networks.connect": "Σύνδεση σε δίκτυο",
  "networks.disconnect": "Αποσύνδεση",
  "networks.disconnectAsk": "Αποσύνδεση του {server} από το {network};",
  "networks.empty": "Κανένα ιδιωτικό δίκτυο ακόμη",
  "networks.internet": "Διαδίκτυο",
  "networks.private": "Ιδιωτικά δίκτυα",
  "networks.create": "Νέο δίκτυο",
  "networks.unnamed": "Δίκτυο {id}",
  "networks.subnet": "Υποδίκτυο",
  "networks.active": "Ενεργό",
  "networks.connections": "Συνδέσεις",
  "networks.inUse": "Αποσυνδέστε πρώτα τους εξυπηρετητές του.",
  "networks.destroyAsk": "Καταστροφή του δικτύου {name};",
  "networks.notSubnet": "Δεν είναι υποδίκτυο, όπως 192.168.7.0/24.",
  "networks.notInside": "Η πύλη δεν ανήκει στο υποδίκτυο.",
  "networks.autoSubnet": "Αυτόματο: {cidr}",
  "networks.suggested": "Προτεινόμενο",
  "networks.manual": "Με το χέρι",
  "networks.cidr": "Υποδίκτυο (CIDR)",
  "networks.dhcpText": "Οι εξυπηρετητές παίρνουν μόνοι τους διευθύνσεις.",
  "networks.gateway": "Πύλη",
  "networks.gateAuto": "Αυτόματη",
  "networks.connectServers": "Σύνδεση εξυπηρετητών",
  "networks.noServer": "χωρίς εξυπηρετητή",
  "networks.noServers": "Κανένας εξυπηρετητής δεν μπορεί να συνδεθεί τώρα.",
  "networks.noPorts": "Τίποτα δεν είναι συνδεδεμένο.",
  "networks.already": "ήδη συνδεδεμένος",
  "networks.concealed": "Δίκτυο {id} (δεν είναι κοινό με εσάς)",

  "topology.lead":
    "Αριστερά οι εξυπηρετητές, κάθετα τα δίκτυα. Σύρετε έναν εξυπηρετητή σε ιδιωτικό δίκτυο για να συνδεθεί.",
  "topology.connectAsk": "Σύνδεση του {server} στο {network};",

  "ports.stopFirst":
    "Κλείστε πρώτα τον εξυπηρετητή: αυτό το cloud δεν αλλάζει συνδέσεις όσων εκτελούνται.",
} satisfies Record<keyof typeof en, string>;
