/** The person's words and what went wrong, to the staff; all that is sent is shown (UI-035, UI-037). */
import { TextArea } from "@patternfly/react-core";
import { useState } from "react";
import { Fault } from "../api/http";
import * as identity from "../api/identity";
import { useTexts } from "../texts";
import { Dialog } from "./dialog";
import { Field } from "./field";

interface Told {
  title: string;
  error: unknown;
}

/** What a report holds of faults: nothing of requests, so no token or password. */
export function reportOf(faults: readonly Told[], where: string): Record<string, unknown> {
  return {
    where,
    errors: faults.map(({ title, error }) =>
      error instanceof Fault
        ? {
            title,
            kind: error.kind,
            status: error.status,
            service: error.service,
            code: error.code,
            message: error.message,
            request: error.requestId,
          }
        : { title, message: error instanceof Error ? error.message : String(error) },
    ),
  };
}

export default function Report({ faults, close }: { faults: readonly Told[]; close: () => void }) {
  const { t } = useTexts();
  const [words, setWords] = useState("");
  const report = reportOf(faults, location.pathname);
  return (
    <Dialog
      title={t("defect.report")}
      verb={t("defect.send")}
      close={close}
      ready={!!words.trim()}
      submit={() => identity.feedback(words, report)}
    >
      <Field id="report-words" label={t("defect.words")} required>
        <TextArea
          id="report-words"
          value={words}
          onChange={(_, value) => setWords(value)}
          resizeOrientation="vertical"
        />
      </Field>
      <p>{t("defect.sent")}</p>
      <pre className="mono">{JSON.stringify(report, null, 2)}</pre>
    </Dialog>
  );
}
