/** Signing in by password, where the daemon has no page for it; else the way to that page. */
import {
  Alert,
  Button,
  Card,
  CardBody,
  CardTitle,
  Form,
  FormGroup,
  TextInput,
  Title,
} from "@patternfly/react-core";
import { useState } from "react";
import { configuration, signIn, signInWay, toSignIn } from "../api/session";
import { Fault } from "../api/http";
import { useTexts } from "../texts";
import { titleOf } from "../parts/fault";

export default function SignIn({ ended, done }: { ended: boolean; done: () => void }) {
  const { t } = useTexts();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const submit = async () => {
    if (busy) return;
    setBusy(true);
    setFault(null);
    try {
      await signIn(name, password);
      setPassword("");
      done();
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <Card className="sign-in-card">
        <CardTitle>
          <img src={configuration.told.brand?.images["logo_sign_in"] ?? configuration.told.brand?.images["logo"] ?? "/ui/mark.svg"} alt="" width="40" height="40" />
          <Title headingLevel="h1" size="2xl">
            {t("signin.title", { name: configuration.told.service_name })}
          </Title>
        </CardTitle>
        <CardBody>
          {ended && (
            <Alert isInline variant="info" title={t("signin.ended")} className="gap-below" />
          )}
          {signInWay() === "pages" && !ended ? (
            <Button isBlock onClick={toSignIn}>
              {t("signin.go")}
            </Button>
          ) : (
            <Form
              onSubmit={(event) => {
                event.preventDefault();
                void submit();
              }}
            >
              {fault !== null && (
                <Alert
                  isInline
                  variant="danger"
                  title={
                    fault instanceof Fault && fault.status === 401
                      ? t("signin.wrong")
                      : t(titleOf(fault))
                  }
                />
              )}
              <FormGroup label={t("signin.name")} fieldId="signin-name" isRequired>
                <TextInput
                  id="signin-name"
                  value={name}
                  onChange={(_, value) => setName(value)}
                  autoComplete="username"
                  isRequired
                />
              </FormGroup>
              <FormGroup label={t("signin.password")} fieldId="signin-password" isRequired>
                <TextInput
                  id="signin-password"
                  type="password"
                  value={password}
                  onChange={(_, value) => setPassword(value)}
                  autoComplete="current-password"
                  isRequired
                />
              </FormGroup>
              <Button type="submit" isBlock isLoading={busy} isDisabled={busy}>
                {t("signin.do")}
              </Button>
            </Form>
          )}
        </CardBody>
      </Card>
    </main>
  );
}
