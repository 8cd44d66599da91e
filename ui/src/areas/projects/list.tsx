/** Projects: mine, and all that anybody may join (UI-253 to UI-256). */
import { Button, Label, Switch } from "@patternfly/react-core";
import UsersIcon from "@patternfly/react-icons/dist/esm/icons/users-icon";
import { useQuery } from "@tanstack/react-query";
import type { Project } from "../../api/identity";
import * as identity from "../../api/identity";
import { useMe } from "../../api/queries";
import { useAddress } from "../../parts/address";
import { FaultBanner } from "../../parts/fault";
import { exact, shown } from "../../parts/format";
import { ButtonTo, To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useBulk } from "../../parts/bulk";
import { DataTable, type Column } from "../../parts/table";
import { useTexts } from "../../texts";
import { ownDeed, refreshProjects, useMemberships, useOwnAction } from "./actions";
import { LIVE, MEMBER_WORDS, ownAction, PROJECT_WORDS } from "./states";

export function ProjectList() {
  const { t } = useTexts();
  const me = useMe().data;
  const [search, change] = useAddress();
  const system = search["system"] === "yes";
  const found = useQuery({
    queryKey: ["projects", "related"],
    queryFn: () => identity.projects("all"),
  });
  const rows = (found.data ?? []).filter((one) => system || !one.system_project);
  return (
    <View
      title={t("nav.projects")}
      lead={t("projects.lead")}
      actions={
        <>
          <ButtonTo to="/projects/new">{t("projects.create")}</ButtonTo>
          <ButtonTo to="/projects/browse" variant="secondary">
            {t("projects.browse")}
          </ButtonTo>
        </>
      }
    >
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {me?.is_admin && (
        <Switch
          id="system-projects"
          className="gap-below-small"
          label={t("projects.system")}
          isChecked={system}
          onChange={(_, wanted) => change({ system: wanted ? "yes" : undefined })}
        />
      )}
      {found.data && (
        <ProjectTable
          name="projects"
          rows={rows}
          empty={
            <Nothing
              icon={UsersIcon}
              title={t("projects.none")}
              actions={
                <>
                  <ButtonTo to="/projects/browse">{t("projects.browse")}</ButtonTo>
                </>
              }
            >
              {t("projects.noneText")}
            </Nothing>
          }
        />
      )}
    </View>
  );
}

export function BrowseProjects() {
  const { t } = useTexts();
  const found = useQuery({
    queryKey: ["projects", "active"],
    queryFn: () => identity.projects("active"),
  });
  const rows = (found.data ?? []).filter((one) => !one.system_project);
  return (
    <View
      title={t("projects.browse")}
      lead={t("projects.how")}
      trail={[{ title: t("nav.projects"), to: "/projects" }]}
    >
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <ProjectTable
          name="projects-browse"
          rows={rows}
          empty={<Nothing icon={UsersIcon} title={t("projects.nonePublic")} />}
        />
      )}
    </View>
  );
}

function ProjectTable({
  name,
  rows,
  empty,
}: {
  name: string;
  rows: Project[];
  empty: React.ReactNode;
}) {
  const { t, language } = useTexts();
  const me = useMe().data;
  const memberships = useMemberships();
  const act = useOwnAction();
  const bulk = useBulk();
  const owners = [...new Set((me?.is_admin ? rows : []).map((one) => one.owner).filter((one): one is string => !!one))];
  const names = useQuery({
    queryKey: ["names", ...owners],
    queryFn: () => identity.namesOf(owners),
    enabled: owners.length > 0,
  }).data;
  const mine = (one: Project) =>
    memberships?.find((each) => each.project === one.id && each.user === me?.id && LIVE.has(each.state));
  const members = (one: Project, pending: boolean) =>
    (memberships ?? []).filter(
      (each) =>
        each.project === one.id &&
        (pending
          ? ["requested", "leave_requested"].includes(each.state)
          : ["accepted", "leave_requested"].includes(each.state)),
    ).length;
  const owner = (one: Project) =>
    one.owner === null
      ? "—"
      : one.owner === me?.id
        ? t("projects.me")
        : shown(names?.[one.owner] ?? (one.owner_name || one.owner));
  const status = (one: Project) => {
    const found = mine(one);
    const word = found && MEMBER_WORDS[found.state];
    return word ? t(word) : t("member.none");
  };
  const state = (one: Project) => {
    const word = PROJECT_WORDS[one.state];
    return word ? t(word) : one.state;
  };
  const steered = (one: Project) => me?.is_admin || one.owner === me?.id;
  const columns: Column<Project>[] = [
    {
      id: "name",
      title: t("common.name"),
      main: true,
      width: 25,
      cell: (one) => (
        <>
          <To to={`/projects/${one.id}/overview`}>
            {one.id === me?.id ? t("project.own") : shown(one.name)}
          </To>{" "}
          {one.last_application?.state === "pending" && one.state !== "pending" && (
            <Label isCompact color="orange">
              {t("projects.changing")}
            </Label>
          )}
        </>
      ),
      text: (one) => one.name,
    },
    { id: "state", title: t("common.status"), cell: state, text: state },
    {
      id: "created",
      title: t("projects.applied"),
      cell: (one) => exact(one.creation_date, language).split(",").slice(0, 2).join(","),
      text: (one) => one.creation_date,
    },
    {
      id: "ends",
      title: t("projects.ends"),
      cell: (one) => (one.end_date ? exact(one.end_date, language).split(",").slice(0, 2).join(",") : "—"),
      text: (one) => one.end_date ?? "",
    },
    {
      id: "members",
      title: t("groups.members"),
      cell: (one) =>
        steered(one) ? (
          <>
            {members(one, false)}{" "}
            {members(one, true) > 0 && (
              <To to={`/projects/${one.id}/members`}>
                {t("projects.waiting", { count: members(one, true) })}
              </To>
            )}
          </>
        ) : (
          "—"
        ),
      text: (one) => (steered(one) ? String(members(one, false)) : ""),
      order: (one) => members(one, false),
    },
    { id: "owner", title: t("shared.who"), cell: owner, text: owner },
    { id: "mine", title: t("projects.mine"), cell: status, text: status },
    {
      id: "do",
      title: t("table.actions"),
      cell: (one) => {
        const action = memberships && ownAction(one, mine(one));
        return action ? (
          <Button variant="link" isInline onClick={() => void act(action, one, mine(one))}>
            {t(`projects.${action}`)}
          </Button>
        ) : null;
      },
      text: () => "",
    },
  ];
  return (
    <DataTable
      bulk={(["join", "leave", "cancel"] as const).map((what) =>
        bulk<Project>({
          title: t(`projects.${what}`),
          allowed: (one) => !!memberships && ownAction(one, mine(one)) === what,
          name: (one) => shown(one.name),
          run: (one) => ownDeed(what, one, mine(one)),
          after: refreshProjects,
        }),
      )}
      name={name} rows={rows} columns={columns} id={(one) => one.id} first="name" empty={empty} />
  );
}
