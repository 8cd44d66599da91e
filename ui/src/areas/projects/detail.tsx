/** One project: what it is, its people, what it may use, what is asked for it. */
import { Alert, Button, Label, Tab, TabTitleText, Tabs, TextArea } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { Application, Project } from "../../api/identity";
import * as identity from "../../api/identity";
import { Fault } from "../../api/http";
import { useMe, useQuotas } from "../../api/queries";
import { Copied } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { Block, Facts } from "../../parts/facts";
import { FaultBanner } from "../../parts/fault";
import { Field } from "../../parts/field";
import { exact, number, shown } from "../../parts/format";
import { ButtonTo } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { isUnlimited } from "../../parts/quota";
import { saveText } from "../../parts/save";
import { csv } from "../../parts/tabledata";
import { useAmount, useResourceName } from "../../parts/quotabar";
import { useTexts, type Key } from "../../texts";
import { refreshProjects, useMemberships, useOwnAction } from "./actions";
import { Members } from "./members";
import { APPLICATION_WORDS, daysLeft, LIVE, ownAction, POLICY_WORDS, PROJECT_WORDS, steers, WARNED } from "./states";

export function ProjectDetail() {
  const { t } = useTexts();
  const { id, tab = "overview" } = useParams({ strict: false }) as { id: string; tab?: string };
  const router = useRouter();
  const me = useMe().data;
  const memberships = useMemberships();
  const act = useOwnAction();
  const found = useQuery({ queryKey: ["projects", id], queryFn: () => identity.project(id) });
  const trail = [{ title: t("nav.projects"), to: "/projects" }];
  const project = found.data;
  if (!project) {
    const gone = found.error instanceof Fault && [403, 404].includes(found.error.status);
    return (
      <View title={t("common.project")} trail={trail}>
        {gone ? (
          <Nothing title={t("missing.title")}>{t("missing.text")}</Nothing>
        ) : found.isError ? (
          <FaultBanner error={found.error} retry={() => void found.refetch()} />
        ) : (
          <Loading text={t("common.loading")} />
        )}
      </View>
    );
  }
  const steering = steers(project, me);
  const mine = memberships?.find(
    (one) => one.project === id && one.user === me?.id && LIVE.has(one.state),
  );
  const action = memberships && ownAction(project, mine);
  const tabs: [string, Key][] = [
    ["overview", "server.overview"],
    ["resources", "projects.resources"],
    ...(steering
      ? ([
          ["members", "groups.members"],
          ["applications", "projects.application"],
        ] as [string, Key][])
      : []),
  ];
  const word = PROJECT_WORDS[project.state];
  return (
    <View
      title={project.id === me?.id ? t("project.own") : shown(project.name)}
      trail={trail}
      lead={<Label color={project.state === "active" ? "green" : "orange"}>{word ? t(word) : project.state}</Label>}
      actions={
        <>
          {action && (
            <Button variant="secondary" onClick={() => void act(action, project, mine)}>
              {t(`projects.${action}`)}
            </Button>
          )}
          {steering && project.state === "active" && (!project.system_project || me?.is_admin) && (
            <ButtonTo to={`/projects/${id}/modify`} variant="secondary">
              {t("projects.modify")}
            </ButtonTo>
          )}
        </>
      }
    >
      {steering && <Ending project={project} />}
      <Tabs
        activeKey={tab}
        onSelect={(_, key) => void router.navigate({ to: `/projects/${id}/${key}` as never, replace: true })}
        aria-label={t("common.project")}
        className="gap-below"
        inset={{ default: "insetNone" }}
      >
        {tabs.map(([key, title]) => (
          <Tab key={key} eventKey={key} title={<TabTitleText>{t(title)}</TabTitleText>}>
            {tab === key && (
              <div className="gap-above">
                {key === "overview" && <Overview project={project} />}
                {key === "resources" && <Resources project={project} />}
                {key === "members" && <Members project={project} />}
                {key === "applications" && <LastApplication project={project} />}
              </div>
            )}
          </Tab>
        ))}
      </Tabs>
    </View>
  );
}

