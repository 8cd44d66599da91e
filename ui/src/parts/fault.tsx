/** Faults as people read them (UI-033): a title by status, what the server said, its request id. */
import { Alert, Button, ExpandableSection } from "@patternfly/react-core";
import { useState } from "react";
import { Fault } from "../api/http";
import { useTexts, type Key } from "../texts";

const TITLES: Record<number, Key> = {
  400: "fault.400",
  401: "fault.401",
  403: "fault.403",
  404: "fault.404",
  409: "fault.409",
  413: "fault.413",
  429: "fault.429",
  500: "fault.500",
  501: "fault.501",
  502: "fault.502",
  503: "fault.503",
};

export function titleOf(error: unknown): Key {
  if (!(error instanceof Fault)) return "fault.other";
  if (error.kind === "offline") return "fault.offline";
  if (error.kind === "timeout") return "fault.timeout";
  return TITLES[error.status] ?? "fault.other";
}

export function FaultDetails({ error }: { error: unknown }) {
  const { t } = useTexts();
  const [open, setOpen] = useState(false);
  if (!(error instanceof Fault)) return <>{error instanceof Error ? error.message : String(error)}</>;
  const rows: [Key, string][] = [
    ["fault.service", error.service],
    ["fault.code", [error.status || "", error.code].filter(Boolean).join(" ")],
    ["fault.details", error.details],
    ["fault.request", error.requestId],
  ];
  return (
    <>
      {error.kind === "refused" && <p>{error.message}</p>}
      {error.kind === "refused" && (
        <ExpandableSection
          toggleText={t(open ? "fault.less" : "fault.more")}
          isExpanded={open}
          onToggle={(_, wanted) => setOpen(wanted)}
        >
          <dl className="plain-list">
            {rows
              .filter(([, text]) => text)
              .map(([key, text]) => (
                <div key={key}>
                  <dt>{t(key)}</dt>
                  <dd>{text}</dd>
                </div>
              ))}
          </dl>
        </ExpandableSection>
      )}
    </>
  );
}

/** One banner in place of a list that could not be read; others go on (UI-027). */
export function FaultBanner({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTexts();
  return (
    <Alert
      isInline
      variant="danger"
      title={t(titleOf(error))}
      className="gap-below"
      actionLinks={
        <Button variant="link" isInline onClick={retry}>
          {t("common.retry")}
        </Button>
      }
    >
      <FaultDetails error={error} />
    </Alert>
  );
}
