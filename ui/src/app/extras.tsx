/** What the frame has beside the views, loaded after them: search, tasks, news, help, warnings. */
import { Alert, Badge, Button, Popover, Progress } from "@patternfly/react-core";
import BellIcon from "@patternfly/react-icons/dist/esm/icons/bell-icon";
import ListIcon from "@patternfly/react-icons/dist/esm/icons/tasks-icon";
import QuestionIcon from "@patternfly/react-icons/dist/esm/icons/question-circle-icon";
import SearchIcon from "@patternfly/react-icons/dist/esm/icons/search-icon";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import * as cloud from "../api/cloud";
import * as identity from "../api/identity";
import { askAgain } from "../api/http";
import { keys, useQuotas, useServers, useVolumes } from "../api/queries";
import { sessionEnds } from "../api/session";
import { ago, shown } from "../parts/format";
import { ButtonTo, To } from "../parts/link";
import { useOnline } from "../parts/online";
import { usePreferences } from "../parts/preferences";
import { useProjectName } from "../parts/project";
import { useResourceName } from "../parts/quotabar";
import { isBusy, stateShown } from "../parts/serverstate";
import { useUploads } from "../parts/uploads";
import { useWork } from "../parts/work";
import { useTexts } from "../texts";
import { built, decided, filled, type News } from "./watching";

const Palette = lazy(() => import("./palette"));

export default function Tools({
  staff,
  finding,
  find,
}: {
  staff: boolean;
  finding: boolean;
  find: (wanted: boolean) => void;
}) {
  const { t } = useTexts();
  const at = useRouterState({ select: (state) => state.location.pathname });
  useStart(at);
  return (
    <>
      <Button variant="plain" aria-label={t("palette.title")} icon={<SearchIcon />} onClick={() => find(true)} />
      <Tasks />
      <Centre />
      <ButtonTo to={`/help?about=${at.split("/")[1] ?? ""}`} variant="plain" aria-label={t("help.title")} icon={<QuestionIcon />} />
      {finding && (
        <Suspense>
          <Palette staff={staff} close={() => find(false)} />
        </Suspense>
      )}
    </>
  );
}

let landed = false;
/** The page that the person begins with, once, and only from the overview (UI-318). */
function useStart(at: string): void {
  const navigate = useNavigate();
  const [{ start }, , known] = usePreferences();
  useEffect(() => {
    if (landed || !known) return;
    landed = true;
    if (at === "/" && start && start !== "/") void navigate({ to: start as never, replace: true });
  }, [known, at, start, navigate]);
}

/** Whatever runs for the person, wherever it was begun (UI-304). */
function Tasks() {
  const { t } = useTexts();
  const { works } = useWork();
  const { items } = useUploads();
  const servers = (useServers().data ?? []).filter(isBusy);
  const volumes = (useVolumes().data ?? []).filter((one) =>
    ["creating", "attaching", "detaching", "deleting"].includes(one.status),
  );
  const running = works.filter((one) => !one.over);
  const uploads = items.filter((one) => one.state === "running" || one.state === "pending");
  const count = servers.length + volumes.length + running.length + uploads.length;
  return (
    <Popover
      aria-label={t("work.title")}
      headerContent={t("work.title")}
      position="bottom-end"
      bodyContent={
        count ? (
          <ul className="plain tasks">
            {servers.map((one) => (
              <li key={`s${one.id}`}>
                <To to={`/servers/${one.id}/overview`}>{shown(one.name)}</To>{" "}
                <span className="quiet">{stateShown(one)}</span>
                {one.status === "BUILD" && (
                  <Progress size="sm" value={one.progress} aria-label={shown(one.name)} />
                )}
              </li>
            ))}
            {volumes.map((one) => (
              <li key={`v${one.id}`}>
                <To to="/volumes">{shown(one.display_name || one.id)}</To> <span className="quiet">{one.status}</span>
              </li>
            ))}
            {uploads.map((one) => (
              <li key={`u${one.id}`}>
                {shown(one.file.name)} <span className="quiet">{t(`uploads.${one.state}`)}</span>
                {one.progress && (
                  <Progress
                    size="sm"
                    value={one.progress.total ? (100 * one.progress.done) / one.progress.total : 0}
                    aria-label={shown(one.file.name)}
                  />
                )}
              </li>
            ))}
            {running.map((one) => {
              const done = one.shown.filter((each) => each.state !== "waiting" && each.state !== "running").length;
              return (
                <li key={`w${one.id}`}>
                  {one.title}
                  <Progress size="sm" value={(100 * done) / Math.max(1, one.shown.length)} aria-label={one.title} />
                </li>
              );
            })}
          </ul>
        ) : (
          t("work.none")
        )
      }
    >
      <Button variant="plain" aria-label={t("work.open", { count })} icon={<ListIcon />}>
        {count > 0 && <Badge>{count}</Badge>}
      </Button>
    </Popover>
  );
}