/** Before a project ends its owner is told, and asks for more time from here (UI-266). */
function Ending({ project }: { project: Project }) {
  const { t, language } = useTexts();
  const days = daysLeft(project.end_date);
  if (project.state !== "active" || project.system_project || days === null || days > WARNED) return null;
  return (
    <Alert
      isInline
      className="gap-below"
      variant="warning"
      title={t("projects.ending", { days: Math.max(0, days), date: exact(project.end_date ?? "", language) })}
      actionLinks={<ButtonTo to={`/projects/${project.id}/modify`} variant="link" isInline>{t("projects.renew")}</ButtonTo>}
    />
  );
}

function Overview({ project }: { project: Project }) {
  const { t, language } = useTexts();
  const me = useMe().data;
  const memberships = useMemberships();
  const names = useQuery({
    queryKey: ["names", project.owner],
    queryFn: () => identity.namesOf([project.owner ?? ""]),
    enabled: !!project.owner && project.owner !== me?.id && steers(project, me),
  }).data;
  const owner = project.owner
    ? project.owner === me?.id
      ? t("projects.me")
      : shown(names?.[project.owner] ?? (project.owner_name || project.owner))
    : "—";
  const policy = (name: string) => {
    const word = POLICY_WORDS[name];
    return word ? t(word) : name;
  };
  return (
    <Block title={t("files.details")}>
      <Facts
        columns={3}
        facts={[
          [t("shared.who"), owner],
          [t("projects.homepage"), shown(project.homepage) || "—"],
          [t("common.description"), shown(project.description) || "—"],
          [t("common.created"), exact(project.creation_date, language)],
          [t("projects.ends"), project.end_date ? exact(project.end_date, language) : "—"],
          [t("projects.joining"), policy(project.join_policy)],
          [t("projects.leaving"), policy(project.leave_policy)],
          [
            t("projects.mostMembers"),
            project.max_members === null || isUnlimited(project.max_members)
              ? t("quota.unlimited")
              : number(project.max_members, language),
          ],
          project.max_members !== null &&
            !isUnlimited(project.max_members) &&
            steers(project, me) && [
              t("projects.remaining"),
              number(
                Math.max(
                  0,
                  project.max_members -
                    (memberships ?? []).filter(
                      (one) => one.project === project.id && one.state !== "requested" && LIVE.has(one.state),
                    ).length,
                ),
                language,
              ),
            ],
          [t("common.id"), <Copied key="id" text={project.id} />],
        ]}
      />
    </Block>
  );
}

