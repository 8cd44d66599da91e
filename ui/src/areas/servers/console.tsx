/** A server's screen, in a window of its own. The secret is asked for here, used once, kept nowhere. */
import { Alert, Button, Switch, Title, ToggleGroup, ToggleGroupItem } from "@patternfly/react-core";
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
  const [fit, setFit] = useState(false);
  const [drag, setDrag] = useState(false);
  const [button, setButton] = useState(0);
  const [typed, setTyped] = useState("");
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
        remote.addEventListener("disconnect", () => {
          if (rfb.current === remote) rfb.current = null;
          setState("ended");
        });
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
    if (!rfb.current || state !== "connected") return;
    rfb.current.viewOnly = viewOnly;
    rfb.current.scaleViewport = scale;
    rfb.current.clipViewport = !scale;
    rfb.current.dragViewport = drag;
    rfb.current.resizeSession = fit;
  }, [viewOnly, scale, drag, fit, state]);

  // A touch is the chosen button: its gesture goes on as that of another number of fingers.
  useEffect(() => {
    const place = screen.current;
    const taps = ["onetap", "threetap", "twotap"];
    const turn = (event: Event) => {
      const detail = (event as CustomEvent<{ type: string }>).detail;
      if (button && detail?.type === "onetap") detail.type = taps[button] ?? "onetap";
    };
    place?.addEventListener("gesturestart", turn, true);
    return () => place?.removeEventListener("gesturestart", turn, true);
  }, [button]);

  const type = (text: string) => {
    for (const sign of text) {
      const code = sign.codePointAt(0) ?? 0;
      rfb.current?.sendKey(code < 0x100 ? code : 0x01000000 + code, null);
    }
  };

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
          <Button
            size="sm"
            variant="secondary"
            isDisabled={state !== "connected"}
            onClick={() => rfb.current?.disconnect()}
          >
            {t("console.disconnect")}
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
        <Switch
          id="fit"
          label={t("console.fit")}
          isChecked={fit}
          onChange={(_, wanted) => setFit(wanted)}
        />
        <Switch
          id="drag"
          label={t("console.drag")}
          isChecked={drag}
          onChange={(_, wanted) => setDrag(wanted)}
        />
        <ToggleGroup aria-label={t("console.touch")} isCompact>
          {(["console.left", "console.middle", "console.right"] as const).map((title, at) => (
            <ToggleGroupItem
              key={title}
              text={t(title)}
              isSelected={button === at}
              onChange={() => setButton(at)}
            />
          ))}
        </ToggleGroup>
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
          type(typed);
          rfb.current?.sendKey(0xff0d, "Enter");
          setTyped("");
        }}
      >
        <input
          className="console-clip"
          aria-label={t("console.keyboard")}
          placeholder={t("console.keyboard")}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <Button size="sm" variant="secondary" onClick={() => (type(typed), setTyped(""))}>
          {t("console.type")}
        </Button>
        <Button size="sm" type="submit" variant="secondary">
          {t("console.typeEnter")}
        </Button>
        {(
          [
            ["Esc", 0xff1b, "Escape"],
            ["Tab", 0xff09, "Tab"],
            ["←", 0xff51, "ArrowLeft"],
            ["↑", 0xff52, "ArrowUp"],
            ["↓", 0xff54, "ArrowDown"],
            ["→", 0xff53, "ArrowRight"],
          ] as const
        ).map(([title, sign, code]) => (
          <Button
            key={title}
            size="sm"
            variant="secondary"
            onClick={() => rfb.current?.sendKey(sign, code)}
          >
            {title}
          </Button>
        ))}
      </form>
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
