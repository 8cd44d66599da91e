/** A console opened by its address alone (`openstack console url show`): the ticket in it is used once. */
import RFB from "@novnc/novnc";

const TEXTS = {
  en: {
    connecting: "Connecting…",
    connected: "Connected",
    ended: "The console has ended. Its address opens it once: ask for a new one.",
    full: "Full screen",
  },
  el: {
    connecting: "Σύνδεση…",
    connected: "Συνδεδεμένη",
    ended: "Η κονσόλα έκλεισε. Η διεύθυνσή της την ανοίγει μία φορά: ζητήστε νέα.",
    full: "Πλήρης οθόνη",
  },
};
const language = navigator.language.startsWith("el") ? "el" : "en";
const texts = TEXTS[language];
const part = (id: string) => document.getElementById(id) as HTMLElement;

function tell(state: "connecting" | "connected" | "ended") {
  part("state").textContent = texts[state];
  part("screen").dataset["state"] = state;
}

document.documentElement.lang = language;
part("full").textContent = texts.full;
const ticket = new URLSearchParams(location.search).get("token") ?? "";
// The daemon may know itself by another name; the web socket goes where this page came from.
const scheme = location.protocol === "https:" ? "wss" : "ws";
const address = `${scheme}://${location.host}${location.pathname}?token=${encodeURIComponent(ticket)}`;
// Used up from now on: neither the history nor a copied address shall hold it.
history.replaceState(null, "", location.pathname);
tell("connecting");
const remote = new RFB(part("screen"), address, { wsProtocols: ["binary"] });
remote.scaleViewport = true;
remote.background = "transparent";
remote.addEventListener("connect", () => {
  tell("connected");
  remote.focus();
});
remote.addEventListener("disconnect", () => tell("ended"));
part("keys").addEventListener("click", () => {
  remote.sendCtrlAltDel();
  remote.focus();
});
part("full").addEventListener("click", () => void part("screen").requestFullscreen());
