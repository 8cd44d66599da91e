/** One server with everything: by tabs, each with its own address. */
import {
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  Label,
  MenuToggle,
  Tab,
  TabTitleText,
  Tabs,
  TextInput,
} from "@patternfly/react-core";
import AngleLeftIcon from "@patternfly/react-icons/dist/esm/icons/angle-left-icon";
import AngleRightIcon from "@patternfly/react-icons/dist/esm/icons/angle-right-icon";
import PencilAltIcon from "@patternfly/react-icons/dist/esm/icons/pencil-alt-icon";
import { useParams, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { Server } from "../../api/compute";
import * as compute from "../../api/compute";
import { Fault } from "../../api/http";
import {
  changed,
  keys,
  useFlavors,
  useImages,
  useLive,
  useQuotas,
  useServers,
} from "../../api/queries";
import { useAddress } from "../../parts/address";
import { Copied } from "../../parts/copy";
import { Block, Facts } from "../../parts/facts";
import { FaultBanner } from "../../parts/fault";
import { ago, bytes, exact, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { useProjectName } from "../../parts/project";
import { OsIcon } from "../../parts/osicon";
import { actionsOf, isRunning } from "../../parts/serverstate";
import { ServerStatus } from "../../parts/serverstatus";
import { useTexts, type Key } from "../../texts";
import { ACTION_WORDS, useServerActions, type Plain } from "./actions";
import { osOf, SharedMark, WaitingHere } from "./card";
import { Connect } from "./connect";
import { ReassignDialog, ResizeDialog } from "./dialogs";
import { Disks } from "./disks";
import { ServerFailure } from "./failure";
import { mayStart, useAllowed } from "./looks";
import { History, Log } from "./past";
import { Ports } from "./ports";
import { RebootBar } from "./rebootbar";
import { Stats } from "./stats";
import { Switcher } from "./switcher";
import { Tags } from "./tags";
import { buildText } from "./telling";

const TABS: [string, Key][] = [
  ["overview", "server.overview"],
  ["volumes", "nav.volumes"],
  ["network", "nav.network"],
  ["connect", "server.connect"],
  ["metrics", "stats.title"],
  ["tags", "servers.tags"],
  ["log", "server.log"],
  ["history", "server.history"],
];

export function ServerDetail() {
  const { t, language } = useTexts();
  const params = useParams({ strict: false }) as { id: string; tab?: string };
  const router = useRouter();
  const act = useServerActions();
  const notify = useNotify();
  const [renaming, setRenaming] = useState<string | null>(null);
  const [dialog, setDialog] = useState<"resize" | "lacks" | "reassign" | null>(null);
  const allowed = useAllowed();
  const quotas = useQuotas().data ?? {};
  const flavors = useFlavors().data;
  const images = useImages().data;
  const [more, setMore] = useState(false);
  const listed = useServers();
  const one = useLive(["server", params.id], () => compute.server(params.id), {
    enabled: !!listed.data && !listed.data.some((each) => String(each.id) === params.id),
  });
  const server = listed.data?.find((each) => String(each.id) === params.id) ?? one.data;
  const tab = params.tab ?? "overview";
  const trail = [{ title: t("nav.servers"), to: "/servers" }];

  if (!server) {
    const gone = one.error instanceof Fault && one.error.status === 404;
    return (
      <View title={t("server.title", { id: params.id })} trail={trail}>
        {gone ? (
          <Nothing title={t("missing.title")}>{t("missing.text")}</Nothing>
        ) : one.isError || listed.isError ? (
          <FaultBanner error={one.error ?? listed.error} retry={() => void one.refetch()} />
        ) : (
          <Loading text={t("common.loading")} />
        )}
      </View>
    );
  }
  const offered = actionsOf(server, allowed);
  const flavor = flavors?.find((each) => each.id === server.flavor.id);
  const image = images?.find((each) => server.image && each.id === server.image.id);
  const building = buildText(server, image?.size ?? 0, t, language);
  const perform = (action: string) => {
    if (action === "console") window.open(`/ui/servers/${server.id}/console`, `console-${server.id}`);
    else if (action === "start" && !mayStart(server, flavor, quotas)) setDialog("lacks");
    else if (action === "resize" || action === "reassign") setDialog(action);
    else if (action === "snapshot") void router.navigate({ to: `/servers/${server.id}/volumes` as never });
    else
      void act(action as Plain, [server]).then((done) => {
        if (done && action === "destroy") void router.navigate({ to: "/servers" as never });
      });
  };
  const primary = offered.filter((each) => ["start", "shutdown", "console"].includes(each));
  const others = offered.filter((each) => !primary.includes(each));
  const rename = async () => {
    const name = renaming?.trim();
    setRenaming(null);
    if (!name || name === server.name) return;
    const old = server.name;
    const refresh = () => changed(keys.servers, ["server", params.id]);
    if (await notify.attempt(() => compute.renameServer(server.id, name))) {
      notify.undo(t("server.renamed", { old: shown(old), name: shown(name) }), async () => {
        await compute.renameServer(server.id, old);
        refresh();
      });
    }
    refresh();
  };

  return (
    <View
      title={shown(server.name)}
      trail={trail}
      lead={
        renaming === null ? (
          <span className="status wrap">
            <OsIcon os={osOf(server, image)} on={isRunning(server)} />
            <ServerStatus server={server} />
            {building && <small>{shown(building)}</small>}
            <SharedMark server={server} />
            <Button
              variant="plain"
              size="sm"
              aria-label={t("server.rename")}
              icon={<PencilAltIcon />}
              onClick={() => setRenaming(server.name)}
            />
          </span>
        ) : (
          <TextInput
            aria-label={t("common.name")}
            value={renaming}
            autoFocus
            onChange={(_, value) => setRenaming(value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") void rename();
              if (event.key === "Escape") setRenaming(null);
            }}
            onBlur={() => setRenaming(null)}
          />
        )
      }
      actions={
        <>
          {primary.map((each) => (
            <Button
              key={each}
              variant={each === "console" ? "primary" : "secondary"}
              onClick={() => perform(each)}
            >
              {t(ACTION_WORDS[each])}
            </Button>
          ))}
          {others.length > 0 && (
            <Dropdown
              isOpen={more}
              onOpenChange={setMore}
              onSelect={() => setMore(false)}
              popperProps={{ position: "right" }}
              toggle={(ref) => (
                <MenuToggle ref={ref} isExpanded={more} onClick={() => setMore(!more)}>
                  {t("table.actions")}
                </MenuToggle>
              )}
            >
              <DropdownList>
                {others.map((each) => (
                  <DropdownItem
                    key={each}
                    isDanger={each === "destroy"}
                    onClick={() => perform(each)}
                  >
                    {t(ACTION_WORDS[each])}
                  </DropdownItem>
                ))}
                {offered.includes("reboot") && (
                  <DropdownItem onClick={() => perform("hardReboot")}>
                    {t("action.hardReboot")}
                  </DropdownItem>
                )}
              </DropdownList>
            </Dropdown>
          )}
        </>
      }
    >
      <WaitingHere server={server} />
      <ServerFailure id={server.id} />
      <Tabs
        activeKey={tab}
        onSelect={(_, key) =>
          void router.navigate({ to: `/servers/${server.id}/${key}` as never, replace: true })
        }
        aria-label={t("server.tabs")}
        className="gap-below"
        inset={{ default: "insetNone" }}
      >
        {TABS.map(([key, title]) => (
          <Tab key={key} eventKey={key} title={<TabTitleText>{t(title)}</TabTitleText>}>
            {tab === key && (
              <div className="gap-above">
                {key === "overview" && <Overview server={server} />}
                {key === "volumes" && <Disks server={server} />}
                {key === "network" && <Ports server={server} />}
                {key === "connect" && <Connect server={server} />}
                {key === "metrics" && <Stats id={server.id} />}
                {key === "tags" && <Tags server={server} />}
                {key === "log" && <Log server={server} />}
                {key === "history" && <History server={server} />}
              </div>
            )}
          </Tab>
        ))}
      </Tabs>
      <Others server={server} tab={tab} />
      <RebootBar />
      {(dialog === "resize" || dialog === "lacks") && (
        <ResizeDialog
          server={server}
          lacks={dialog === "lacks"}
          close={() => setDialog(null)}
        />
      )}
      {dialog === "reassign" && <ReassignDialog server={server} close={() => setDialog(null)} />}
    </View>
  );
}

/** The other servers, one step or one choice away (UI-058). */
function Others({ server, tab }: { server: Server; tab: string }) {
  const { t, language } = useTexts();
  const router = useRouter();
  const [search] = useAddress();
  const all = [...(useServers().data ?? [])].sort((a, b) =>
    a.name.localeCompare(b.name, language),
  );
  const at = all.findIndex((one) => one.id === server.id);
  const go = (one: Server | undefined) =>
    one && void router.navigate({ to: `/servers/${one.id}/${tab}` as never });
  return (
    <nav className="side-list" aria-label={t("server.others")}>
      <div className="side-tools">
        <Button
          variant="plain"
          aria-label={t("server.previous")}
          isDisabled={at <= 0}
          icon={<AngleLeftIcon />}
          onClick={() => go(all[at - 1])}
        />
        <Button
          variant="plain"
          aria-label={t("server.next")}
          isDisabled={at < 0 || at >= all.length - 1}
          icon={<AngleRightIcon />}
          onClick={() => go(all[at + 1])}
        />
        <Switcher
          view="single"
          go={(view) => {
            if (view === "single") return;
            const q = search["q"] ? `&q=${encodeURIComponent(search["q"])}` : "";
            void router.navigate({ to: `/servers?view=${view}${q}` as never });
          }}
        />
      </div>
      <ul>
        {all.map((one) => (
          <li key={one.id} aria-current={one.id === server.id ? "page" : undefined}>
            <To to={`/servers/${one.id}/${tab}`}>{shown(one.name)}</To>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Overview({ server }: { server: Server }) {
  const { t, language } = useTexts();
  const flavors = useFlavors().data;
  const images = useImages().data;
  const projectName = useProjectName();
  const flavor = flavors?.find((one) => one.id === server.flavor.id);
  const image = images?.find((one) => server.image && one.id === server.image.id);
  const fault = server.diagnostics.find((one) => one.level === "ERROR");
  return (
    <>
      {server.status === "ERROR" && fault && (
        <p className="gap-below">
          <Label color="red">{t("state.ERROR")}</Label> {shown(fault.message)}
        </p>
      )}
      <Block title={t("server.machine")}>
        <Facts
          columns={3}
          facts={[
            [t("common.id"), <Copied key="id" text={String(server.id)} />],
            [t("server.cpus"), flavor?.vcpus],
            [t("server.memory"), flavor && bytes(flavor.ram * 2 ** 20, language)],
            [t("server.disk"), flavor && `${flavor.disk} GiB (${flavor["SNF:disk_template"]})`],
            [t("servers.image"), image ? shown(image.name) : images && t("servers.imageGone")],
            [
              t("server.imageSize"),
              image ? bytes(image.size, language) : images && t("servers.sizeNone"),
            ],
            [t("common.project"), projectName(server.tenant_id)],
            [t("servers.tags"), server.tags.map(shown).join(", ")],
            [t("common.created"), exact(server.created, language)],
            [t("common.updated"), ago(server.updated, language)],
          ]}
        />
      </Block>
      <Block title={t("server.reach")}>
        <Facts
          facts={[
            [t("server.fqdn"), server["SNF:fqdn"] && <Copied key="f" text={server["SNF:fqdn"]} />],
            ...server.attachments.flatMap((port): [string, React.ReactNode][] => [
              ...(port.ipv4
                ? ([["IPv4", <Copied key={port.ipv4} text={port.ipv4} />]] as [string, React.ReactNode][])
                : []),
              ...(port.ipv6
                ? ([["IPv6", <Copied key={port.ipv6} text={port.ipv6} />]] as [string, React.ReactNode][])
                : []),
            ]),
            [t("nav.keys"), server["SNF:key_names"].map(shown).join(", ") || "—"],
          ]}
        />
      </Block>
    </>
  );
}
