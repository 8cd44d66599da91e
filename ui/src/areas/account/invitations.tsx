/** Inviting people, as many as one may (UI-251). */
import { Button, Form, Label } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import * as identity from "../../api/identity";
import { Fault } from "../../api/http";
import { Block } from "../../parts/facts";
import { FaultBanner } from "../../parts/fault";
import { TextField } from "../../parts/field";
import { shown } from "../../parts/format";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { useTexts } from "../../texts";

export function Invitations() {
  const { t } = useTexts();
  const notify = useNotify();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const found = useQuery({ queryKey: ["invitations"], queryFn: identity.invitations, retry: false });
  const off = found.error instanceof Fault && found.error.kind === "refused";
  return (
    <View title={t("invitations.title")} lead={found.data && t("invitations.left", { count: found.data.left })}>
      {off && <Nothing title={t("invitations.off")} />}
      {found.isError && !off && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <div className="form-narrow">
          <Block title={t("invitations.new")}>
            <Form
              onSubmit={(event) => {
                event.preventDefault();
                void notify
                  .attempt(() => identity.invite(name.trim(), email.trim()), t("invitations.sent"))
                  .then((fine) => {
                    if (fine) {
                      setName("");
                      setEmail("");
                    }
                    void found.refetch();
                  });
              }}
            >
              <TextField id="invite-name" label={t("invitations.name")} value={name} set={setName} required />
              <TextField id="invite-email" type="email" label={t("profile.email")} value={email} set={setEmail} required />
              <div>
                <Button type="submit" isDisabled={!name.trim() || !email.includes("@") || found.data.left < 1}>
                  {t("invitations.send")}
                </Button>
              </div>
            </Form>
          </Block>
          <Block title={t("invitations.given")}>
            <ul className="rows">
              {found.data.invitations.map((one) => (
                <li key={one.id}>
                  <span>{shown(one.realname)}</span>
                  <span className="quiet">{shown(one.email)}</span>
                  <Label isCompact color={one.consumed ? "green" : "grey"}>
                    {t(one.consumed ? "invitations.accepted" : "invitations.waits")}
                  </Label>
                </li>
              ))}
            </ul>
          </Block>
        </div>
      )}
    </View>
  );
}
