/** One question for all names that are taken (UI-194). */
import { Button, FormSelect, FormSelectOption, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useState } from "react";
import { shown } from "../../parts/format";
import { marked } from "../../parts/paths";
import { useTexts, type Key } from "../../texts";

export type Choice = "overwrite" | "rename" | "skip";
export type Decision = Record<string, Choice>;

const WORDS: [Choice, Key][] = [
  ["overwrite", "conflict.overwrite"],
  ["rename", "conflict.rename"],
  ["skip", "conflict.skip"],
];

export function ConflictDialog({
  taken,
  decide,
}: {
  taken: string[];
  decide: (decision: Decision | null) => void;
}) {
  const { t } = useTexts();
  const [choices, setChoices] = useState<Decision>(
    Object.fromEntries(taken.map((name) => [name, "rename" as Choice])),
  );
  return (
    <Modal isOpen variant="medium" onClose={() => decide(null)} aria-labelledby="conflict-title">
      <ModalHeader title={t("conflict.title", { count: taken.length })} labelId="conflict-title" />
      <ModalBody>
        {taken.map((name) => (
          <div key={name} className="conflict">
            <span>{shown(name)}</span>
            <FormSelect
              aria-label={t("conflict.what", { name: shown(name) })}
              value={choices[name]}
              onChange={(_, value) => setChoices({ ...choices, [name]: value as Choice })}
            >
              {WORDS.map(([choice, word]) => (
                <FormSelectOption
                  key={choice}
                  value={choice}
                  label={choice === "rename" ? `${t(word)}: ${marked(name, "_renamed_")}` : t(word)}
                />
              ))}
            </FormSelect>
          </div>
        ))}
        {taken.length > 1 && (
          <p className="gap-above">
            {t("conflict.all")}{" "}
            {WORDS.map(([choice, word]) => (
              <Button
                key={choice}
                variant="link"
                onClick={() =>
                  setChoices(Object.fromEntries(taken.map((name) => [name, choice])))
                }
              >
                {t(word)}
              </Button>
            ))}
          </p>
        )}
      </ModalBody>
      <ModalFooter>
        <Button onClick={() => decide(choices)}>{t("files.upload")}</Button>
        <Button variant="link" onClick={() => decide(null)}>
          {t("common.cancel")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
