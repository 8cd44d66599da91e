/** Words to those who run the cloud (UI-036, UI-250). */
import { Alert, Button, Form, TextArea } from "@patternfly/react-core";
import { useState } from "react";
import * as identity from "../../api/identity";
import { useAddress } from "../../parts/address";
import { Field } from "../../parts/field";
import { View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { useTexts } from "../../texts";

export function Contact() {
  const { t } = useTexts();
  const notify = useNotify();
  const [search] = useAddress();
  const [text, setText] = useState(search["about"] ?? "");
  const [busy, setBusy] = useState(false);
  const [thanks, setThanks] = useState(false);
  const data = { page: search["from"] ?? "", browser: navigator.userAgent };
  return (
    <View title={t("nav.contact")} lead={t("contact.lead")}>
      {thanks && <Alert isInline variant="success" title={t("contact.thanks")} className="gap-below" />}
      <Form
        className="form-narrow"
        onSubmit={(event) => {
          event.preventDefault();
          if (busy || !text.trim()) return;
          setBusy(true);
          void notify
            .attempt(() => identity.feedback(text, data))
            .then((done) => {
              setBusy(false);
              setThanks(done);
              if (done) setText("");
            });
        }}
      >
        <Field id="contact-text" label={t("contact.text")} required>
          <TextArea
            id="contact-text"
            value={text}
            onChange={(_, value) => setText(value)}
            rows={8}
            resizeOrientation="vertical"
          />
        </Field>
        <Field id="contact-data" label={t("contact.also")}>
          <pre id="contact-data" className="mono quiet" tabIndex={0}>
            {JSON.stringify(data, null, 1)}
          </pre>
        </Field>
        <div>
          <Button type="submit" isDisabled={!text.trim() || busy} isLoading={busy}>
            {t("contact.send")}
          </Button>
        </div>
      </Form>
    </View>
  );
}
