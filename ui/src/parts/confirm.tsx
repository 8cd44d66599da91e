/** The one question before what cannot be undone (UI-038, UI-043). */
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
import { createContext, useCallback, useContext, useState, type ReactNode } from "react";
import { useTexts } from "../texts";

export interface Question {
  title: string;
  body?: ReactNode;
  /** What the confirming button says. */
  verb: string;
  danger?: boolean;
  /** Has to be typed first. */
  typed?: string;
}

type Ask = (question: Question) => Promise<boolean>;
const Context = createContext<Ask | null>(null);

export function ConfirmProvider({ children }: { children: ReactNode }) {
  const { t } = useTexts();
  const [asked, setAsked] = useState<(Question & { answer: (yes: boolean) => void }) | null>(null);
  const [typed, setTyped] = useState("");
  const ask = useCallback<Ask>(
    (question) =>
      new Promise((answer) => {
        setTyped("");
        setAsked({ ...question, answer });
      }),
    [],
  );
  const end = (yes: boolean) => {
    asked?.answer(yes);
    setAsked(null);
  };
  const ready = !asked?.typed || typed === asked.typed;
  return (
    <Context.Provider value={ask}>
      {children}
      {asked && (
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
                <FormGroup
                  fieldId="confirm-typed"
                  label={t("confirm.type", { name: asked.typed })}
                >
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
            <Button variant="link" onClick={() => end(false)}>
              {t("common.cancel")}
            </Button>
          </ModalFooter>
        </Modal>
      )}
    </Context.Provider>
  );
}

/** `await confirm({...})`: true when the person agreed. */
export function useConfirm(): Ask {
  const found = useContext(Context);
  if (!found) throw new Error("nobody to ask");
  return found;
}
