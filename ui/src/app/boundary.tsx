/** A defect of ours: says so, offers a report and a reload (UI-016). */
import { Alert, AlertActionCloseButton, Button } from "@patternfly/react-core";
import { Component, type ReactNode } from "react";
import { Fault } from "../api/http";
import * as identity from "../api/identity";
import { configuration } from "../api/session";
import { useTexts } from "../texts";

interface Caught {
  /** What the views cannot be shown for. */
  error: Error | null;
  /** What nobody caught; the views go on. */
  stray: Error | null;
}

export class Boundary extends Component<{ children: ReactNode }, Caught> {
  override state: Caught = { error: null, stray: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidMount() {
    if (!configuration.told.report_errors) return;
    addEventListener("error", this.thrown);
    addEventListener("unhandledrejection", this.rejected);
  }

  override componentWillUnmount() {
    removeEventListener("error", this.thrown);
    removeEventListener("unhandledrejection", this.rejected);
  }

  private thrown = (event: ErrorEvent) => {
    if (event.error instanceof Error) this.setState({ stray: event.error });
  };

  private rejected = (event: PromiseRejectionEvent) => {
    const reason: unknown = event.reason;
    // A call that was refused is no defect of ours.
    if (reason instanceof Error && !(reason instanceof Fault)) this.setState({ stray: reason });
  };

  override render() {
    const { error, stray } = this.state;
    if (error) return <Defect error={error} />;
    return (
      <>
        {this.props.children}
        {stray && (
          <div className="stray" role="alertdialog" aria-labelledby="stray-title">
            <Defect error={stray} close={() => this.setState({ stray: null })} />
          </div>
        )}
      </>
    );
  }
}

export function Defect({ error, close }: { error: Error; close?: () => void }) {
  const { t } = useTexts();
  const report = { message: error.message, where: location.pathname };
  return (
    <Alert
      isInline
      variant="danger"
      title={<span id="stray-title">{t(close ? "defect.unhandled" : "defect.title")}</span>}
      actionClose={
        close && <AlertActionCloseButton aria-label={t("common.close")} onClose={close} />
      }
      actionLinks={
        <>
          <Button variant="secondary" onClick={() => location.reload()}>
            {t("defect.reload")}
          </Button>{" "}
          <Button
            variant="link"
            onClick={() =>
              void identity
                .feedback(error.message, report)
                .then(() => close?.())
                .catch(() => undefined)
            }
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
