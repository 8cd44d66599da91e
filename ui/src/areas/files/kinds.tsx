/** What a file is, by its extension (UI-169), with a picture for it. */
import ArchiveIcon from "@patternfly/react-icons/dist/esm/icons/archive-icon";
import CodeIcon from "@patternfly/react-icons/dist/esm/icons/code-icon";
import FileAltIcon from "@patternfly/react-icons/dist/esm/icons/file-alt-icon";
import FileIcon from "@patternfly/react-icons/dist/esm/icons/file-icon";
import FolderIcon from "@patternfly/react-icons/dist/esm/icons/folder-icon";
import ImageIcon from "@patternfly/react-icons/dist/esm/icons/image-icon";
import MusicIcon from "@patternfly/react-icons/dist/esm/icons/music-icon";
import VideoIcon from "@patternfly/react-icons/dist/esm/icons/video-icon";
import type { Entry } from "../../api/files";
import { isFolder } from "../../api/files";
import type { Key } from "../../texts";
import { kindOf, type Kind } from "./kind";

export const KIND_WORDS: Record<Kind, Key> = {
  folder: "kind.folder",
  text: "kind.text",
  compressed: "kind.compressed",
  image: "kind.image",
  audio: "kind.audio",
  video: "kind.video",
  pdf: "kind.pdf",
  word: "kind.word",
  excel: "kind.excel",
  powerpoint: "kind.powerpoint",
  ebook: "kind.ebook",
  stylesheet: "kind.stylesheet",
  source: "kind.source",
  application: "kind.application",
  unknown: "kind.unknown",
};

export function KindIcon({ entry }: { entry: Entry }) {
  const kind = isFolder(entry) ? "folder" : kindOf(entry.name);
  const Icon =
    kind === "folder"
      ? FolderIcon
      : kind === "image"
        ? ImageIcon
        : kind === "audio"
          ? MusicIcon
          : kind === "video"
            ? VideoIcon
            : kind === "compressed"
              ? ArchiveIcon
              : kind === "source" || kind === "stylesheet"
                ? CodeIcon
                : kind === "unknown" || kind === "application"
                  ? FileIcon
                  : FileAltIcon;
  return <Icon className={kind === "folder" ? "folder-icon" : "file-icon"} aria-hidden />;
}
