/** One server with everything: by tabs, each with its own address. */
import {
  Button,
  Dropdown,
  DropdownItem,
  DropdownList,
  Label,
  LabelGroup,
  MenuToggle,
  Tab,
  TabTitleText,
  Tabs,
  TextInput,
} from "@patternfly/react-core";
import PencilAltIcon from "@patternfly/react-icons/dist/esm/icons/pencil-alt-icon";
import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { Server } from "../../api/compute";
import * as compute from "../../api/compute";
import { Fault } from "../../api/http";
import * as network from "../../api/network";
import {
  changed,
  keys,
  useFlavors,
  useImages,
  useLive,
  useNetworks,
  useServers,
  useVolumes,
} from "../../api/queries";
import * as volumes from "../../api/volumes";
import { useConfirm } from "../../parts/confirm";
import { Copied } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { Block, Facts } from "../../parts/facts";
import { FaultBanner } from "../../parts/fault";
import { TextField } from "../../parts/field";
import { ago, bytes, exact, shown } from "../../parts/format";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { useProjectName } from "../../parts/project";
import { actionsOf, isBusy } from "../../parts/serverstate";
import { ServerStatus } from "../../parts/serverstatus";
import { useTexts, type Key } from "../../texts";
import { ACTION_WORDS, useServerActions, type Plain } from "./actions";
import { Connect } from "./connect";
import { ReassignDialog, ResizeDialog } from "./dialogs";

const TABS: [string, Key][] = [
  ["overview", "server.overview"],
  ["volumes", "nav.volumes"],
  ["network", "nav.network"],
  ["connect", "server.connect"],
  ["tags", "servers.tags"],
  ["log", "server.log"],
  ["history", "server.history"],
];

export function ServerDetail() {
  const { t } = useTexts();
  const params = useParams({ strict: false }) as { id: string; tab?: string };
  const router = useRouter();
  const act = useServerActions();
  const notify = useNotify();
  const [renaming, setRenaming] = useState<string | null>(null);
  const [dialog, setDialog] = useState<"resize" | "reassign" | null>(null);
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
  const offered = actionsOf(server);
  const perform = (action: string) => {
    if (action === "console") window.open(`/ui/servers/${server.id}/console`, `console-${server.id}`);
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
    await notify.attempt(
      () => compute.renameServer(server.id, name),
      t("server.renamed", { old: shown(old), name: shown(name) }),
    );
    changed(keys.servers, ["server", params.id]);
  };

  return (
    <View
      title={shown(server.name)}
      trail={trail}
      lead={
        renaming === null ? (
          <span className="status">
            <ServerStatus server={server} />
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
                {key === "volumes" && <Volumes server={server} />}
                {key === "network" && <Ports server={server} />}
                {key === "connect" && <Connect server={server} />}
                {key === "tags" && <Tags server={server} />}
                {key === "log" && <Log server={server} />}
                {key === "history" && <History server={server} />}
              </div>
            )}
          </Tab>
        ))}
      </Tabs>
      {dialog === "resize" && <ResizeDialog server={server} close={() => setDialog(null)} />}
      {dialog === "reassign" && <ReassignDialog server={server} close={() => setDialog(null)} />}
    </View>
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

function Volumes({ server }: { server: Server }) {
  const { t } = useTexts();
  const found = useVolumes();
  const notify = useNotify();
  const confirm = useConfirm();
  const [attaching, setAttaching] = useState(false);
  const [snapshot, setSnapshot] = useState<volumes.Volume | null>(null);
  const own = (found.data ?? [])
    .filter((one) => one.attachments.some((each) => each.server_id === server.id))
    .sort((a, b) => index(a, server.id) - index(b, server.id));
  const free = (found.data ?? []).filter((one) => one.status === "available");
  return (
    <Block
      title={t("nav.volumes")}
      actions={
        <Button variant="secondary" isDisabled={!free.length} onClick={() => setAttaching(true)}>
          {t("volumes.attach")}
        </Button>
      }
    >
      {found.isPending && <Loading text={t("common.loading")} />}
      <ul className="rows">
        {own.map((one) => (
          <li key={one.id}>
            <span>
              {index(one, server.id) === 0
                ? t("volumes.boot")
                : shown(one.display_name) || t("volumes.unnamed", { id: one.id })}
            </span>
            <span className="quiet">{one.size} GiB</span>
            <span>
              <Button variant="link" isInline onClick={() => setSnapshot(one)}>
                {t("action.snapshot")}
              </Button>{" "}
              {index(one, server.id) > 0 && (
                <Button
                  variant="link"
                  isInline
                  onClick={() =>
                    void confirm({
                      title: t("volumes.detachAsk", { name: shown(one.display_name) || one.id }),
                      verb: t("volumes.detach"),
                    }).then(async (yes) => {
                      if (!yes) return;
                      await notify.attempt(() => compute.detachVolume(server.id, one.id));
                      changed(keys.servers, keys.volumes);
                    })
                  }
                >
                  {t("volumes.detach")}
                </Button>
              )}
            </span>
          </li>
        ))}
      </ul>
      {attaching && (
        <Choose
          title={t("volumes.attach")}
          choices={free.map((one) => [one.id, `${shown(one.display_name) || one.id} · ${one.size} GiB`])}
          close={() => setAttaching(false)}
          run={async (id) => {
            await compute.attachVolume(server.id, id);
            changed(keys.servers, keys.volumes);
          }}
        />
      )}
      {snapshot && (
        <SnapshotDialog server={server} volume={snapshot} close={() => setSnapshot(null)} />
      )}
    </Block>
  );
}

