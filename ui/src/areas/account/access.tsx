/** How programs get in: addresses, tokens, application credentials, files for clients (UI-241 to 244). */
import { Alert, Button, Checkbox, FormSelect, FormSelectOption, TextInput } from "@patternfly/react-core";
import KeyIcon from "@patternfly/react-icons/dist/esm/icons/key-icon";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AccessRule, Credential, Token } from "../../api/identity";
import * as identity from "../../api/identity";
import { useMe } from "../../api/queries";
import { configuration } from "../../api/session";
import { useConfirm } from "../../parts/confirm";
import { Copied } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { Block, Facts } from "../../parts/facts";
import { FaultBanner } from "../../parts/fault";
import { Field, TextField } from "../../parts/field";
import { ago, exact, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { saveText } from "../../parts/save";
import { useTexts, type Key } from "../../texts";
import { authUrl, cloudsYaml, kamakirc, keystoneUrl, openrc, rclone, type Cloud, type Pass } from "./snippets";

const here = (): Cloud => ({
  origin: location.origin,
  region: configuration.told.region || "RegionOne",
  name: configuration.told.service_name,
});

/** Where the clients are that the files are for. */
const CLIENTS: [string, string][] = [
  ["kamaki", "https://www.synnefo.org/docs/kamaki/latest/"],
  ["OpenStackClient", "https://docs.openstack.org/python-openstackclient/latest/"],
];

export function Access() {
  const { t, language } = useTexts();
  const me = useMe().data;
  const cloud = here();
  return (
    <View title={t("nav.access")} lead={t("access.lead")}>
      <Block title={t("access.addresses")}>
        <Facts
          facts={[
            [t("access.auth"), <Copied key="2" text={authUrl(cloud)} />],
            ["OpenStack (Keystone v3)", <Copied key="3" text={keystoneUrl(cloud)} />],
            [t("access.user"), me && <Copied key="u" text={me.id} />],
            [t("access.pass"), t("access.passText")],
            [t("access.tokenEnds"), me && exact(me.token.expires, language)],
            [
              t("access.more"),
              <>
                <To to="/help?about=account">{t("access.guide")}</To>{" "}
                {CLIENTS.map(([name, address]) => (
                  <a key={name} href={address} target="_blank" rel="noopener noreferrer" className="gap-after">
                    {t("access.client", { name })}
                  </a>
                ))}
                <To to="/contact">{t("nav.contact")}</To>
              </>,
            ],
          ]}
        />
      </Block>
      {me && <Files user={me.id} />}
      <Tokens />
      {me && <Credentials user={me.id} />}
    </View>
  );
}

const FILES: [string, string, (cloud: Cloud, pass: Pass) => string][] = [
  ["clouds.yaml", "clouds.yaml", cloudsYaml],
  ["openrc", "openrc.sh", openrc],
  ["rclone.conf", "rclone.conf", rclone],
];

function Files({ user }: { user: string }) {
  const { t } = useTexts();
  const notify = useNotify();
  const fresh = (what: string) => `${what} ${new Date().toISOString().slice(0, 19).replace("T", " ")}`;
  return (
    <Block title={t("access.files")}>
      <p className="quiet gap-below-small">{t("access.filesText")}</p>
      <Button
        variant="secondary"
        className="gap-after"
        onClick={() =>
          void notify.attempt(async () => {
            const { token } = await identity.makeToken("kamaki");
            saveText(".kamakirc", kamakirc(here(), token), "application/octet-stream");
          }, t("access.made"))
        }
      >
        .kamakirc
      </Button>
      {FILES.map(([title, name, text]) => (
        <Button
          key={title}
          variant="secondary"
          className="gap-after"
          onClick={() =>
            void notify.attempt(async () => {
              const made = await identity.makeCredential(user, fresh(title));
              saveText(name, text(here(), { id: made.id, secret: made.secret ?? "" }));
            }, t("access.made"))
          }
        >
          {title}
        </Button>
      ))}
    </Block>
  );
}

const LIVES: [number, Key][] = [
  [3600, "access.hour"],
  [86_400, "access.day"],
  [30 * 86_400, "access.month"],
  [365 * 86_400, "access.year"],
];

/** How the short tokens of this application are labelled: they come and go by themselves. */
const SESSION = "session";

function Tokens() {
  const { t, language } = useTexts();
  const notify = useNotify();
  const confirm = useConfirm();
  const [making, setMaking] = useState(false);
  const [all, setAll] = useState(false);
  const [fresh, setFresh] = useState("");
  const found = useQuery({ queryKey: ["tokens"], queryFn: identity.tokens });
  const rows = (found.data ?? []).filter((one) => all || (one.label && one.label !== SESSION));
  const end = async (one: Token) => {
    const yes = await confirm({
      title: t("access.endAsk", { name: shown(one.label) || one.prefix }),
      body: t("access.endText"),
      verb: t("access.end"),
      danger: true,
    });
    if (!yes) return;
    await notify.attempt(() => identity.endToken(one.prefix), t("access.ended"));
    void found.refetch();
  };
  const renew = async () => {
    const yes = await confirm({
      title: t("access.renewAsk"),
      body: t("access.renewText"),
      verb: t("access.renew"),
      danger: true,
    });
    if (!yes) return;
    await notify.attempt(async () => setFresh((await identity.renewTokens()).token), t("access.renewed"));
    void found.refetch();
  };
  return (
    <Block
      title={t("access.tokens")}
      actions={
        <>
          <Button variant="secondary" className="gap-after" onClick={() => setMaking(true)}>
            {t("access.newToken")}
          </Button>
          <Button variant="secondary" isDanger onClick={() => void renew()}>
            {t("access.renew")}
          </Button>
        </>
      }
    >
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && rows.length === 0 && <p className="quiet">{t("access.noTokens")}</p>}
      {rows.length > 0 && (
        <table className="plain-table">
          <thead>
            <tr>
              <th scope="col">{t("access.label")}</th>
              <th scope="col">{t("common.created")}</th>
              <th scope="col">{t("access.used")}</th>
              <th scope="col">{t("access.from")}</th>
              <th scope="col">{t("access.expires")}</th>
              <th scope="col">{t("table.actions")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one.prefix}>
                <th scope="row">
                  {shown(one.label) || <span className="mono quiet">{one.prefix}</span>}
                </th>
                <td>{exact(one.issued, language)}</td>
                <td>{one.last_used ? ago(one.last_used, language) : t("access.never")}</td>
                <td className="mono">{one.address}</td>
                <td>{exact(one.expires, language)}</td>
                <td>
                  <Button variant="link" isInline isDanger onClick={() => void end(one)}>
                    {t("access.end")}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {!all && found.data && found.data.length > rows.length && (
        <Button variant="link" isInline onClick={() => setAll(true)}>
          {t("access.others", { count: found.data.length - rows.length })}
        </Button>
      )}
      {fresh && <Once title={t("access.token")} secret={fresh} close={() => setFresh("")} />}
      {making && (
        <NewToken
          close={() => {
            setMaking(false);
            void found.refetch();
          }}
        />
      )}
    </Block>
  );
}

function NewToken({ close }: { close: () => void }) {
  const { t } = useTexts();
  const [label, setLabel] = useState("");
  const [life, setLife] = useState(String(30 * 86_400));
  const [made, setMade] = useState("");
  if (made) return <Once title={t("access.token")} secret={made} close={close} />;
  return (
    <Dialog
      title={t("access.newToken")}
      verb={t("common.create")}
      close={() => undefined}
      ready={!!label.trim()}
      submit={async () => setMade((await identity.makeToken(label.trim(), Number(life))).token)}
    >
      <TextField id="token-label" label={t("access.label")} value={label} set={setLabel} hint={t("access.labelText")} required />
      <Field id="token-life" label={t("access.life")}>
        <FormSelect id="token-life" value={life} onChange={(_, value) => setLife(value)}>
          {LIVES.map(([seconds, title]) => (
            <FormSelectOption key={seconds} value={String(seconds)} label={t(title)} />
          ))}
        </FormSelect>
      </Field>
      <Button variant="link" isInline onClick={close}>
        {t("common.close")}
      </Button>
    </Dialog>
  );
}

/** A secret that is shown this once. */
function Once({ title, secret, id, close }: { title: string; secret: string; id?: string; close: () => void }) {
  const { t } = useTexts();
  return (
    <Dialog title={title} verb={t("common.done")} close={close} submit={async () => undefined}>
      <Alert isInline variant="warning" title={t("access.once")} />
      {id && <Copied text={id} />}
      <TextInput aria-label={title} value={secret} readOnlyVariant="default" className="mono" />
      <Copied text={secret} shown={`${secret.slice(0, 6)}…`} />
    </Dialog>
  );
}

function Credentials({ user }: { user: string }) {
  const { t, language } = useTexts();
  const notify = useNotify();
  const confirm = useConfirm();
  const [making, setMaking] = useState(false);
  const found = useQuery({
    queryKey: ["credentials", user],
    queryFn: () => identity.credentials(user),
  });
  const end = async (one: Credential) => {
    const yes = await confirm({
      title: t("access.endAsk", { name: shown(one.name) }),
      body: t("access.endText"),
      verb: t("access.end"),
      danger: true,
    });
    if (!yes) return;
    await notify.attempt(() => identity.endCredential(user, one.id), t("access.ended"));
    void found.refetch();
  };
  return (
    <Block
      title={t("access.credentials")}
      actions={
        <Button variant="secondary" onClick={() => setMaking(true)}>
          {t("access.newCredential")}
        </Button>
      }
    >
      <p className="quiet gap-below-small">{t("access.credentialsText")}</p>
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      <ul className="rows">
        {(found.data ?? []).map((one) => (
          <li key={one.id}>
            <span>
              <KeyIcon aria-hidden /> {shown(one.name)}
            </span>
            <Copied text={one.id} shown={`${one.id.slice(0, 12)}…`} />
            <span>
              <span className="quiet">
                {[...(one.roles ?? []).map((each) => each.name), ...(one.access_rules ?? []).map(ruleText)].map((each) => (
                  <span key={each} className="mono gap-after">
                    {shown(each)}
                  </span>
                ))}
                {one.expires_at ? exact(one.expires_at.replace(/Z?$/, "Z"), language) : t("access.forever")}
              </span>{" "}
              <Button variant="link" isInline isDanger onClick={() => void end(one)}>
                {t("access.end")}
              </Button>
            </span>
          </li>
        ))}
      </ul>
      {making && (
        <NewCredential
          user={user}
          close={() => {
            setMaking(false);
            void found.refetch();
          }}
        />
      )}
    </Block>
  );
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const SERVICES = ["compute", "network", "image", "volumev3", "object-store", "identity", "account"];
const ANY: AccessRule = { service: "compute", method: "GET", path: "/v2.1/servers/**" };
const ruleText = (rule: AccessRule) => `${rule.method} ${rule.service} ${rule.path}`;

/** What alone a program may do with a credential (UI-244). */
function Rules({ rules, set }: { rules: AccessRule[]; set: (rules: AccessRule[]) => void }) {
  const { t } = useTexts();
  const put = (at: number, change: Partial<AccessRule>) =>
    set(rules.map((one, index) => (index === at ? { ...one, ...change } : one)));
  return (
    <fieldset>
      <legend className="legend">{t("access.rules")}</legend>
      <p className="quiet">{t("access.rulesText")}</p>
      {rules.map((rule, at) => (
        <div key={at} className="rule">
          <FormSelect aria-label={t("access.method")} value={rule.method} onChange={(_, method) => put(at, { method })}>
            {METHODS.map((one) => (
              <FormSelectOption key={one} value={one} label={one} />
            ))}
          </FormSelect>
          <TextInput aria-label={t("fault.service")} list="rule-services" value={rule.service} onChange={(_, service) => put(at, { service })} />
          <TextInput aria-label={t("access.path")} className="mono" value={rule.path} onChange={(_, path) => put(at, { path })} />
          <Button variant="link" isInline isDanger onClick={() => set(rules.filter((_, index) => index !== at))}>
            {t("access.dropRule")}
          </Button>
        </div>
      ))}
      <datalist id="rule-services">
        {SERVICES.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <Button variant="link" isInline onClick={() => set([...rules, ANY])}>
        {t("access.addRule")}
      </Button>
    </fieldset>
  );
}

function NewCredential({ user, close }: { user: string; close: () => void }) {
  const { t } = useTexts();
  const [name, setName] = useState("");
  const [ends, setEnds] = useState("");
  const [made, setMade] = useState<Credential | null>(null);
  const [chosen, choose] = useState<string[]>([]);
  const [rules, setRules] = useState<AccessRule[]>([]);
  const me = useMe().data;
  const roles = me?.projects.find((one) => one.id === me.default_project)?.roles ?? [];
  if (made?.secret) return <Once title={t("access.secret")} id={made.id} secret={made.secret} close={close} />;
  return (
    <Dialog
      title={t("access.newCredential")}
      verb={t("common.create")}
      close={() => undefined}
      ready={!!name.trim() && rules.every((one) => one.service.trim() && one.path.startsWith("/"))}
      submit={async () =>
        setMade(
          await identity.makeCredential(user, name.trim(), {
            ...(ends ? { expires_at: `${ends}T00:00:00` } : {}),
            ...(rules.length ? { access_rules: rules } : {}),
            ...(chosen.length ? { roles: chosen.map((one) => ({ name: one })) } : {}),
          }),
        )
      }
    >
      <TextField id="credential-name" label={t("common.name")} value={name} set={setName} required />
      <TextField id="credential-ends" type="date" label={t("access.expires")} value={ends} set={setEnds} />
      <fieldset>
        <legend className="legend">{t("access.roles")}</legend>
        {roles.map((one) => (
          <Checkbox
            key={one}
            id={`role-${one}`}
            label={one}
            isChecked={chosen.includes(one)}
            onChange={(_, wanted) =>
              choose(wanted ? [...chosen, one] : chosen.filter((each) => each !== one))
            }
          />
        ))}
        <p className="quiet">{t("access.rolesText")}</p>
      </fieldset>
      <Rules rules={rules} set={setRules} />
      <Button variant="link" isInline onClick={close}>
        {t("common.close")}
      </Button>
    </Dialog>
  );
}
