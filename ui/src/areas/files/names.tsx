/** Asking for a name that is free in its folder. */
import { useState } from "react";
import { Dialog } from "../../parts/dialog";
import { TextField } from "../../parts/field";
import { useTexts } from "../../texts";

export function NameDialog({
  title,
  verb,
  first,
  taken,
  close,
  run,
}: {
  title: string;
  verb: string;
  first: string;
  taken: string[];
  close: () => void;
  run: (name: string) => Promise<unknown>;
}) {
  const { t } = useTexts();
  const [name, setName] = useState(first);
  const wrong =
    (name !== first && taken.includes(name) && t("files.taken")) ||
    (name.includes("/") && t("containers.slash")) ||
    (name.length > 1024 && t("containers.long"));
  return (
    <Dialog
      title={title}
      verb={verb}
      variant="small"
      close={close}
      ready={!!name && name !== first && !wrong}
      submit={() => run(name)}
    >
      <TextField
        id="file-name"
        label={t("common.name")}
        value={name}
        set={setName}
        required
        wrong={wrong}
      />
    </Dialog>
  );
}
