/**
 * A look at a file without saving it (UI-172, UI-187). Pictures, sound, films and PDF come from the
 * view address, whose answers are sandboxed; texts are shown as text, whatever is in them.
 */
import { Alert, Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Entry, Place } from "../../api/files";
import * as files from "../../api/files";
import { signInWay } from "../../api/session";
import { bytes, shown } from "../../parts/format";
import { Loading } from "../../parts/page";
import { baseName } from "../../parts/paths";
import { Unreached } from "../../parts/unreached";
import { useTexts } from "../../texts";
import { kindOf, type Kind } from "./kind";
import { markdown, type Block, type Inline } from "./markdown";

const TEXTS = new Set<Kind>(["text", "source", "stylesheet"]);
const SHOWN = 256 * 1024;
const MEDIA = new Set<Kind>(["image", "audio", "video", "pdf"]);

/** How a file is looked at, or null. */
export function previewOf(name: string): "text" | "markdown" | "image" | "audio" | "video" | "pdf" | null {
  if (/\.(md|markdown)$/i.test(name)) return "markdown";
  const kind = kindOf(name);
  if (TEXTS.has(kind) && !/\.(rtf|odt)$/i.test(name)) return "text";
  return MEDIA.has(kind) ? (kind as "image" | "audio" | "video" | "pdf") : null;
}

export function Preview({
  place,
  entry,
  download,
  close,
}: {
  place: Place;
  entry: Entry;
  download: () => void;
  close: () => void;
}) {
  const { t } = useTexts();
  const how = previewOf(place.name);
  const name = shown(baseName(place.name));
  return (
    <Modal isOpen variant="large" onClose={close} aria-labelledby="preview-title">
      <ModalHeader title={name} labelId="preview-title" />
      <ModalBody>
        {how === "text" || how === "markdown" ? (
          <Text place={place} entry={entry} rich={how === "markdown"} />
        ) : (
          <Media place={place} how={how ?? "image"} name={name} />
        )}
      </ModalBody>
      <ModalFooter>
        <Button variant="secondary" onClick={download}>
          {t("files.download")}
        </Button>
      </ModalFooter>
    </Modal>
  );
}

/** Where the browser gets it: the view address, or, without a session, what was read with the token. */
function useAddress(place: Place): string | null {
  const [address, set] = useState<string | null>(null);
  useEffect(() => {
    if (signInWay() === "pages") {
      set(files.viewAddress(place, "inline"));
      return undefined;
    }
    let made = "";
    void files.download(place).then((blob) => set((made = URL.createObjectURL(blob))));
    return () => URL.revokeObjectURL(made);
  }, [place.account, place.container, place.name]);
  return address;
}

function Media({ place, how, name }: { place: Place; how: string; name: string }) {
  const { t } = useTexts();
  const address = useAddress(place);
  const [broken, setBroken] = useState(false);
  if (!address) return <Loading text={t("common.loading")} />;
  if (broken) return <Alert isInline variant="warning" title={t("preview.broken")} />;
  const fail = () => setBroken(true);
  if (how === "audio") return <audio controls src={address} aria-label={name} onError={fail} className="preview-wide" />;
  if (how === "video") return <video controls src={address} aria-label={name} onError={fail} className="preview-wide" />;
  if (how === "pdf") return <iframe src={address} title={name} className="preview-page" />;
  return <img src={address} alt={name} className="picture" onError={fail} />;
}

function Text({ place, entry, rich }: { place: Place; entry: Entry; rich: boolean }) {
  const { t, language } = useTexts();
  const found = useQuery({
    queryKey: ["files", "beginning", place.account, place.container, place.name, entry.x_object_version],
    queryFn: () => files.beginning(place, entry.bytes, SHOWN),
  });
  if (found.isPending) return <Loading text={t("common.loading")} />;
  if (found.isError) return <Unreached error={found.error} retry={() => void found.refetch()} />;
  return (
    <>
      {entry.bytes > SHOWN && (
        <Alert isInline variant="info" className="gap-below" title={t("preview.part", { part: bytes(SHOWN, language) })} />
      )}
      {rich ? (
        <div className="rich" data-test="rich">
          {markdown(found.data).map((one, at) => (
            <Piece key={at} block={one} />
          ))}
        </div>
      ) : (
        <pre className="mono preview-text" tabIndex={0}>
          {found.data}
        </pre>
      )}
    </>
  );
}

function Piece({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading": {
      // The dialog has the first two levels.
      const Heading = `h${Math.min(6, block.level + 2)}` as "h3";
      return <Heading>{block.parts.map(span)}</Heading>;
    }
    case "code":
      return <pre className="mono">{block.text}</pre>;
    case "rule":
      return <hr />;
    case "quote":
      return <blockquote>{block.parts.map(span)}</blockquote>;
    case "list": {
      const List = block.ordered ? "ol" : "ul";
      return (
        <List>
          {block.items.map((one, at) => (
            <li key={at}>{one.map(span)}</li>
          ))}
        </List>
      );
    }
    default:
      return <p>{block.parts.map(span)}</p>;
  }
}

function span(one: Inline, at: number): React.ReactNode {
  switch (one.kind) {
    case "text":
      return shown(one.text);
    case "code":
      return <code key={at}>{one.text}</code>;
    case "strong":
      return <strong key={at}>{one.parts.map(span)}</strong>;
    case "em":
      return <em key={at}>{one.parts.map(span)}</em>;
    default:
      return (
        <a key={at} href={one.to} target="_blank" rel="noopener noreferrer">
          {one.parts.map(span)}
        </a>
      );
  }
}
