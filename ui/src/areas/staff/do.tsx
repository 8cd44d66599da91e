/**
 * The window of an action: what it is done to, its reason, and whom it reaches. The action itself runs
 * beside the views: its progress, each failure by name, and a way to try again stay there (UI-276).
 */
import { Alert, TextArea } from "@patternfly/react-core";
import { useState } from "react";
import type { Row } from "../../api/admin";
import * as admin from "../../api/admin";
import { isRecording } from "../../api/http";
import { client } from "../../api/queries";
import { Dialog } from "../../parts/dialog";
import { Field, TextField } from "../../parts/field";
import { shown } from "../../parts/format";
import { useWork } from "../../parts/work";
import { useTexts } from "../../texts";
import type { Deed, Section } from "./sections";

const reload = () => void client.invalidateQueries({ queryKey: ["staff"] });

function People({ section, rows }: { section: Section; rows: Row[] }) {
  return (
    <ul>
      {rows.map((row) => (
        <li key={String(row[section.id])}>
          {shown(String(row[section.name] ?? row[section.id]))}{" "}
          <span className="quiet">{shown(String(row["user.email"] ?? row["realname"] ?? ""))}</span>
        </li>
      ))}
    </ul>
  );
}

export function Do({
  section,
  deed,
  rows,
  close,
}: {
  section: Section;
  deed: Deed;
  rows: Row[];
  close: () => void;
}) {
  const { t } = useTexts();
  const { begin } = useWork();
  const [reason, setReason] = useState("");
  const run = (row: Row) =>
    admin.run(deed.verb, {
      [section.field]: row[section.id],
      ...deed.body,
      ...(deed.reason ? { [deed.reason]: reason } : {}),
    });
  const word = t(deed.title);
  return (
    <Dialog
      title={t("staff.ask", { action: word, count: rows.length })}
      verb={word}
      close={close}
      ready={!deed.reason || !!reason.trim()}
      submit={async () => {
        const going = begin(
          word,
          rows.map((row) => ({ name: String(row[section.name] ?? row[section.id]), run: () => run(row) })),
          reload,
        );
        if (isRecording()) await going;
      }}
    >
      {deed.danger && <Alert isInline variant="warning" title={t("staff.careful")} />}
      <People section={section} rows={rows} />
      {deed.reason && (
        <Field id="staff-reason" label={t("application.reason")} required>
          <TextArea
            id="staff-reason"
            value={reason}
            onChange={(_, value) => setReason(value)}
            resizeOrientation="vertical"
          />
        </Field>
      )}
    </Dialog>
  );
}

/** A letter to one or many; four names in it become what is known of each (UI-281, UI-282). */
export function Contact({ section, rows, close }: { section: Section; rows: Row[]; close: () => void }) {
  const { t } = useTexts();
  const { begin } = useWork();
  const [subject, setSubject] = useState(t("staff.letterSubject"));
  const [text, setText] = useState(t("staff.letterText", { first: "{first_name}" }));
  const people = [...new Set(rows.map((row) => row[section.contact ?? "uuid"]).filter(Boolean))];
  return (
    <Dialog
      title={t("staff.ask", { action: t("staff.contact"), count: people.length })}
      verb={t("staff.contact")}
      close={close}
      ready={!!subject.trim() && !!text.trim()}
      submit={async () => {
        const going = begin(
          t("staff.contact"),
          people.map((user) => ({
            name: String(rows.find((row) => row[section.contact ?? "uuid"] === user)?.["user.email"] ?? user),
            run: () => admin.run("user-contact", { user, subject, text }),
          })),
        );
        if (isRecording()) await going;
      }}
    >
      <People section={section} rows={rows} />
      <TextField id="letter-subject" label={t("staff.subject")} value={subject} set={setSubject} required />
      <Field id="letter-text" label={t("staff.letter")} required hint={t("staff.insertions", { names: "{full_name} {first_name} {last_name} {email}" })}>
        <TextArea id="letter-text" value={text} rows={8} onChange={(_, value) => setText(value)} resizeOrientation="vertical" />
      </Field>
    </Dialog>
  );
}
