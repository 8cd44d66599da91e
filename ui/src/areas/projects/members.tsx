/** The people of a project: who wait, who are in; letting in, turning away, adding (UI-263, UI-264). */
import { FormSelect, FormSelectOption, Button, Label, ToolbarItem } from "@patternfly/react-core";
import UsersIcon from "@patternfly/react-icons/dist/esm/icons/users-icon";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Membership, Project } from "../../api/identity";
import * as identity from "../../api/identity";
import { useAddress } from "../../parts/address";
import { useConfirm } from "../../parts/confirm";
import { Dialog } from "../../parts/dialog";
import { FaultBanner } from "../../parts/fault";
import { TextField } from "../../parts/field";
import { shown } from "../../parts/format";
import { Loading, Nothing } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { useWork } from "../../parts/work";
import { DataTable } from "../../parts/table";
import { useTexts, type Key } from "../../texts";
import { refreshProjects } from "./actions";
import { LIVE, MEMBER_WORDS } from "./states";

const VERBS: Record<"accept" | "reject" | "remove", Key> = {
  accept: "member.accept",
  reject: "member.reject",
  remove: "common.remove",
};
type Verb = keyof typeof VERBS;

export function Members({ project }: { project: Project }) {
  const { t } = useTexts();
  const [search, change] = useAddress();
  const confirm = useConfirm();
  const notify = useNotify();
  const { begin } = useWork();
  const [adding, setAdding] = useState(false);
  const which = search["members"] ?? "all";
  const found = useQuery({
    queryKey: ["projects", "memberships", project.id],
    queryFn: () => identity.memberships(project.id),
  });
  const all = (found.data ?? []).filter((one) => LIVE.has(one.state));
  const ids = all.map((one) => one.user);
  const names = useQuery({
    queryKey: ["names", ...ids],
    queryFn: () => identity.namesOf(ids),
    enabled: ids.length > 0,
  }).data;
  const pending = (one: Membership) => ["requested", "leave_requested"].includes(one.state);
  const rows = all.filter((one) =>
    which === "pending" ? pending(one) : which === "approved" ? one.state !== "requested" : true,
  );
  const name = (one: Membership) => shown(names?.[one.user] ?? one.user);
  const word = (one: Membership) => {
    const key = MEMBER_WORDS[one.state];
    return key ? t(key) : one.state;
  };
  const run = async (verb: Verb, chosen: Membership[]) => {
    const yes = await confirm({
      title: t("member.ask", { action: t(VERBS[verb]), names: chosen.map(name).join(", ") }),
      verb: t(VERBS[verb]),
      danger: verb !== "accept",
    });
    if (!yes) return;
    if (chosen.length > 1) {
      const pieces = chosen.map((one) => ({ name: name(one), run: () => identity.membershipAction(one.id, verb) }));
      await begin(t(VERBS[verb]), pieces, refreshProjects);
      return;
    }
    for (const one of chosen) await notify.attempt(() => identity.membershipAction(one.id, verb), undefined, name(one));
    refreshProjects();
  };
  const may = (verb: Verb) => (one: Membership) => one.allowed_actions.includes(verb);
  return (
    <>
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      <p className="gap-below-small">
        <Button onClick={() => setAdding(true)}>{t("groups.add")}</Button>{" "}
        {rows.length > 0 && (
          <Button component="a" variant="secondary" href={letterTo(rows.map(name), project.name)}>
            {t("member.write")}
          </Button>
        )}
      </p>
      {found.data && (
        <DataTable
          name="members"
          rows={rows}
          id={(one) => String(one.id)}
          first="name"
          filters={<Which value={which} set={(value) => change({ members: value })} />}
          empty={
            <>
              <Which value={which} set={(value) => change({ members: value })} />
              <Nothing icon={UsersIcon} title={t("member.noneHere")} />
            </>
          }
          columns={[
            { id: "name", title: t("common.name"), main: true, cell: name, text: name },
            {
              id: "state",
              title: t("common.status"),
              cell: (one) => (
                <Label isCompact color={pending(one) ? "orange" : "green"}>
                  {word(one)}
                </Label>
              ),
              text: word,
            },
          ]}
          bulk={(Object.keys(VERBS) as Verb[]).map((verb) => ({
            title: t(VERBS[verb]),
            danger: verb !== "accept",
            allowed: (chosen: Membership[]) => chosen.every(may(verb)),
            run: (chosen: Membership[]) => void run(verb, chosen),
          }))}
          actions={(one) =>
            (Object.keys(VERBS) as Verb[])
              .filter((verb) => may(verb)(one))
              .map((verb) => ({
                title: t(VERBS[verb]),
                isDanger: verb !== "accept",
                onClick: () => void run(verb, [one]),
              }))
          }
        />
      )}
      {adding && <Add project={project} close={() => setAdding(false)} />}
    </>
  );
}

function Which({ value, set }: { value: string; set: (value: string) => void }) {
  const { t } = useTexts();
  return (
    <ToolbarItem>
      <FormSelect aria-label={t("member.which")} value={value} onChange={(_, wanted) => set(wanted)}>
        <FormSelectOption value="all" label={t("member.all")} />
        <FormSelectOption value="approved" label={t("member.accepted")} />
        <FormSelectOption value="pending" label={t("member.waiting")} />
      </FormSelect>
    </ToolbarItem>
  );
}

function Add({ project, close }: { project: Project; close: () => void }) {
  const { t } = useTexts();
  const [text, setText] = useState("");
  const [unknown, setUnknown] = useState<string[]>([]);
  return (
    <Dialog
      title={t("groups.add")}
      verb={t("common.add")}
      close={close}
      ready={!!text.trim()}
      submit={async () => {
        const given = [...new Set(text.split(/[\s,;]+/).filter(Boolean))];
        const known = await identity.idsOf(given);
        const missing = given.filter((one) => !known[one]);
        setUnknown(missing);
        if (missing.length) throw new Error(t("share.unknown", { names: missing.join(", ") }));
        for (const one of given) await identity.enrollMember(project.id, one);
        refreshProjects();
      }}
    >
      <TextField
        id="member-people"
        label={t("share.people")}
        value={text}
        set={(value) => {
          setText(value);
          setUnknown([]);
        }}
        required
        wrong={unknown.length > 0 && t("share.unknown", { names: unknown.join(", ") })}
      />
    </Dialog>
  );
}

/** A letter in the person's own program; nobody sees the others' addresses. */
export const letterTo = (addresses: string[], project: string): string =>
  `mailto:?bcc=${addresses.filter((one) => one.includes("@")).map(encodeURIComponent).join(",")}&subject=${encodeURIComponent(project)}`;
