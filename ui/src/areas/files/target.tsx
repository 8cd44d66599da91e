/** Where to move or copy to: one's containers and their folders, without the trash (UI-178). */
import { Button, SimpleList, SimpleListItem } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import * as files from "../../api/files";
import { Dialog } from "../../parts/dialog";
import { shown } from "../../parts/format";
import { Loading } from "../../parts/page";
import { baseName, folderOf } from "../../parts/paths";
import { useTexts } from "../../texts";

export function TargetDialog({
  own,
  how,
  close,
  run,
}: {
  own: string;
  how: "copy" | "move";
  close: () => void;
  run: (to: { container: string; folder: string }) => Promise<void>;
}) {
  const { t } = useTexts();
  const [container, setContainer] = useState("");
  const [folder, setFolder] = useState("");
  const containers = useQuery({
    queryKey: ["files", "containers", own],
    queryFn: () => files.prepare(own),
  });
  const folders = useQuery({
    queryKey: ["files", own, container, folder],
    queryFn: ({ signal }) => files.list(own, container, folder, signal),
    enabled: !!container,
  });
  const choices = container
    ? (folders.data ?? [])
        .filter(files.isFolder)
        .map((one) => ({ name: one.name, title: baseName(one.name) }))
    : (containers.data ?? [])
        .filter((one) => one.name !== "trash")
        .map((one) => ({ name: one.name, title: one.name }));
  return (
    <Dialog
      title={t(how === "copy" ? "files.copyTo" : "files.moveTo")}
      verb={t(how === "copy" ? "files.copy" : "files.move")}
      close={close}
      ready={!!container}
      submit={() => run({ container, folder })}
    >
      {container ? (
        <p>
          <Button
            variant="link"
            isInline
            onClick={() => (folder ? setFolder(folderOf(folder)) : setContainer(""))}
          >
            ← {t("wizard.back")}
          </Button>{" "}
          <strong>{shown([container, folder].filter(Boolean).join("/"))}</strong>
        </p>
      ) : (
        <p className="quiet">{t("files.choose")}</p>
      )}
      {(containers.isPending || (container && folders.isPending)) && (
        <Loading text={t("common.loading")} />
      )}
      {choices.length > 0 && (
        <SimpleList aria-label={t("files.choose")} key={`${container}/${folder}`}>
          {choices.map(({ name, title }) => (
            <SimpleListItem
              key={name}
              componentProps={{ type: "button" }}
              onClick={() => (container ? setFolder(name) : setContainer(name))}
            >
              {shown(title)}
            </SimpleListItem>
          ))}
        </SimpleList>
      )}
    </Dialog>
  );
}
