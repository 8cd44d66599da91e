/** What is used of every project, and what is left (UI-218, UI-245 to UI-248). */
import { Card, CardBody, CardTitle, Grid, GridItem, Label } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import * as identity from "../../api/identity";
import { keys, useLive, useMe, useProjects } from "../../api/queries";
import { FaultBanner } from "../../parts/fault";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useProjectFilter, useProjectName } from "../../parts/project";
import { QuotaBar } from "../../parts/quotabar";
import { useTexts } from "../../texts";
import { listed } from "./plan";

const EVERY = 5000;

export function Usage() {
  const { t } = useTexts();
  const params = useParams({ strict: false }) as { project?: string };
  const quotas = useLive(keys.quotas, identity.quotas, { fixed: EVERY });
  const resources = useQuery({
    queryKey: ["resources"],
    queryFn: identity.resources,
    staleTime: 600_000,
  });
  const me = useMe().data;
  const projects = useProjects();
  const related = useQuery({
    queryKey: ["projects", "related"],
    queryFn: () => identity.projects("all"),
    staleTime: 30_000,
  });
  const name = useProjectName();
  const filter = useProjectFilter().project;
  const wanted = params.project ?? filter;
  const shown =
    quotas.data && me && !related.isPending
      ? listed(quotas.data, related.data ?? [], me).filter((one) => !wanted || one.id === wanted)
      : [];
  const order = Object.keys(resources.data ?? {}).filter((each) => resources.data?.[each]?.ui_visible);

  return (
    <View
      title={t("nav.usage")}
      lead={t("usage.lead")}
      trail={params.project ? [{ title: t("nav.usage"), to: "/usage" }] : undefined}
    >
      {quotas.isError && <FaultBanner error={quotas.error} retry={() => void quotas.refetch()} />}
      {(quotas.isPending || resources.isPending || projects.isPending || related.isPending) && (
        <Loading text={t("common.loading")} />
      )}
      {quotas.data && resources.data && !related.isPending && shown.length === 0 && (
        <Nothing title={t("usage.none")} />
      )}
      <Grid hasGutter>
        {shown.map((one) => (
          <GridItem key={one.id} lg={6}>
            <Card isFullHeight>
              <CardTitle component="h2">
                <span className="status">
                  <To to={`/projects/${one.id}/overview`}>{name(one.id)}</To>
                  {one.mark && (
                    <Label isCompact color="orange">
                      {t(one.mark)}
                    </Label>
                  )}
                </span>
              </CardTitle>
              <CardBody>
                {order
                  .filter((resource) => one.holdings[resource])
                  .map((resource) => (
                    <QuotaBar
                      key={resource}
                      resource={resource}
                      holding={one.holdings[resource] as never}
                      unit={resources.data?.[resource]?.unit ?? null}
                      full
                    />
                  ))}
              </CardBody>
            </Card>
          </GridItem>
        ))}
      </Grid>
    </View>
  );
}
