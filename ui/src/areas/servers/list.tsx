/** All servers, as a table or as cards. */
import {
  Button,
  Card,
  CardBody,
  CardFooter,
  CardTitle,
  SearchInput,
  ToggleGroup,
  ToggleGroupItem,
  ToolbarItem,
} from "@patternfly/react-core";
import ListIcon from "@patternfly/react-icons/dist/esm/icons/list-icon";
import ServerIcon from "@patternfly/react-icons/dist/esm/icons/server-icon";
import ThLargeIcon from "@patternfly/react-icons/dist/esm/icons/th-large-icon";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { Flavor, Server } from "../../api/compute";
import { useFlavors, useImages, useServers } from "../../api/queries";
import { useAddress } from "../../parts/address";
import { FaultBanner } from "../../parts/fault";
import { ago, bytes, exact, shown } from "../../parts/format";
import { CreateServerButton } from "../../parts/createserver";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useProjectFilter, useProjectName } from "../../parts/project";
import { usePreferences } from "../../parts/preferences";
import { actionsOf, commonActions, isRunning } from "../../parts/serverstate";
import { ServerStatus, useStateWord } from "../../parts/serverstatus";
import { DataTable, type Bulk, type Column } from "../../parts/table";
import { arrange } from "../../parts/tabledata";
import { useTexts } from "../../texts";
import { ACTION_WORDS, PLAIN, useServerActions, type Plain } from "./actions";
import { ResizeDialog, ReassignDialog } from "./dialogs";

export function publicAddress(server: Server): string {
  return server.attachments.map((one) => one.ipv4 || one.ipv6).find(Boolean) ?? "";
}

export function allAddresses(server: Server): string {
  return server.attachments
    .flatMap((one) => [one.ipv4, one.ipv6])
    .filter(Boolean)
    .join(" ");
}

export function flavorText(flavor: Flavor | undefined, language: string): string {
  if (!flavor) return "";
  return `${flavor.vcpus} CPU · ${bytes(flavor.ram * 2 ** 20, language)} · ${flavor.disk} GiB`;
}

export function ServerList() {
  const { t, language } = useTexts();
  const [search, change] = useAddress();
  const [wishes, prefer] = usePreferences();
  const { project } = useProjectFilter();
  const servers = useServers();
  const flavors = useFlavors().data;
  const images = useImages().data;
  const projectName = useProjectName();
  const stateWord = useStateWord();
  const act = useServerActions();
  const router = useRouter();
  const [resizing, setResizing] = useState<Server | null>(null);
  const [moving, setMoving] = useState<Server | null>(null);
  const view = search["view"] ?? wishes.serverView ?? "table";
  const rows = (servers.data ?? []).filter((one) => !project || one.tenant_id === project);
  const flavor = (one: Server) => flavors?.find((each) => each.id === one.flavor.id);
  const imageName = (one: Server) => {
    const id = one.image ? one.image.id : "";
    return images?.find((each) => each.id === id)?.name ?? (images ? t("servers.imageGone") : "");
  };
  const perform = (action: string, server: Server) => {
    if (action === "console") window.open(`/ui/servers/${server.id}/console`, `console-${server.id}`);
    else if (action === "resize") setResizing(server);
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
      cell: (one) => <To to={`/servers/${one.id}/overview`}>{shown(one.name)}</To>,
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
      allowed: (chosen) => commonActions(chosen).includes(action),
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
  const choose = (wanted: "table" | "cards") => {
    change({ view: wanted });
    prefer({ serverView: wanted });
  };
  const switcher = (
    <ToolbarItem>
      <ToggleGroup aria-label={t("servers.view")}>
        <ToggleGroupItem
          icon={<ListIcon />}
          aria-label={t("servers.asTable")}
          isSelected={view !== "cards"}
          onChange={() => choose("table")}
        />
        <ToggleGroupItem
          icon={<ThLargeIcon />}
          aria-label={t("servers.asCards")}
          isSelected={view === "cards"}
          onChange={() => choose("cards")}
        />
      </ToggleGroup>
    </ToolbarItem>
  );
  const items = (one: Server) =>
    actionsOf(one).flatMap((action) => [
      {
        title: t(ACTION_WORDS[action]),
        isDanger: action === "destroy",
        onClick: () => perform(action, one),
      },
      ...(action === "reboot"
        ? [{ title: t("action.hardReboot"), onClick: () => perform("hardReboot", one) }]
        : []),
    ]);

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
            <div className="cards-tools">
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
                    <div className="card-grid">
                      {group.map((one) => (
                        <ServerCard
                          key={one.id}
                          server={one}
                          flavor={flavorText(flavor(one), language)}
                          image={imageName(one)}
                          project={projectName(one.tenant_id)}
                          perform={perform}
                        />
                      ))}
                    </div>
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
      {resizing && <ResizeDialog server={resizing} close={() => setResizing(null)} />}
      {moving && <ReassignDialog server={moving} close={() => setMoving(null)} />}
    </View>
  );
}

function ServerCard({
  server,
  flavor,
  image,
  project,
  perform,
}: {
  server: Server;
  flavor: string;
  image: string;
  project: string;
  perform: (action: string, server: Server) => void;
}) {
  const { t, language } = useTexts();
  const offered = actionsOf(server);
  const direct = [...PLAIN, "console"].filter(
    (one) => one !== "destroy" && offered.includes(one as (typeof offered)[number]),
  );
  return (
    <Card isCompact>
      <CardTitle component="h3">
        <To to={`/servers/${server.id}/overview`}>{shown(server.name)}</To>
      </CardTitle>
      <CardBody>
        <p className="gap-below-small">
          <ServerStatus server={server} />
        </p>
        <p className="mono">{publicAddress(server) || "—"}</p>
        <p className="quiet">{flavor}</p>
        <p className="quiet">{shown(image)}</p>
        <p className="quiet">
          {project} · {ago(server.created, language)}
        </p>
      </CardBody>
      <CardFooter>
        {direct.slice(0, 3).map((one) => (
          <Button key={one} variant="link" isInline onClick={() => perform(one, server)}>
            {t(ACTION_WORDS[one as keyof typeof ACTION_WORDS])}
          </Button>
        ))}
        {offered.includes("destroy") && (
          <Button variant="link" isInline isDanger onClick={() => perform("destroy", server)}>
            {t("action.destroy")}
          </Button>
        )}
      </CardFooter>
    </Card>
  );
}
