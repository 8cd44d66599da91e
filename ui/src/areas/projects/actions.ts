/** Joining and leaving, with the question that belongs to each (UI-256). */
import { useQuery } from "@tanstack/react-query";
import type { Membership, Project } from "../../api/identity";
import * as identity from "../../api/identity";
import { changed, keys } from "../../api/queries";
import { useConfirm } from "../../parts/confirm";
import { shown } from "../../parts/format";
import { useNotify } from "../../parts/notify";
import { useTexts, type Key } from "../../texts";
import type { OwnAction } from "./states";

/** My memberships and those of the projects that I steer. */
export function useMemberships(): Membership[] | undefined {
  return useQuery({
    queryKey: ["projects", "memberships"],
    queryFn: () => identity.memberships(),
  }).data;
}

export function refreshProjects(): void {
  changed(keys.projects, keys.me, keys.quotas);
}

const ASK: Record<OwnAction, Key> = {
  join: "projects.joinAsk",
  leave: "projects.leaveAsk",
  cancel: "projects.cancelAsk",
};

export const ownDeed = (action: OwnAction, project: Project, mine: Membership | undefined) =>
  action === "join" ? identity.joinProject(project.id) : identity.membershipAction(mine?.id ?? 0, action);

export function useOwnAction() {
  const { t } = useTexts();
  const confirm = useConfirm();
  const notify = useNotify();
  return async (action: OwnAction, project: Project, mine: Membership | undefined) => {
    const policy = action === "join" ? project.join_policy : project.leave_policy;
    const yes = await confirm({
      title: t(ASK[action], { name: shown(project.name) }),
      body:
        action !== "cancel" && policy === "moderated" ? t("projects.moderatedText") : undefined,
      verb: t(`projects.${action}`),
    });
    if (!yes) return;
    await notify.attempt(
      () => ownDeed(action, project, mine),
      t("common.done"),
    );
    refreshProjects();
  };
}
