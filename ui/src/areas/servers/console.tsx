/** A server's screen, in a window of its own. The secret is asked for here, used once, kept nowhere. */
import { Alert, Button, Switch, Title } from "@patternfly/react-core";
import type RFB from "@novnc/novnc";
import { useParams } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import * as compute from "../../api/compute";
import { useServers } from "../../api/queries";
import { FaultDetails, titleOf } from "../../parts/fault";
import { shown } from "../../parts/format";
import { saveBlob } from "../../parts/save";
import { configuration } from "../../api/session";
import { useTexts } from "../../texts";

type State = "connecting" | "connected" | "ended";
const CTRL = 0xffe3;
const ALT = 0xffe9;

export function ServerConsole() {
  const { t } = useTexts();
  const { id } = useParams({ strict: false }) as { id: string };
  const server = useServers().data?.find((one) => String(one.id) === id);
  const screen = useRef<HTMLDivElement>(null);
  const rfb = useRef<RFB | null>(null);
  const [state, setState] = useState<State>("connecting");
  const [fault, setFault] = useState<unknown>(null);
  const [held, setHeld] = useState<{ ctrl: boolean; alt: boolean }>({ ctrl: false, alt: false });
  const [viewOnly, setViewOnly] = useState(false);
  const [scale, setScale] = useState(true);
  const [clip, setClip] = useState("");
  const [round, setRound] = useState(0);

  useEffect(() => {
    let over = false;
    const open = async () => {
      setState("connecting");
      setFault(null);
      try {
        const [{ console: ticket }, { default: Remote }] = await Promise.all([
          compute.openConsole(id),
          import("@novnc/novnc"),
        ]);
        if (over || !screen.current) return;
        const address = new URL(ticket.url ?? "", location.href);
        // The daemon may know itself by another name; the web socket goes where this page came from.
        const scheme = location.protocol === "https:" ? "wss" : "ws";
        const remote = new Remote(
          screen.current,
          `${scheme}://${location.host}${address.pathname}${address.search}`,
          { wsProtocols: ["binary"] },
        );
        remote.scaleViewport = true;
        remote.background = "transparent";
        remote.addEventListener("connect", () => setState("connected"));
        remote.addEventListener("disconnect", () => setState("ended"));
        rfb.current = remote;
      } catch (error) {
        if (!over) {
          setFault(error);
          setState("ended");
        }
      }
    };
    void open();
    return () => {
      over = true;
      rfb.current?.disconnect();
      rfb.current = null;
    };
  }, [id, round]);

  useEffect(() => {
    if (!rfb.current) return;
    rfb.current.viewOnly = viewOnly;
    rfb.current.scaleViewport = scale;
  }, [viewOnly, scale, state]);

  const hold = useCallback((name: "ctrl" | "alt") => {
    setHeld((now) => {
      const down = !now[name];
      rfb.current?.sendKey(name === "ctrl" ? CTRL : ALT, name === "ctrl" ? "ControlLeft" : "AltLeft", down);
      return { ...now, [name]: down };
    });
    rfb.current?.focus();
  }, []);

  return (
    <div className="console">
      <header className="console-bar">
        {configuration.told.brand?.images["logo_console"] && (
          <img src={configuration.told.brand.images["logo_console"]} alt="" height="24" />
        )}
        <Title headingLevel="h1" size="lg">
          {server ? shown(server.name) : t("server.title", { id })}
        </Title>
        {server?.["SNF:fqdn"] && <span className="quiet mono">{server["SNF:fqdn"]}</span>}
        <span className="quiet" role="status">
          {t(
            state === "connected"
              ? "console.connected"
              : state === "connecting"
                ? "console.connecting"
                : "console.ended",
          )}
        </span>
        <span className="console-keys">
          <Button size="sm" variant="secondary" onClick={() => rfb.current?.sendCtrlAltDel()}>
            Ctrl-Alt-Del
          </Button>
          <Button
            size="sm"
            variant={held.ctrl ? "primary" : "secondary"}
            aria-pressed={held.ctrl}
            onClick={() => hold("ctrl")}
          >
            Ctrl
          </Button>
          <Button
            size="sm"
            variant={held.alt ? "primary" : "secondary"}
            aria-pressed={held.alt}
            onClick={() => hold("alt")}
          >
            Alt
          </Button>
          <Button
            size="sm"
            variant="secondary"
            onClick={() => {
              rfb.current?.sendKey(0xff0d, "Enter");
              rfb.current?.focus();
            }}
          >
            Enter
          </Button>
          <Button
            size="sm"
            variant="secondary"
            onClick={() => void screen.current?.requestFullscreen()}
          >
            {t("console.full")}
          </Button>
          <Button
            size="sm"
            variant="secondary"
            isDisabled={state !== "connected"}
            onClick={() => {
              screen.current?.querySelector("canvas")?.toBlob((picture) => {
                if (picture) saveBlob(`server-${id}.png`, picture);
              });
            }}
          >
            {t("console.picture")}
          </Button>
          <Button size="sm" variant="secondary" onClick={() => setRound(round + 1)}>
            {t("console.again")}
          </Button>
        </span>
        <Switch
          id="view-only"
          label={t("console.viewOnly")}
          isChecked={viewOnly}
          onChange={(_, wanted) => setViewOnly(wanted)}
        />
        <Switch
          id="scale"
          label={t("console.scale")}
          isChecked={scale}
          onChange={(_, wanted) => setScale(wanted)}
        />
      </header>
      {fault !== null && (
        <Alert isInline variant="danger" title={t(titleOf(fault))}>
          <FaultDetails error={fault} />
        </Alert>
      )}
      <p className="quiet console-hint">{t("console.hint")}</p>
      <div ref={screen} className="console-screen" data-state={state} />
      <form
        className="inline-form console-bar"
        onSubmit={(event) => {
          event.preventDefault();
          rfb.current?.clipboardPasteFrom(clip);
          rfb.current?.focus();
        }}
      >
        <input
          className="console-clip"
          aria-label={t("console.clipboard")}
          placeholder={t("console.clipboard")}
          value={clip}
          onChange={(event) => setClip(event.target.value)}
        />
        <Button size="sm" type="submit" variant="secondary">
          {t("console.paste")}
        </Button>
      </form>
    </div>
  );
}
