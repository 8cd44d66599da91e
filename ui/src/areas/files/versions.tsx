/** Older versions of a file (UI-215, UI-216): size, author, difference, restore, copy, forget. */
import { Button } from "@patternfly/react-core";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Place } from "../../api/files";
import * as files from "../../api/files";
import * as identity from "../../api/identity";
import { changed, keys, useMe } from "../../api/queries";
import { useConfirm } from "../../parts/confirm";
import { FaultBanner } from "../../parts/fault";
import { bytes, exact, shown } from "../../parts/format";
import { useNotify } from "../../parts/notify";
import { Loading } from "../../parts/page";
import { baseName, folderOf, inside, marked } from "../../parts/paths";
import { saveBlob } from "../../parts/save";
import { useTexts } from "../../texts";
import { diff, type Line } from "./diff";
import { previewOf } from "./preview";

const COMPARED = 512 * 1024;

export function Versions({ place, type }: { place: Place; type: string }) {
  const { t, language } = useTexts();
  const me = useMe().data;
  const notify = useNotify();
  const confirm = useConfirm();
  const [lines, setLines] = useState<{ number: number; lines: Line[] } | null>(null);
  const found = useQuery({
    queryKey: ["files", "versions", place.account, place.container, place.name],
    queryFn: () => files.versions(place),
    staleTime: 0,
  });
  const newest = [...(found.data ?? [])].sort((a, b) => b.time - a.time);
  const heads = useQueries({
    queries: newest.map((one) => ({
      queryKey: ["versions", place.account, place.container, place.name, one.number],
      queryFn: () => files.details(place.account, place.container, place.name, one.number),
      staleTime: Infinity,
    })),
  });
  const authors = [...new Set(heads.flatMap((one) => (one.data?.modifiedBy ? [one.data.modifiedBy] : [])))];
  const names = useQuery({
    queryKey: ["names", ...authors],
    queryFn: () => identity.namesOf(authors),
    enabled: authors.length > 0,
  }).data;
  if (found.isPending) return <Loading text={t("common.loading")} />;
  if (found.isError) return <FaultBanner error={found.error} retry={() => void found.refetch()} />;
  const current = newest[0];
  const textual = ["text", "markdown"].includes(previewOf(place.name) ?? "");
  const refresh = () => changed(["files"], keys.quotas);

  const restore = (number: number, name?: string) =>
    notify
      .attempt(
        () => files.restoreVersion(place, number, type, name),
        name ? t("files.copied", { count: 1 }) : t("files.restored"),
      )
      .then(refresh);
  const compare = (number: number) =>
    notify.attempt(async () => {
      const [old, now] = await Promise.all([files.textOf(place, number), files.textOf(place)]);
      setLines({ number, lines: diff(old, now) });
    });
  const forget = async () => {
    if (!current) return;
    const yes = await confirm({
      title: t("versions.forgetAsk", { name: shown(baseName(place.name)) }),
      body: t("versions.forgetText"),
      verb: t("versions.forget"),
      danger: true,
    });
    if (!yes) return;
    // Whole seconds: what became current in this one stays, whatever happens.
    await notify.attempt(
      () => files.forgetVersions(place, Math.ceil(current.time) - 1),
      t("versions.forgotten"),
    );
    refresh();
  };
  return (
    <>
      <ul className="rows gap-above">
        {newest.map((one, at) => {
          const head = heads[at]?.data;
          const stamp = new Date(one.time * 1000).toISOString().slice(0, 19).replace("T", " ");
          return (
            <li key={one.number}>
              <span>
                {exact(one.time * 1000, language)}{" "}
                <span className="quiet">
                  {head && bytes(head.size, language)}{" "}
                  {head && t("files.by", { name: head.modifiedBy === me?.id ? t("projects.me") : (names?.[head.modifiedBy] ?? head.modifiedBy) })}
                </span>
              </span>
              <span className="quiet mono">{one.number}</span>
              <span>
                <Button
                  variant="link"
                  isInline
                  onClick={() =>
                    void notify.attempt(async () =>
                      saveBlob(baseName(place.name), await files.download(place, one.number)),
                    )
                  }
                >
                  {t("files.download")}
                </Button>{" "}
                {at > 0 && (
                  <>
                    <Button variant="link" isInline onClick={() => void restore(one.number)}>
                      {t("files.restore")}
                    </Button>{" "}
                    <Button
                      variant="link"
                      isInline
                      onClick={() =>
                        void restore(
                          one.number,
                          inside(folderOf(place.name), marked(baseName(place.name), ` ${stamp}`)),
                        )
                      }
                    >
                      {t("versions.asCopy")}
                    </Button>{" "}
                    {textual && (head?.size ?? 0) <= COMPARED && (
                      <Button variant="link" isInline onClick={() => void compare(one.number)}>
                        {t("versions.compare")}
                      </Button>
                    )}
                  </>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      {newest.length > 1 && (
        <Button variant="link" isInline isDanger onClick={() => void forget()}>
          {t("versions.forget")}
        </Button>
      )}
      {lines && (
        <pre className="mono preview-text diff" aria-label={t("versions.difference", { number: lines.number })} tabIndex={0}>
          {lines.lines.map((one, at) => (
            <span key={at} className={one.how}>
              {one.how === "same" ? "  " : one.how === "new" ? "+ " : "− "}
              {one.text}
              {"\n"}
            </span>
          ))}
        </pre>
      )}
    </>
  );
}