interface Told extends News {
  id: number;
  when: number;
}
let next = 1;
const MOST = 50;

/** What happened while one looked elsewhere (UI-314). */
function Centre() {
  const { t, language } = useTexts();
  const [told, setTold] = useState<Told[]>([]);
  const [unread, setUnread] = useState(0);
  const [wishes, prefer] = usePreferences();
  const project = useProjectName();
  const resource = useResourceName();
  const servers = useServers().data;
  const quotas = useQuotas().data;
  const notices = useQuery({ queryKey: keys.notices, queryFn: cloud.notices, refetchInterval: 60_000 }).data;
  const projects = useQuery({
    queryKey: ["projects", "related"],
    queryFn: () => identity.projects("all"),
    refetchInterval: 60_000,
  }).data;
  const desktop = !!wishes.desktop && globalThis.Notification?.permission === "granted";
  const tell = (news: News[]) => {
    if (!news.length) return;
    setTold((all) => [...news.map((one) => ({ ...one, id: next++, when: Date.now() })), ...all].slice(0, MOST));
    setUnread((count) => count + news.length);
    if (desktop && document.hidden) for (const one of news) new Notification(t(one.key, one.values));
  };
  useChange(servers, (before, now) => tell(built(before, now)));
  useChange(quotas, (before, now) => tell(filled(before, now, (one, what) => `${project(one)}, ${resource(what)}`)));
  useChange(projects, (before, now) => tell(decided(before, now)));
  useChange(notices?.notices, (before, now) => {
    const known = new Set(before.map((one) => one.id));
    tell(
      now
        .filter((one) => !known.has(one.id))
        .map((one) => ({
          key: "news.notice",
          values: { text: one.texts[language] ?? one.texts["en"] ?? "" },
          to: "/",
          bad: one.level === "critical",
        })),
    );
  });
  return (
    <Popover
      aria-label={t("news.title")}
      headerContent={t("news.title")}
      position="bottom-end"
      onShow={() => setUnread(0)}
      bodyContent={
        <>
          {told.length === 0 && <p>{t("news.none")}</p>}
          <ul className="plain tasks" aria-live="polite">
            {told.map((one) => (
              <li key={one.id}>
                <To to={one.to}>{t(one.key, one.values)}</To>{" "}
                <span className="quiet">{ago(one.when, language)}</span>
              </li>
            ))}
          </ul>
          {told.length > 0 && (
            <Button variant="link" isInline onClick={() => setTold([])}>
              {t("news.clear")}
            </Button>
          )}{" "}
          {globalThis.Notification && (
            <Button
              variant="link"
              isInline
              aria-pressed={desktop}
              onClick={() => {
                if (desktop) return prefer({ desktop: false });
                void Notification.requestPermission().then((answer) => prefer({ desktop: answer === "granted" }));
              }}
            >
              {t(desktop ? "news.desktopOff" : "news.desktopOn")}
            </Button>
          )}
        </>
      }
    >
      <Button variant="plain" aria-label={t("news.open", { count: unread })} icon={<BellIcon />}>
        {unread > 0 && <Badge>{unread}</Badge>}
      </Button>
    </Popover>
  );
}

function useChange<T>(now: T | undefined, told: (before: T, now: T) => void): void {
  const before = useRef(now);
  useEffect(() => {
    if (before.current !== undefined && now !== undefined && before.current !== now) told(before.current, now);
    if (now !== undefined) before.current = now;
  }, [now]);
}

const EARLY = 120_000;

/** Without a network, and before the session's end (UI-312, UI-313). */
export function Warnings() {
  const { t } = useTexts();
  const online = useOnline();
  const [left, setLeft] = useState(Infinity);
  useEffect(() => {
    const look = () => setLeft((sessionEnds() ?? Infinity) - Date.now());
    look();
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      {!online && <Alert isInline variant="warning" title={t("offline.title")}>{t("offline.text")}</Alert>}
      {left < EARLY && left > 0 && (
        <Alert
          isInline
          variant="warning"
          title={t("ending.title", { minutes: Math.max(1, Math.ceil(left / 60_000)) })}
          actionLinks={
            <Button variant="link" isInline onClick={askAgain}>
              {t("ending.stay")}
            </Button>
          }
        />
      )}
    </>
  );
}
