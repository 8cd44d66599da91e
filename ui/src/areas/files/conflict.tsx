/** One question for all names that are taken (UI-194). */
import {
  Button,
  Checkbox,
  FormSelect,
  FormSelectOption,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { useState } from "react";
import { isFolder, type Entry } from "../../api/files";
import { shown } from "../../parts/format";
import { baseName, marked } from "../../parts/paths";
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

export interface Taken {
  entries: Entry[];
  /** Whether the target keeps versions, so that replacing loses nothing. */
  versioned: boolean;
  /** By the entry's whole name; null when nothing more is to be done. */
  decide: (answer: Record<string, { name: string; overwrite: boolean }> | null) => void;
}

/** Names that are taken where files are moved or copied to (UI-179). */
export function TakenDialog({ entries, versioned, decide }: Taken) {
  const { t } = useTexts();
  const [names, setNames] = useState<Record<string, string>>(
    Object.fromEntries(
      entries.map((one) => {
        const folder = isFolder(one);
        return [one.name, marked(baseName(one.name), folder ? "_copy" : "_copy_", folder)];
      }),
    ),
  );
  const [over, setOver] = useState<Record<string, boolean>>({});
  const fine = entries.every((one) => over[one.name] || (names[one.name] && !names[one.name]?.includes("/")));
  return (
    <Modal isOpen variant="medium" onClose={() => decide(null)} aria-labelledby="taken-title">
      <ModalHeader title={t("conflict.title", { count: entries.length })} labelId="taken-title" />
      <ModalBody>
        {entries.map((one) => {
          const name = shown(baseName(one.name));
          return (
            <div key={one.name} className="conflict">
              <span>{name}</span>
              <TextInput
                aria-label={t("conflict.newName", { name })}
                value={over[one.name] ? baseName(one.name) : (names[one.name] ?? "")}
                isDisabled={over[one.name]}
                onChange={(_, value) => setNames({ ...names, [one.name]: value })}
              />
              {versioned && !isFolder(one) && (
                <Checkbox
                  id={`over-${one.x_object_uuid}`}
                  label={t("conflict.version")}
                  aria-label={`${t("conflict.version")}: ${name}`}
                  isChecked={!!over[one.name]}
                  onChange={(_, wanted) => setOver({ ...over, [one.name]: wanted })}
                />
              )}
            </div>
          );
        })}
      </ModalBody>
      <ModalFooter>
        <Button
          isDisabled={!fine}
          onClick={() =>
            decide(
              Object.fromEntries(
                entries.map((one) => [
                  one.name,
                  over[one.name]
                    ? { name: baseName(one.name), overwrite: true }
                    : { name: names[one.name] ?? "", overwrite: false },
                ]),
              ),
            )
          }
        >
          {t("conflict.goOn")}
        </Button>
        <Button variant="link" onClick={() => decide(null)}>
          {t("common.cancel")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}
