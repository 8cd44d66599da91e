/** Single keys that do something in a view (UI-219), and the list of them in the bar. */
import { Button, Popover } from "@patternfly/react-core";
import KeyboardIcon from "@patternfly/react-icons/dist/esm/icons/keyboard-icon";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useTexts } from "../texts";

/** Whether a key that was pressed is meant for the page: no field, no dialog, no other key held. */
export function isFree(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return false;
  const target = event.target as HTMLElement | null;
  if (target?.closest("input, textarea, select, [contenteditable], [role=dialog], [role=menu]")) return false;
  return !document.querySelector("[role=dialog], .session-ended");
}

/** By key: an address to go to, or what to do. */
export function useHotkeys(keys: Record<string, string | (() => void) | undefined>): void {
  const navigate = useNavigate();
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const wanted = current.current[event.key];
      if (!wanted || !isFree(event)) return;
      event.preventDefault();
      if (typeof wanted === "string") void navigate({ to: wanted as never });
      else wanted();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [navigate]);
}

export function KeysHelp({ keys }: { keys: readonly (readonly [string, string])[] }) {
  const { t } = useTexts();
  const [open, setOpen] = useState(false);
  useHotkeys({ "?": () => setOpen(true) });
  return (
    <Popover
      isVisible={open}
      shouldOpen={() => setOpen(true)}
      shouldClose={() => setOpen(false)}
      aria-label={t("keys.title")}
      headerContent={t("keys.title")}
      bodyContent={
        <dl className="plain-list">
          {[...keys, ["?", t("keys.title")] as const, ["Ctrl+K", t("keys.palette")] as const].map(([key, does]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      }
    >
      <Button variant="plain" aria-label={t("keys.title")} icon={<KeyboardIcon />} />
    </Popover>
  );
}
