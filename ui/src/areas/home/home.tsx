/** Where people land: what runs, what is left, the first steps. */
import { Card, CardBody, CardTitle, Grid, GridItem } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import * as identity from "../../api/identity";
import { useKeypairs, useMe, useNetworks, useQuotas, useServers } from "../../api/queries";
import { CreateServerButton } from "../../parts/createserver";
import { To } from "../../parts/link";
import { Loading, View } from "../../parts/page";
import { useProjectFilter } from "../../parts/project";
import { QuotaBar } from "../../parts/quotabar";
import { ServerStatus } from "../../parts/serverstatus";
import { isBusy } from "../../parts/serverstate";
import { FaultBanner } from "../../parts/fault";
import { ago, shown } from "../../parts/format";
import { useTexts } from "../../texts";

export function Home() {
  const { t, language } = useTexts();
  const servers = useServers();
  const quotas = useQuotas();
  const keypairs = useKeypairs();
  const resources = useQuery({
    queryKey: ["resources"],
    queryFn: identity.resources,
    staleTime: 600_000,
  });
  const services = useQuery({ queryKey: ["services", "presented"], queryFn: identity.services, staleTime: 600_000 }).data;
  const networks = useNetworks().data;
  const me = useMe().data;
  const { project } = useProjectFilter();
  const own = quotas.data?.[project || me?.default_project || ""] ?? {};
  const all = (servers.data ?? []).filter((one) => !project || one.tenant_id === project);
  const recent = [...all].sort((a, b) => b.updated.localeCompare(a.updated)).slice(0, 6);
  const name = [me?.first_name, me?.last_name].filter(Boolean).join(" ");

  return (
    <View
      title={name ? t("home.hello", { name: shown(name) }) : t("nav.home")}
      lead={t("home.lead", {
        servers: all.length,
        running: all.filter((one) => one.status === "ACTIVE").length,
      })}
      actions={<CreateServerButton />}
    >
      <Grid hasGutter>
        <GridItem lg={7}>
          <Card isFullHeight>
            <CardTitle component="h2">{t("home.recent")}</CardTitle>
            <CardBody>
              {servers.isError && (
                <FaultBanner error={servers.error} retry={() => void servers.refetch()} />
              )}
              {servers.isPending && <Loading text={t("common.loading")} />}
              {servers.data && recent.length === 0 && (
                <p className="quiet">{t("servers.emptyText")}</p>
              )}
              <ul className="rows">
                {recent.map((one) => (
                  <li key={one.id}>
                    <To to={`/servers/${one.id}/overview`}>{shown(one.name)}</To>
                    <ServerStatus server={one} />
                    <span className="quiet">{ago(one.updated, language)}</span>
                  </li>
                ))}
              </ul>
            </CardBody>
          </Card>
        </GridItem>
        <GridItem lg={5}>
          <Card isFullHeight>
            <CardTitle component="h2">{t("home.quota")}</CardTitle>
            <CardBody>
              {quotas.isPending && <Loading text={t("common.loading")} />}
              {quotas.isError && (
                <FaultBanner error={quotas.error} retry={() => void quotas.refetch()} />
              )}
              {Object.entries(own).map(([resource, holding]) => (
                <QuotaBar
                  key={resource}
                  resource={resource}
                  holding={holding}
                  unit={resources.data?.[resource]?.unit ?? null}
                />
              ))}
              <To to="/usage">{t("home.allUsage")}</To>
            </CardBody>
          </Card>
        </GridItem>
        {services?.map((one) => (
          <GridItem key={one.name} md={4}>
            <Card isFullHeight isCompact data-service={one.name}>
              <CardTitle component="h2">
                {one.dashboard.icon && <img src={one.dashboard.icon} alt="" height="20" />}{" "}
                <a href={one.url}>{shown(one.verbose_name)}</a>
              </CardTitle>
              {one.dashboard.description && <CardBody className="quiet">{shown(one.dashboard.description)}</CardBody>}
            </Card>
          </GridItem>
        ))}
        <GridItem>
          <Card>
            <CardTitle component="h2">{t("home.first")}</CardTitle>
            <CardBody>
              <ol className="steps">
                <Step done={!!keypairs.data?.length} to="/keys" text={t("home.stepKey")} />
                <Step
                  done={!!networks?.some((one) => !one.public)}
                  to="/networks"
                  text={t("home.stepNetwork")}
                />
                <Step done={all.length > 0} to="/servers/new" text={t("home.stepServer")} />
                <Step done={false} to="/files" text={t("home.stepFiles")} />
              </ol>
              {all.some(isBusy) && <p className="quiet">{t("home.busy")}</p>}
            </CardBody>
          </Card>
        </GridItem>
      </Grid>
    </View>
  );
}

function Step({ done, to, text }: { done: boolean; to: string; text: string }) {
  const { t } = useTexts();
  return (
    <li>
      <To to={to}>{text}</To> {done && <span className="quiet">✓ {t("home.done")}</span>}
    </li>
  );
}
