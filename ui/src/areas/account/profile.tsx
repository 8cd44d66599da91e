/** Oneself: names, password, address, project of choice, ways to sign in (UI-238, UI-252). */
import { Button, Form, Label } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Me } from "../../api/identity";
import * as identity from "../../api/identity";
import { keepToken } from "../../api/http";
import { changed, keys, useMe } from "../../api/queries";
import { Copied } from "../../parts/copy";
import { Block, Facts } from "../../parts/facts";
import { Field, TextField } from "../../parts/field";
import { exact, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { ProjectSelect } from "../../parts/project";
import { useTexts } from "../../texts";

export function Profile() {
  const { t } = useTexts();
  const me = useMe().data;
  return (
    <View title={t("nav.profile")}>
      {me ? (
        <div className="form-narrow">
          <About me={me} />
          <Names me={me} />
          <Password me={me} />
          <Address me={me} />
          <Choice me={me} />
        </div>
      ) : (
        <Loading text={t("common.loading")} />
      )}
    </View>
  );
}

function About({ me }: { me: Me }) {
  const { t, language } = useTexts();
  const found = useQuery({ queryKey: ["invitations"], queryFn: identity.invitations, retry: false }).data;
  const invited = found && (found.left > 0 || found.invitations.length > 0) ? found : null;
  return (
    <Block title={t("profile.about")}>
      <Facts
        facts={[
          [t("signin.name"), shown(me.name)],
          [t("profile.email"), shown(me.email)],
          [t("common.id"), <Copied key="id" text={me.id} />],
          [t("common.created"), exact(me.created, language)],
          !!invited && [t("invitations.title"), <To key="i" to="/account/invitations">{t("invitations.left", { count: invited.left })}</To>],
          [t("profile.groups"), me.groups.map(shown).join(", ") || "—"],
          [
            t("profile.methods"),
            me.methods.map((one) => (
              <Label key={one.module + one.identifier} isCompact>
                {one.module} {shown(one.identifier)}
              </Label>
            )),
          ],
        ]}
      />
    </Block>
  );
}

function Names({ me }: { me: Me }) {
  const { t } = useTexts();
  const notify = useNotify();
  const [first, setFirst] = useState(me.first_name);
  const [last, setLast] = useState(me.last_name);
  return (
    <Block title={t("profile.names")}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          void notify
            .attempt(() => identity.saveNames(first.trim(), last.trim()), t("common.saved"))
            .then(() => changed(keys.me));
        }}
      >
        <TextField id="first-name" label={t("profile.first")} value={first} set={setFirst} complete="given-name" />
        <TextField id="last-name" label={t("profile.last")} value={last} set={setLast} complete="family-name" />
        <div>
          <Button
            type="submit"
            variant="secondary"
            isDisabled={!first.trim() || !last.trim() || (first === me.first_name && last === me.last_name)}
          >
            {t("common.save")}
          </Button>
        </div>
      </Form>
    </Block>
  );
}

function Password({ me }: { me: Me }) {
  const { t } = useTexts();
  const notify = useNotify();
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const differs = !!again && again !== fresh;
  if (!me.methods.some((one) => one.module === "local")) return null;
  return (
    <Block title={t("profile.password")}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          void notify
            .attempt(async () => {
              // Every token ends with the old password; the answer brings a new one.
              keepToken((await identity.savePassword(old, fresh)).token);
            }, t("profile.passwordDone"))
            .then((done) => {
              if (!done) return;
              setOld("");
              setFresh("");
              setAgain("");
            });
        }}
      >
        <input type="text" hidden autoComplete="username" value={me.name} readOnly />
        <TextField id="old-password" type="password" label={t("profile.old")} value={old} set={setOld} complete="current-password" />
        <TextField id="new-password" type="password" label={t("profile.new")} value={fresh} set={setFresh} complete="new-password" />
        <TextField
          id="new-again"
          type="password"
          label={t("profile.again")}
          value={again}
          set={setAgain}
          complete="new-password"
          wrong={differs && t("profile.differs")}
        />
        <p className="quiet">{t("profile.passwordText")}</p>
        <div>
          <Button type="submit" variant="secondary" isDisabled={!old || !fresh || fresh !== again}>
            {t("profile.change")}
          </Button>
        </div>
      </Form>
    </Block>
  );
}

function Address({ me }: { me: Me }) {
  const { t } = useTexts();
  const notify = useNotify();
  const [email, setEmail] = useState("");
  return (
    <Block title={t("profile.email")}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          void notify
            .attempt(() => identity.saveEmail(email.trim()), t("profile.emailSent", { email }))
            .then((done) => done && setEmail(""));
        }}
      >
        <TextField
          id="new-email"
          type="email"
          label={t("profile.newEmail")}
          value={email}
          set={setEmail}
          hint={t("profile.emailText", { email: me.email })}
        />
        <div>
          <Button type="submit" variant="secondary" isDisabled={!/.@./.test(email)}>
            {t("profile.change")}
          </Button>
        </div>
      </Form>
    </Block>
  );
}

function Choice({ me }: { me: Me }) {
  const { t } = useTexts();
  const notify = useNotify();
  const [project, setProject] = useState(me.default_project);
  return (
    <Block title={t("profile.project")}>
      <Form
        onSubmit={(event) => {
          event.preventDefault();
          void notify
            .attempt(() => identity.chooseProject(project), t("common.saved"))
            .then(() => changed(keys.me));
        }}
      >
        <Field id="default-project" label={t("common.project")} hint={t("profile.projectText")}>
          <ProjectSelect id="default-project" value={project} onChange={setProject} />
        </Field>
        <div>
          <Button type="submit" variant="secondary" isDisabled={project === me.default_project}>
            {t("common.save")}
          </Button>
        </div>
      </Form>
    </Block>
  );
}