function Resources({ project }: { project: Project }) {
  const { t } = useTexts();
  const name = useResourceName();
  const amount = useAmount();
  const quotas = useQuotas().data?.[project.id];
  const resources = useQuery({
    queryKey: ["resources"],
    queryFn: identity.resources,
    staleTime: 600_000,
  }).data;
  return (
    <Block
      title={t("projects.resources")}
      actions={
        <Button
          variant="link"
          onClick={() =>
            saveText(
              `${project.name}.csv`,
              csv(Object.entries(project.resources), [
                { id: "r", title: t("projects.resource"), text: ([resource]) => name(resource) },
                { id: "m", title: t("projects.perMember"), text: ([, one]) => String(one.member_capacity) },
                { id: "t", title: t("projects.total"), text: ([, one]) => String(one.project_capacity) },
                { id: "u", title: t("nav.usage"), text: ([resource]) => String(quotas?.[resource]?.project_usage ?? "") },
              ]),
              "text/csv",
            )
          }
        >
          CSV
        </Button>
      }
    >
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">{t("projects.resource")}</th>
            <th scope="col">{t("projects.perMember")}</th>
            <th scope="col">{t("projects.total")}</th>
            <th scope="col">{t("nav.usage")}</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(project.resources).map(([resource, capacity]) => {
            const unit = resources?.[resource]?.unit ?? null;
            return (
              <tr key={resource}>
                <th scope="row">{name(resource)}</th>
                <td>{amount(capacity.member_capacity, unit)}</td>
                <td>{amount(capacity.project_capacity, unit)}</td>
                <td>{quotas?.[resource] ? amount(quotas[resource].project_usage, unit) : "—"}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Block>
  );
}

type Verdict = "approve" | "deny" | "cancel" | "dismiss";

function LastApplication({ project }: { project: Project }) {
  const { t } = useTexts();
  const me = useMe().data;
  const [asked, ask] = useState<Verdict | null>(null);
  const last = project.last_application;
  if (!last) return <Nothing title={t("application.none")} />;
  const word = APPLICATION_WORDS[last.state];
  const verdicts: Verdict[] = [
    ...(last.state === "pending" && me?.is_admin ? (["approve", "deny"] as const) : []),
    ...(last.state === "pending" && last.applicant === me?.id ? (["cancel"] as const) : []),
    ...(last.state === "denied" && last.applicant === me?.id ? (["dismiss"] as const) : []),
  ];
  return (
    <Block
      title={t("application.title", { id: last.id })}
      actions={verdicts.map((one) => (
        <Button
          key={one}
          variant={one === "approve" ? "primary" : "secondary"}
          isDanger={one === "deny"}
          onClick={() => ask(one)}
        >
          {t(`application.${one}`)}
        </Button>
      ))}
    >
      <p className="gap-below">
        <Label color={last.state === "pending" ? "orange" : last.state === "approved" ? "green" : "grey"}>
          {word ? t(word) : last.state}
        </Label>
      </p>
      <Differences project={project} last={last} />
      {last.comments && (
        <Facts columns={1} facts={[[t("application.comments"), shown(last.comments)]]} />
      )}
      {asked && <Judge project={project} last={last} verdict={asked} close={() => ask(null)} />}
    </Block>
  );
}

/** What the application would change, beside what stands (UI-261). */
function Differences({ project, last }: { project: Project; last: Application }) {
  const { t, language } = useTexts();
  const name = useResourceName();
  const amount = useAmount();
  const resources = useQuery({
    queryKey: ["resources"],
    queryFn: identity.resources,
    staleTime: 600_000,
  }).data;
  const date = (text: string | null | undefined) => (text ? exact(text, language) : "—");
  const rows: [string, string, string][] = [];
  const add = (title: string, now: string, then: string | null | undefined) => {
    if (then !== null && then !== undefined) rows.push([title, now, then]);
  };
  add(t("common.name"), project.name, last.name);
  add(t("projects.homepage"), project.homepage, last.homepage);
  add(t("common.description"), project.description, last.description);
  add(t("projects.ends"), date(project.end_date), last.end_date && date(last.end_date));
  add(t("projects.joining"), project.join_policy, last.join_policy);
  add(t("projects.leaving"), project.leave_policy, last.leave_policy);
  const both = (one: { member_capacity: number; project_capacity: number } | undefined, unit: string | null) =>
    one ? `${amount(one.member_capacity, unit)} / ${amount(one.project_capacity, unit)}` : "—";
  for (const [resource, wanted] of Object.entries(last.resources)) {
    const unit = resources?.[resource]?.unit ?? null;
    add(name(resource), both(project.resources[resource], unit), both(wanted, unit));
  }
  const fresh = project.state === "pending" || project.state === "uninitialized";
  return (
    <table className="plain-table gap-below">
      <thead>
        <tr>
          <th scope="col">{t("application.what")}</th>
          {!fresh && <th scope="col">{t("application.now")}</th>}
          <th scope="col">{t("application.asked")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([title, now, then]) => (
          <tr key={title}>
            <th scope="row">{title}</th>
            {!fresh && <td>{shown(now)}</td>}
            <td>{!fresh && now !== then ? <strong>{shown(then)}</strong> : shown(then)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Judge({
  project,
  last,
  verdict,
  close,
}: {
  project: Project;
  last: Application;
  verdict: Verdict;
  close: () => void;
}) {
  const { t } = useTexts();
  const notify = useNotify();
  const [reason, setReason] = useState("");
  const explains = verdict === "approve" || verdict === "deny";
  return (
    <Dialog
      title={`${t(`application.${verdict}`)}: ${shown(project.name)}`}
      verb={t(`application.${verdict}`)}
      close={close}
      submit={async () => {
        await identity.projectAction(project.id, verdict, {
          app_id: last.id,
          ...(reason ? { reason } : {}),
        });
        notify.tell("success", t("common.done"));
        refreshProjects();
      }}
    >
      {explains ? (
        <Field id="judge-reason" label={t("application.reason")}>
          <TextArea
            id="judge-reason"
            value={reason}
            onChange={(_, value) => setReason(value)}
            resizeOrientation="vertical"
          />
        </Field>
      ) : (
        <Alert isInline variant="info" title={t("application.sure")} />
      )}
    </Dialog>
  );
}
