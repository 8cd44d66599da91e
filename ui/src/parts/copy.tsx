/** A value with a button that copies it (UI-316). */
import { Button, Tooltip } from "@patternfly/react-core";
import CopyIcon from "@patternfly/react-icons/dist/esm/icons/copy-icon";
import { useState } from "react";
import { useTexts } from "../texts";

export function Copied({ text, shown, mono = true }: { text: string; shown?: string; mono?: boolean }) {
  const { t } = useTexts();
  const [done, setDone] = useState(false);
  const label = t("common.copy", { text: shown ?? text });
  return (
    <span className="copied">
      <span className={mono ? "mono" : undefined}>{shown ?? text}</span>
      <Tooltip content={done ? t("common.copied") : t("common.copyIt")}>
        <Button
          variant="plain"
          size="sm"
          aria-label={label}
          icon={<CopyIcon />}
          onClick={() => {
            void navigator.clipboard?.writeText(text).then(() => {
              setDone(true);
              setTimeout(() => setDone(false), 2000);
            });
          }}
        />
      </Tooltip>
    </span>
  );
}