function index(volume: volumes.Volume, server: number): number {
  return volume.attachments.find((one) => one.server_id === server)?.device_index ?? 0;
}

function SnapshotDialog({
  server,
  volume,
  close,
}: {
  server: Server;
  volume: volumes.Volume;
  close: () => void;
}) {
  const { t, language } = useTexts();
  const notify = useNotify();
  const [name, setName] = useState(
    `${volume.display_name || server.name} ${new Date().toISOString().slice(0, 16).replace("T", " ")}`,
  );
  const [text, setText] = useState(
    t("snapshots.text", {
      server: server.name,
      volume: volume.display_name || volume.id,
      time: exact(Date.now(), language),
    }),
  );
  return (
    <Dialog
      title={t("snapshots.make")}
      verb={t("action.snapshot")}
      close={close}
      ready={!!name.trim()}
      submit={async () => {
        await volumes.createSnapshot(volume.id, name, text);
        changed(keys.snapshots, keys.images);
        notify.tell("success", t("snapshots.made"));
      }}
    >
      <TextField id="snapshot-name" label={t("common.name")} value={name} set={setName} required />
      <TextField id="snapshot-text" label={t("common.description")} value={text} set={setText} />
    </Dialog>
  );
}

function Choose({
  title,
  choices,
  close,
  run,
}: {
  title: string;
  choices: [string, string][];
  close: () => void;
  run: (chosen: string) => Promise<unknown>;
}) {
  const [chosen, choose] = useState(choices[0]?.[0] ?? "");
  return (
    <Dialog
      title={title}
      verb={title}
      close={close}
      ready={!!chosen}
      submit={() => run(chosen)}
      variant="small"
    >
      {choices.map(([id, text]) => (
        <label key={id} className="choice">
          <input
            type="radio"
            name="choose"
            checked={chosen === id}
            onChange={() => choose(id)}
          />{" "}
          {text}
        </label>
      ))}
    </Dialog>
  );
}

const PROFILES = ["DISABLED", "ENABLED", "PROTECTED"] as const;
const PROFILE_WORDS: Record<(typeof PROFILES)[number], Key> = {
  DISABLED: "firewall.DISABLED",
  ENABLED: "firewall.ENABLED",
  PROTECTED: "firewall.PROTECTED",
};

