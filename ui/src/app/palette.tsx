/** The command palette: jump to anything by whatever it is known by, or do something (UI-301, UI-302). */
import { Modal, ModalBody, ModalHeader, TextInput } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import * as admin from "../api/admin";
import * as compute from "../api/compute";
import * as files from "../api/files";
import { changed, keys, useAddresses, useImages, useKeypairs, useMe, useNetworks, usePorts, useProjects, useServers, useVolumes } from "../api/queries";
import { signOut } from "../api/session";
import { useConfirm } from "../parts/confirm";
import { shown } from "../parts/format";
import { useNotify } from "../parts/notify";
import { baseName, folderOf, pathToAddress } from "../parts/paths";
import { applyTheme, usePreferences, type Theme } from "../parts/preferences";
import { actionsOf } from "../parts/serverstate";
import { useTexts, type Key } from "../texts";
import { find, type Thing } from "./find";
import { PLACES } from "./nav";

const WAIT = 250;
const MAKES: [Key, string][] = [
  ["palette.newServer", "/servers/new"],
  ["palette.newProject", "/projects/new"],
  ["palette.registerImage", "/images/register"],
  ["palette.searchFiles", "/search"],
];
const DEEDS = [
  ["start", "action.start", { start: {} }],
  ["shutdown", "action.shutdown", { shutdown: {} }],
  ["reboot", "action.reboot", { reboot: { type: "SOFT" } }],
] as const;
const THEMES: [Theme, Key][] = [
  ["light", "theme.light"],
  ["dark", "theme.dark"],
  ["contrast", "theme.contrast"],
];

export default function Palette({ staff, close }: { staff: boolean; close: () => void }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const things = [...useThings(staff), ...useStored(text, staff)];
  const found = find(things, text);
  const chosen = Math.min(at, Math.max(0, found.length - 1));
  useEffect(() => setAt(0), [text]);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const go = (one: Thing | undefined) => {
    if (!one) return;
    close();
    if (typeof one.to === "string") void navigate({ to: one.to as never });
    else void one.to();
  };
  return (
    <Modal isOpen variant="medium" position="top" onClose={close} aria-labelledby="palette-title">
      <ModalHeader title={t("palette.title")} labelId="palette-title" />
      <ModalBody>
        <TextInput
          role="combobox"
          aria-expanded
          aria-controls="palette-list"
          aria-activedescendant={found[chosen] ? `palette-${chosen}` : undefined}
          aria-label={t("palette.title")}
          placeholder={t("palette.hint")}
          value={text}
          autoFocus
          onChange={(_, value) => setText(value)}
          onKeyDown={(event) => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (step) {
              event.preventDefault();
              setAt((chosen + step + found.length) % Math.max(1, found.length));
            } else if (event.key === "Enter") {
              event.preventDefault();
              go(found[chosen]);
            }
          }}
        />
        <ul id="palette-list" role="listbox" aria-label={t("palette.found")} className="palette plain" ref={list}>
          {found.map((one, place) => (
            <li
              key={one.id}
              id={`palette-${place}`}
              role="option"
              aria-selected={place === chosen}
              onMouseMove={() => setAt(place)}
              onClick={() => go(one)}
            >
              <span>{shown(one.name)}</span> <span className="quiet">{one.kind}</span>
            </li>
          ))}
        </ul>
        <p className="quiet" role="status">
          {t("palette.count", { count: found.length })}
        </p>
      </ModalBody>
    </Modal>
  );
}

