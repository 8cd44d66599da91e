/** Until when and how often a public link is good (UI-214); changed in place. */
import { Button, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import type { Details, Place } from "../../api/files";
import * as files from "../../api/files";
import { Field } from "../../parts/field";
import { exact } from "../../parts/format";
import { useNotify } from "../../parts/notify";
import { useTexts } from "../../texts";

/** The browser's local time without its zone, as a field of date and time wants it. */
export function localOf(utc: string): string {
  if (!utc) return "";
  const when = new Date(utc);
  return new Date(when.getTime() - when.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What the server takes: UTC in whole seconds; "" for no end. */
export const utcOf = (local: string): string =>
  local ? new Date(local).toISOString().replace(/\.\d+Z$/, "Z") : "";

export function LinkTerms({
  place,
  known,
  told,
}: {
  place: Place;
  known: Details;
  told: (now: Details) => void;
}) {
  const { t, language } = useTexts();
  const notify = useNotify();
  const [until, setUntil] = useState(localOf(known.linkExpires));
  const [most, setMost] = useState(known.linkDownloads);
  const wrong = !!most && !/^[1-9]\d{0,8}$/.test(most);
  // Only what differs is sent: a number of downloads that is sent again would count anew.
  const later = until !== localOf(known.linkExpires);
  const more = most !== known.linkDownloads;
  const save = async () => {
    const terms = { ...(later && { expires: utcOf(until) }), ...(more && { downloads: most }) };
    if (await notify.attempt(() => files.setLinkTerms(place, terms)))
      told(await files.details(place.account, place.container, place.name));
  };
  return (
    <form
      className="gap-above"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field id="link-until" label={t("link.until")} hint={t("link.untilHint")}>
        <TextInput
          id="link-until"
          type="datetime-local"
          value={until}
          onChange={(_, value) => setUntil(value)}
        />
      </Field>
      <Field
        id="link-most"
        label={t("link.most")}
        hint={t("link.mostHint")}
        wrong={wrong && t("link.mostWrong")}
      >
        <TextInput
          id="link-most"
          inputMode="numeric"
          value={most}
          onChange={(_, value) => setMost(value.trim())}
        />
      </Field>
      {known.linkExpires && <p className="quiet">{t("link.ends", { when: exact(known.linkExpires, language) })}</p>}
      {known.linkDownloads && (
        <p className="quiet">
          {t("link.taken", { taken: known.linkDownloaded, most: known.linkDownloads })}
        </p>
      )}
      <Button type="submit" variant="secondary" isDisabled={wrong || !(later || more)}>
        {t("link.save")}
      </Button>
    </form>
  );
}