function Ports({ server }: { server: Server }) {
  const { t } = useTexts();
  const networks = useNetworks().data;
  const notify = useNotify();
  const confirm = useConfirm();
  const [connecting, setConnecting] = useState(false);
  const [profiles, setProfiles] = useState<Record<string, string>>({});
  const name = (id: string) => {
    const found = networks?.find((one) => one.id === id);
    if (!found) return id;
    return found.public ? t("networks.internet") : shown(found.name) || id;
  };
  return (
    <Block
      title={t("nav.network")}
      actions={
        <Button variant="secondary" onClick={() => setConnecting(true)}>
          {t("networks.connect")}
        </Button>
      }
    >
      {server.attachments.length === 0 && <p className="quiet">{t("server.noPorts")}</p>}
      <ul className="rows ports">
        {server.attachments.map((port) => {
          const isPublic = networks?.find((one) => one.id === port.network_id)?.public;
          const chosen = profiles[String(port.id)] ?? port.firewallProfile;
          return (
            <li key={port.id}>
              <span>
                <strong>{name(port.network_id)}</strong>
                <br />
                {[port.ipv4, port.ipv6].filter(Boolean).map((address) => (
                  <Copied key={address} text={address} />
                ))}
                <br />
                <span className="quiet mono">{port.mac_address}</span>
              </span>
              {isPublic ? (
                <span>
                  <select
                    aria-label={t("firewall.title")}
                    value={chosen}
                    onChange={(event) =>
                      setProfiles({ ...profiles, [String(port.id)]: event.target.value })
                    }
                  >
                    {PROFILES.map((each) => (
                      <option key={each} value={each}>
                        {t(PROFILE_WORDS[each])}
                      </option>
                    ))}
                  </select>{" "}
                  {chosen !== port.firewallProfile && (
                    <Button
                      size="sm"
                      onClick={() =>
                        void notify
                          .attempt(
                            () =>
                              compute.act(server.id, {
                                firewallProfile: { profile: chosen, nic: Number(port.id) },
                              }),
                            t("firewall.applied"),
                          )
                          .then(() => changed(keys.servers))
                      }
                    >
                      {t("firewall.apply")}
                    </Button>
                  )}
                </span>
              ) : (
                <span />
              )}
              <Button
                variant="link"
                isInline
                isDanger
                isDisabled={isBusy(server)}
                onClick={() =>
                  void confirm({
                    title: t("networks.disconnectAsk", {
                      server: shown(server.name),
                      network: name(port.network_id),
                    }),
                    verb: t("networks.disconnect"),
                  }).then(async (yes) => {
                    if (!yes) return;
                    await notify.attempt(() => network.disconnect(String(port.id)));
                    changed(keys.servers, keys.ports, keys.addresses);
                  })
                }
              >
                {t("networks.disconnect")}
              </Button>
            </li>
          );
        })}
      </ul>
      {connecting && (
        <Choose
          title={t("networks.connect")}
          choices={(networks ?? [])
            .filter((one) => !one.public)
            .map((one) => [one.id, shown(one.name) || one.id])}
          close={() => setConnecting(false)}
          run={async (id) => {
            await network.connect(id, server.id);
            changed(keys.servers, keys.ports);
          }}
        />
      )}
    </Block>
  );
}

const SUGGESTED = ["OS", "Owner", "Role", "users", "hostname"];

function Tags({ server }: { server: Server }) {
  const { t } = useTexts();
  const notify = useNotify();
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const [tag, setTag] = useState("");
  const tags = useQuery({
    queryKey: ["tags", server.id],
    queryFn: () => compute.tags(server.id),
    // A tag is there once the cluster has it.
    refetchInterval: (query) =>
      query.state.data?.statuses.some((one) => one !== "ACTIVE") ? 1500 : false,
  });
  const entries = Object.entries(server.metadata);
  const free = SUGGESTED.filter((one) => !(one in server.metadata));
  const save = async (name: string, text: string) => {
    if (!name.trim() || !text.trim()) return;
    await notify.attempt(() => compute.setMetadata(server.id, { [name.trim()]: text }));
    setKey("");
    setValue("");
    changed(keys.servers);
  };
  return (
    <>
      <Block title={t("server.metadata")}>
        <table className="pairs">
          <tbody>
            {entries.map(([name, text]) => (
              <Pair
                key={name}
                name={name}
                text={text}
                save={(fresh) => save(name, fresh)}
                drop={async () => {
                  await notify.attempt(() => compute.dropMetadata(server.id, name));
                  changed(keys.servers);
                }}
              />
            ))}
            <tr>
              <td>
                <TextInput
                  aria-label={t("server.key")}
                  placeholder={t("server.key")}
                  value={key}
                  list="suggested-keys"
                  onChange={(_, wanted) => setKey(wanted)}
                />
                <datalist id="suggested-keys">
                  {free.map((one) => (
                    <option key={one} value={one} />
                  ))}
                </datalist>
              </td>
              <td>
                <TextInput
                  aria-label={t("server.value")}
                  placeholder={t("server.value")}
                  value={value}
                  onChange={(_, wanted) => setValue(wanted)}
                  onKeyDown={(event) => {
                    if (event.key === "Enter") void save(key, value);
                  }}
                />
              </td>
              <td>
                <Button
                  variant="secondary"
                  isDisabled={!key.trim() || !value.trim()}
                  onClick={() => void save(key, value)}
                >
                  {t("common.add")}
                </Button>
              </td>
            </tr>
          </tbody>
        </table>
      </Block>
      <Block title={t("servers.tags")}>
        <LabelGroup numLabels={50}>
          {(tags.data?.tags ?? []).map((one, at) => (
            <Label
              key={one}
              color={tags.data?.statuses[at] === "ACTIVE" ? "blue" : "grey"}
              closeBtnAriaLabel={t("server.dropTag", { tag: shown(one) })}
              onClose={
                tags.data?.statuses[at] === "ACTIVE"
                  ? () =>
                      void notify
                        .attempt(() => compute.dropTag(server.id, one))
                        .then(() => void tags.refetch())
                  : undefined
              }
            >
              {shown(one)}
            </Label>
          ))}
        </LabelGroup>
        <form
          className="inline-form gap-above"
          onSubmit={(event) => {
            event.preventDefault();
            if (!tag.trim()) return;
            void notify
              .attempt(() => compute.addTag(server.id, tag.trim()))
              .then((done) => {
                if (done) setTag("");
                void tags.refetch();
              });
          }}
        >
          <TextInput
            aria-label={t("server.newTag")}
            placeholder={t("server.newTag")}
            value={tag}
            onChange={(_, wanted) => setTag(wanted)}
          />
          <Button type="submit" variant="secondary" isDisabled={!tag.trim()}>
            {t("common.add")}
          </Button>
        </form>
      </Block>
    </>
  );
}

