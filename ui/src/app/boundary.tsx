/** A defect of ours: says so, offers a report and a reload (UI-016). */
import { Alert, Button } from "@patternfly/react-core";
import { Component, type ReactNode } from "react";
import * as identity from "../api/identity";
import { useTexts } from "../texts";

export class Boundary extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    return this.state.error ? <Defect error={this.state.error} /> : this.props.children;
  }
}

export function Defect({ error }: { error: Error }) {
  const { t } = useTexts();
  const report = { message: error.message, where: location.pathname };
  return (
    <Alert
      isInline
      variant="danger"
      title={t("defect.title")}
      actionLinks={
        <>
          <Button variant="secondary" onClick={() => location.reload()}>
            {t("defect.reload")}
          </Button>{" "}
          <Button
            variant="link"
            onClick={() => void identity.feedback(error.message, report).catch(() => undefined)}
          >
            {t("defect.report")}
          </Button>
        </>
      }
    >
      <p>{t("defect.sent")}</p>
      <pre className="mono">{JSON.stringify(report, null, 2)}</pre>
    </Alert>
  );
}