/** What the lists hold, and what may be done. */
function useThings(staff: boolean): Thing[] {
  const { t } = useTexts();
  const notify = useNotify();
  const confirm = useConfirm();
  const [, prefer] = usePreferences();
  const servers = useServers().data;
  const ports = usePorts().data;
  const volumes = useVolumes().data;
  const networks = useNetworks().data;
  const addresses = useAddresses().data;
  const images = useImages().data;
  const keypairs = useKeypairs().data;
  const projects = useProjects().data;
  return useMemo(() => {
    const found: Thing[] = [];
    for (const one of servers ?? []) {
      const also = [
        String(one.id),
        ...one.attachments.flatMap((each) => [each.ipv4, each.ipv6, each.mac_address]),
        one["SNF:fqdn"] ?? "",
        ...(one.tags ?? []),
        ...Object.entries(one.metadata).map(([key, value]) => `${key}: ${value}`),
      ].filter(Boolean);
      found.push({ id: `s${one.id}`, kind: t("palette.server"), name: one.name, also, to: `/servers/${one.id}/overview` });
      const offered = actionsOf(one);
      for (const [verb, word, body] of DEEDS) {
        if (!offered.includes(verb)) continue;
        const deed = t(word);
        found.push({
          id: `s${one.id}${verb}`,
          kind: t("palette.do"),
          name: `${deed}: ${one.name}`,
          also: [String(one.id), `${deed} ${one.name}`],
          deed: true,
          to: async () => {
            if (verb !== "start" && !(await confirm({ title: `${deed}: ${shown(one.name)}`, verb: deed }))) return;
            await notify.attempt(() => compute.act(one.id, body), t("action.sent", { action: deed, count: 1 }));
            changed(keys.servers, keys.quotas);
          },
        });
      }
    }
    const networkOf = new Map((networks ?? []).map((one) => [one.id, one.name]));
    for (const one of ports ?? []) {
      const server = (servers ?? []).find((each) => String(each.id) === one.device_id);
      if (!server)
        found.push({
          id: `p${one.id}`, kind: t("palette.port"), name: one.mac_address,
          also: [one.id, ...one.fixed_ips.map((each) => each.ip_address)], to: `/networks/${one.network_id}`,
        });
    }
    for (const one of volumes ?? [])
      found.push({
        id: `v${one.id}`, kind: t("palette.volume"), name: one.display_name || one.id,
        also: [one.id, ...Object.values(one.metadata ?? {})], to: `/volumes?q=${encodeURIComponent(one.display_name || one.id)}`,
      });
    for (const one of networks ?? [])
      found.push({ id: `n${one.id}`, kind: t("palette.network"), name: one.name || one.id, also: [one.id], to: `/networks/${one.id}` });
    for (const one of addresses ?? [])
      found.push({
        id: `a${one.id}`, kind: t("palette.address"), name: one.floating_ip_address,
        also: [one.id, networkOf.get(one.floating_network_id) ?? ""], to: `/addresses?q=${one.floating_ip_address}`,
      });
    for (const one of images ?? [])
      found.push({ id: `i${one.id}`, kind: t("palette.image"), name: one.name, also: [one.id], to: `/images/${one.id}` });
    for (const one of keypairs ?? [])
      found.push({ id: `k${one.name}`, kind: t("palette.key"), name: one.name, also: [one.fingerprint], to: `/keys?q=${encodeURIComponent(one.name)}` });
    for (const one of projects ?? [])
      found.push({ id: `j${one.id}`, kind: t("palette.project"), name: one.name, also: [one.id], to: `/projects/${one.id}/overview` });
    for (const group of PLACES) {
      if (group.staff && !staff) continue;
      for (const { to, title } of group.places)
        found.push({ id: `g${to}`, kind: t("palette.page"), name: t(title), also: [t(group.title)], to, deed: true });
    }
    for (const [key, to] of MAKES) found.push({ id: `m${to}`, kind: t("palette.do"), name: t(key), also: [], to, deed: true });
    for (const [theme, key] of THEMES)
      found.push({
        id: `t${theme}`, kind: t("theme.choose"), name: t(key), also: [], deed: true,
        to: () => {
          applyTheme(theme);
          prefer({ theme });
        },
      });
    found.push({
      id: "out", kind: t("palette.do"), name: t("signin.out"), also: [], deed: true,
      to: () => signOut().catch(() => undefined).finally(() => location.assign("/ui/")),
    });
    return found;
  }, [t, servers, ports, volumes, networks, addresses, images, keypairs, projects, staff, notify, confirm, prefer]);
}

/** What only the service can find: files, and for the staff people. */
function useStored(text: string, staff: boolean): Thing[] {
  const { t } = useTexts();
  const me = useMe().data;
  const [words, setWords] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setWords(text.trim()), WAIT);
    return () => clearTimeout(timer);
  }, [text]);
  const stored = useQuery({
    queryKey: ["files", "search", words, ""],
    queryFn: ({ signal }) => files.search(words, undefined, signal),
    enabled: words.length > 1 && !!me,
  }).data;
  const people = useQuery({
    queryKey: ["staff", "users"],
    queryFn: () => admin.list("user-list"),
    enabled: staff && words.length > 1,
    staleTime: 60_000,
  }).data;
  return [
    ...(stored ?? []).slice(0, 50).map((one): Thing => {
      const folder = files.isFolder(one) ? one.name : folderOf(one.name);
      const above = one.container === "trash" ? "/trash" : `/files/${pathToAddress(one.container)}`;
      return {
        id: `f${one.container}/${one.name}`, kind: t("palette.file"), name: baseName(one.name),
        also: [one.name, one.x_object_uuid ?? ""], to: folder ? `${above}/${pathToAddress(folder)}` : above,
      };
    }),
    ...(people ?? []).map((one): Thing => ({
      id: `u${String(one["uuid"])}`, kind: t("palette.person"), name: String(one["displayname"]),
      also: [String(one["uuid"]), String(one["realname"] ?? "")], to: `/staff/users/${String(one["uuid"])}`,
    })),
  ];
}
