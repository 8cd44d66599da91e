/** All servers, as a table or as cards. */
import { SearchInput } from "@patternfly/react-core";
import ServerIcon from "@patternfly/react-icons/dist/esm/icons/server-icon";
import { Navigate, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { Server } from "../../api/compute";
import {
  useFlavors,
  useImages,
  useMe,
  useQuotas,
  useServers,
  useVolumes,
} from "../../api/queries";
import { useAddress } from "../../parts/address";
import { FaultBanner } from "../../parts/fault";
import { ago, exact, shown } from "../../parts/format";
import { CreateServerButton } from "../../parts/createserver";
import { To } from "../../parts/link";
import { NearCards, parted } from "../../parts/near";
import { Loading, Nothing, View } from "../../parts/page";
import { useProjectFilter, useProjectName } from "../../parts/project";
import { usePreferences } from "../../parts/preferences";
import { OsIcon } from "../../parts/osicon";
import { actionsOf, commonActions, isRunning } from "../../parts/serverstate";
import { ServerStatus, useStateWord } from "../../parts/serverstatus";
import { DataTable, type Bulk, type Column } from "../../parts/table";
import { arrange } from "../../parts/tabledata";
import { useTexts } from "../../texts";
import { ACTION_WORDS, useServerActions, type Plain } from "./actions";
import { osOf, ServerCard, SharedMark } from "./card";
import { ReassignDialog, ResizeDialog } from "./dialogs";
import { ServerFailure } from "./failure";
import { allAddresses, flavorText, mayStart, publicAddress, useAllowed } from "./looks";
import { RebootBar } from "./rebootbar";
import { Switcher, type ServerView } from "./switcher";

export function ServerList() {
  const { t, language } = useTexts();
  const [search, change] = useAddress();
  const [wishes] = usePreferences();
  const allowed = useAllowed();
  const me = useMe().data;
  const quotas = useQuotas().data ?? {};
  const volumes = useVolumes().data;
  const { project } = useProjectFilter();
  const servers = useServers();
  const flavors = useFlavors().data;
  const images = useImages().data;
  const projectName = useProjectName();
  const stateWord = useStateWord();
  const act = useServerActions();
  const router = useRouter();
  const [resizing, setResizing] = useState<{ server: Server; lacks?: boolean } | null>(null);
  const [moving, setMoving] = useState<Server | null>(null);
  const view = (search["view"] ?? wishes.serverView ?? "table") as ServerView;
  const rows = (servers.data ?? []).filter((one) => !project || one.tenant_id === project);
  const flavor = (one: Server) => flavors?.find((each) => each.id === one.flavor.id);
  const image = (one: Server) => images?.find((each) => one.image && each.id === one.image.id);
  const imageName = (one: Server) => image(one)?.name ?? (images ? t("servers.imageGone") : "");
  // Known only by disks that others share with me (UI-062).
  const concealed = new Set(
    (servers.data ? (volumes ?? []) : [])
      .filter((one) => one.user_id !== me?.id)
      .flatMap((one) => one.attachments.map((each) => each.server_id))
      .filter((id) => !servers.data?.some((one) => one.id === id)),
  );
  const perform = (action: string, server: Server) => {
    if (action === "console") window.open(`/ui/servers/${server.id}/console`, `console-${server.id}`);
    else if (action === "resize") setResizing({ server });
    else if (action === "start" && !mayStart(server, flavor(server), quotas))
      setResizing({ server, lacks: true });
    else if (action === "reassign") setMoving(server);
    else if (action === "snapshot")
      void router.navigate({ to: `/servers/${server.id}/volumes` as never });
    else void act(action as Plain, [server]);
  };

  const columns: Column<Server>[] = [
    {
      id: "name",
      title: t("common.name"),
      main: true,
      cell: (one) => (
        <>
          <OsIcon os={osOf(one, image(one))} on={isRunning(one)} />{" "}
          <To to={`/servers/${one.id}/overview`}>{shown(one.name)}</To> <SharedMark server={one} />
          <ServerFailure id={one.id} />
        </>
      ),
      text: (one) => one.name,
      width: 25,
    },
    {
      id: "status",
      title: t("common.status"),
      cell: (one) => <ServerStatus server={one} />,
      text: stateWord,
    },
    {
      id: "address",
      title: t("servers.address"),
      cell: (one) => <span className="mono">{publicAddress(one)}</span>,
      text: allAddresses,
    },
    {
      id: "flavor",
      title: t("servers.flavor"),
      cell: (one) => flavorText(flavor(one), language),
      text: (one) => flavorText(flavor(one), language),
    },
    {
      id: "image",
      title: t("servers.image"),
      cell: (one) => shown(imageName(one)),
      text: imageName,
    },
    {
      id: "created",
      title: t("servers.age"),
      cell: (one) => <span title={exact(one.created, language)}>{ago(one.created, language)}</span>,
      text: (one) => one.created,
      spare: true,
    },
    {
      id: "project",
      title: t("common.project"),
      cell: (one) => projectName(one.tenant_id),
      text: (one) => projectName(one.tenant_id),
      spare: true,
    },
    {
      id: "tags",
      title: t("servers.tags"),
      cell: (one) => one.tags.map(shown).join(", "),
      text: (one) => one.tags.join(" "),
      spare: true,
    },
    {
      id: "id",
      title: t("common.id"),
      cell: (one) => one.id,
      text: (one) => String(one.id),
      order: (one) => one.id,
      spare: true,
    },
  ];
  const bulk: Bulk<Server>[] = (["start", "shutdown", "reboot", "destroy"] as const).map(
    (action) => ({
      title: t(ACTION_WORDS[action]),
      danger: action === "destroy",
      allowed: (chosen) => commonActions(chosen, allowed).includes(action),
      run: (chosen) => void act(action, chosen),
    }),
  );
  const empty = (
    <Nothing
      icon={ServerIcon}
      title={t("servers.empty")}
      actions={<CreateServerButton />}
    >
      {t("servers.emptyText")}
    </Nothing>
  );
  const switcher = <Switcher view={view} go={(wanted) => change({ view: wanted })} />;
  const items = (one: Server) =>
    actionsOf(one, allowed).flatMap((action) => [
      {
        title: t(ACTION_WORDS[action]),
        isDanger: action === "destroy",
        onClick: () => perform(action, one),
      },
      ...(action === "reboot"
        ? [{ title: t("action.hardReboot"), onClick: () => perform("hardReboot", one) }]
        : []),
    ]);

  const firstOne = [...rows].sort((a, b) => a.name.localeCompare(b.name, language))[0];
  if (view === "single" && firstOne) {
    return <Navigate to={`/servers/${firstOne.id}/overview` as never} replace />;
  }
  return (
    <View
      title={t("nav.servers")}
      actions={<CreateServerButton />}
    >
      {servers.isError && (
        <FaultBanner error={servers.error} retry={() => void servers.refetch()} />
      )}
      {servers.isPending && <Loading text={t("common.loading")} />}
      {servers.data &&
        (view === "cards" && rows.length > 0 ? (
          <>
            <div className="cards-tools" data-view="cards">
              <SearchInput
                aria-label={t("table.filter")}
                placeholder={t("table.filter")}
                value={search["q"] ?? ""}
                onChange={(_, value) => change({ q: value })}
                onClear={() => change({ q: undefined })}
              />
              {switcher}
            </div>
            {[true, false].map((running) => {
              const group = arrange(rows, columns, search["q"] ?? "", "name", language).filter(
                (one) => isRunning(one) === running,
              );
              return (
                group.length > 0 && (
                  <section key={String(running)} className="gap-below">
                    <h2 className="group-title">
                      {t(running ? "servers.running" : "servers.stopped", { count: group.length })}
                    </h2>
                    {parted(group, 6).map((part, place) => (
                      <NearCards key={place} first={place < 4}>
                        {() =>
                          part.map((one) => (
                            <ServerCard
                              key={one.id}
                              server={one}
                              flavor={flavor(one)}
                              image={image(one)}
                              imageName={imageName(one)}
                              allowed={allowed}
                              project={projectName(one.tenant_id)}
                              perform={perform}
                            />
                          ))
                        }
                      </NearCards>
                    ))}
                  </section>
                )
              );
            })}
          </>
        ) : (
          <DataTable
            name="servers"
            rows={rows}
            columns={columns}
            id={(one) => String(one.id)}
            empty={empty}
            bulk={bulk}
            actions={items}
            filters={switcher}
            first="name"
          />
        ))}
      {concealed.size > 0 && (
        <ul className="rows concealed">
          {[...concealed].map((id) => (
            <li key={id} className="quiet">
              {t("servers.concealed", { id })}
            </li>
          ))}
        </ul>
      )}
      <RebootBar />
      {resizing && <ResizeDialog {...resizing} close={() => setResizing(null)} />}
      {moving && <ReassignDialog server={moving} close={() => setMoving(null)} />}
    </View>
  );
}
