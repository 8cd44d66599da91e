/** A question with fields: one submit at a time, the fault shown in place. */
import { Alert, Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { lazy, Suspense, useId, useRef, useState, type ReactNode } from "react";
import { record, type Recorded } from "../api/http";
import { useTexts } from "../texts";
import { FaultDetails, titleOf } from "./fault";
import { useOnline } from "./online";

const Call = lazy(() => import("./call"));

export function Dialog({
  title,
  verb,
  close,
  submit,
  ready = true,
  children,
  variant = "medium",
  description,
}: {
  title: string;
  verb: string;
  close: () => void;
  /** Raises what goes wrong; the dialog closes when it does not. */
  submit: () => Promise<unknown>;
  ready?: boolean;
  children: ReactNode;
  variant?: "small" | "medium" | "large";
  description?: string;
}) {
  const { t } = useTexts();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const [call, setCall] = useState<Recorded | null>(null);
  const running = useRef(false);
  const online = useOnline();
  const form = useId();
  const run = async () => {
    // At once, not with the next picture: a second press may come before it (UI-310).
    if (running.current || !ready) return;
    running.current = true;
    setBusy(true);
    setFault(null);
    try {
      await submit();
      close();
    } catch (error) {
      setFault(error);
    } finally {
      running.current = false;
      setBusy(false);
    }
  };
  const tell = async () => {
    setFault(null);
    try {
      setCall(await record(submit));
    } catch (error) {
      setFault(error);
    }
  };
  return (
    <Modal isOpen variant={variant} onClose={close} aria-labelledby={`${form}-title`}>
      <ModalHeader title={title} labelId={`${form}-title`} description={description} />
      <ModalBody>
        {fault !== null && (
          <Alert isInline variant="danger" title={t(titleOf(fault))} className="gap-below">
            <FaultDetails error={fault} />
          </Alert>
        )}
        <Form
          id={form}
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          {children}
        </Form>
        {call && (
          <Suspense>
            <Call call={call} />
          </Suspense>
        )}
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form={form} isDisabled={!ready || busy || !online} isLoading={busy}>
          {verb}
        </Button>
        <Button variant="link" onClick={close}>
          {t("common.cancel")}
        </Button>
        <Button variant="link" isDisabled={!ready || busy} onClick={() => void tell()}>
          {t("call.show")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
