/** A question with fields: one submit at a time, the fault shown in place. */
import { Alert, Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useId, useState, type ReactNode } from "react";
import { useTexts } from "../texts";
import { FaultDetails, titleOf } from "./fault";

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
  const form = useId();
  const run = async () => {
    if (busy || !ready) return;
    setBusy(true);
    setFault(null);
    try {
      await submit();
      close();
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
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
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form={form} isDisabled={!ready || busy} isLoading={busy}>
          {verb}
        </Button>
        <Button variant="link" onClick={close}>
          {t("common.cancel")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
