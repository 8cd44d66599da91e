/** What others share with me: by account, then their containers. */
import UsersIcon from "@patternfly/react-icons/dist/esm/icons/users-icon";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import * as files from "../../api/files";
import * as identity from "../../api/identity";
import { ago, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { pathToAddress } from "../../parts/paths";
import { DataTable } from "../../parts/table";
import { Unreached } from "../../parts/unreached";
import { useTexts } from "../../texts";

export function Shared() {
  const { t, language } = useTexts();
  const found = useQuery({ queryKey: ["files", "sharers"], queryFn: files.sharers });
  const names = useQuery({
    queryKey: ["names", ...(found.data ?? []).map((one) => one.name)],
    queryFn: () => identity.namesOf((found.data ?? []).map((one) => one.name)),
    enabled: !!found.data?.length,
  }).data;
  return (
    <View title={t("nav.shared")} lead={t("shared.lead")}>
      {found.isError && <Unreached error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <DataTable
          name="sharers"
          rows={found.data}
          id={(one) => one.name}
          empty={
            <Nothing icon={UsersIcon} title={t("shared.empty")}>
              {t("shared.emptyText")}
            </Nothing>
          }
          columns={[
            {
              id: "name",
              title: t("shared.who"),
              main: true,
              cell: (one) => (
                <To to={`/shared/${one.name}`}>{shown(names?.[one.name] ?? one.name)}</To>
              ),
              text: (one) => names?.[one.name] ?? one.name,
            },
            {
              id: "modified",
              title: t("common.updated"),
              cell: (one) => ago(one.last_modified, language),
              text: (one) => one.last_modified,
            },
          ]}
        />
      )}
    </View>
  );
}

export function SharedContainers() {
  const { t } = useTexts();
  const { account } = useParams({ strict: false }) as { account: string };
  const found = useQuery({
    queryKey: ["files", "containers", account],
    queryFn: () => files.containers(account),
  });
  const names = useQuery({
    queryKey: ["names", account],
    queryFn: () => identity.namesOf([account]),
  }).data;
  return (
    <View
      title={shown(names?.[account] ?? account)}
      trail={[{ title: t("nav.shared"), to: "/shared" }]}
    >
      {found.isError && <Unreached error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <DataTable
          name="shared-containers"
          rows={found.data}
          id={(one) => one.name}
          empty={<Nothing icon={UsersIcon} title={t("shared.empty")} />}
          columns={[
            {
              id: "name",
              title: t("common.name"),
              main: true,
              cell: (one) => (
                <To to={`/shared/${account}/${pathToAddress(one.name)}`}>{shown(one.name)}</To>
              ),
              text: (one) => one.name,
            },
          ]}
        />
      )}
    </View>
  );
}