function Pair({
  name,
  text,
  save,
  drop,
}: {
  name: string;
  text: string;
  save: (text: string) => Promise<unknown>;
  drop: () => Promise<unknown>;
}) {
  const { t } = useTexts();
  const [edited, setEdited] = useState<string | null>(null);
  return (
    <tr>
      <th scope="row">{shown(name)}</th>
      <td>
        {edited === null ? (
          shown(text)
        ) : (
          <TextInput
            aria-label={t("server.valueOf", { key: name })}
            value={edited}
            autoFocus
            onChange={(_, wanted) => setEdited(wanted)}
            onKeyDown={(event) => {
              if (event.key === "Escape") setEdited(null);
              if (event.key === "Enter" && edited.trim()) {
                void save(edited).then(() => setEdited(null));
              }
            }}
          />
        )}
      </td>
      <td>
        <Button variant="link" isInline onClick={() => setEdited(text)}>
          {t("common.edit")}
        </Button>{" "}
        <Button variant="link" isInline isDanger onClick={() => void drop()}>
          {t("common.remove")}
        </Button>
      </td>
    </tr>
  );
}

const LOG_EVERY = 2000;

function Log({ server }: { server: Server }) {
  const { t, language } = useTexts();
  const log = useLive(["log", String(server.id)], () => compute.diagnostics(server.id), {
    fixed: LOG_EVERY,
  });
  if (log.isError) return <FaultBanner error={log.error} retry={() => void log.refetch()} />;
  if (log.isPending) return <Loading text={t("common.loading")} />;
  if (!log.data.length) return <Nothing title={t("server.logEmpty")} />;
  return (
    <ul className="log" aria-live="polite">
      {log.data.map((one, at) => (
        <li key={at} className={`log-${one.level.toLowerCase()}`}>
          <span className="quiet">{exact(one.created, language)}</span>{" "}
          <Label
            isCompact
            color={one.level === "ERROR" ? "red" : one.level === "WARNING" ? "orange" : "grey"}
          >
            {one.source}
          </Label>{" "}
          {shown(one.message)}
          {one.details && (
            <details>
              <summary>{t("fault.more")}</summary>
              <pre className="mono">{one.details}</pre>
            </details>
          )}
        </li>
      ))}
    </ul>
  );
}

function History({ server }: { server: Server }) {
  const { t, language } = useTexts();
  const past = useLive(["history", String(server.id)], () => compute.history(server.id));
  if (past.isError) return <FaultBanner error={past.error} retry={() => void past.refetch()} />;
  if (past.isPending) return <Loading text={t("common.loading")} />;
  return (
    <Block title={t("server.history")}>
      <ul className="rows">
        {past.data.map((one) => (
          <li key={one.request_id + one.start_time}>
            <span>
              <strong>{one.action}</strong> {one.message && shown(one.message)}
            </span>
            <Copied text={one.request_id} shown={`${one.request_id.slice(0, 12)}…`} />
            <span className="quiet">{exact(`${one.start_time}Z`, language)}</span>
          </li>
        ))}
      </ul>
    </Block>
  );
}
