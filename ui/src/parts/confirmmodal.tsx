/** The dialog of `confirm`, loaded when it is first asked. */
import {
  Button,
  Form,
  FormGroup,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { useState } from "react";
import { useTexts } from "../texts";
import type { Question } from "./confirm";
import { useOnline } from "./online";

export default function ConfirmModal({
  question: asked,
  end,
  wait,
}: {
  question: Question;
  end: (yes: boolean) => void;
  /** Lets the question wait for others. */
  wait?: () => void;
}) {
  const { t } = useTexts();
  const [typed, setTyped] = useState("");
  const online = useOnline();
  const ready = online && (!asked.typed || typed === asked.typed);
  return (
    <Modal
      isOpen
      variant="small"
      onClose={() => end(false)}
      aria-labelledby="confirm-title"
      aria-describedby="confirm-body"
    >
      <ModalHeader
        title={asked.title}
        labelId="confirm-title"
        titleIconVariant={asked.danger ? "warning" : undefined}
      />
      <ModalBody id="confirm-body">
        {asked.body}
        {asked.typed && (
          <Form
            className="gap-above"
            onSubmit={(event) => {
              event.preventDefault();
              if (ready) end(true);
            }}
          >
            <FormGroup fieldId="confirm-typed" label={t("confirm.type", { name: asked.typed })}>
              <TextInput
                id="confirm-typed"
                value={typed}
                onChange={(_, value) => setTyped(value)}
                autoComplete="off"
              />
            </FormGroup>
          </Form>
        )}
      </ModalBody>
      <ModalFooter>
        <Button
          variant={asked.danger ? "danger" : "primary"}
          isDisabled={!ready}
          onClick={() => end(true)}
          data-test="confirm"
        >
          {asked.verb}
        </Button>
        {wait && (
          <Button variant="secondary" isDisabled={!ready} onClick={wait} data-test="wait">
            {t("pending.add")}
          </Button>
        )}
        <Button variant="link" onClick={() => end(false)}>
          {t("common.cancel")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
