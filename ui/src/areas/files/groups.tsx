/** Groups of people, to share with all of them at once (UI-217). */
import { Button, Label, LabelGroup } from "@patternfly/react-core";
import UsersIcon from "@patternfly/react-icons/dist/esm/icons/users-icon";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import * as files from "../../api/files";
import * as identity from "../../api/identity";
import { changed, useLive, useMe } from "../../api/queries";
import { useBulk } from "../../parts/bulk";
import { useConfirm } from "../../parts/confirm";
import { Dialog } from "../../parts/dialog";
import { FaultBanner } from "../../parts/fault";
import { TextField } from "../../parts/field";
import { shown } from "../../parts/format";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { DataTable } from "../../parts/table";
import { useTexts } from "../../texts";
import { splitNames } from "./kind";

const SHOWN_EVERY = 5_000;

export function Groups() {
  const { t } = useTexts();
  const me = useMe().data;
  const notify = useNotify();
  const confirm = useConfirm();
  const bulk = useBulk();
  const [editing, setEditing] = useState<{ name: string; members: string[] } | null>(null);
  const found = useLive(["files", "groups", me?.id ?? ""], () => files.groups(me?.id ?? ""), {
    fixed: SHOWN_EVERY,
    enabled: !!me,
  });
  const rows = Object.entries(found.data ?? {}).map(([name, members]) => ({ name, members }));
  const everybody = [...new Set(rows.flatMap((one) => one.members))];
  const names = useQuery({
    queryKey: ["names", ...everybody],
    queryFn: () => identity.namesOf(everybody),
    enabled: everybody.length > 0,
  }).data;
  const remove = async (name: string) => {
    const yes = await confirm({
      title: t("groups.deleteAsk", { name: shown(name) }),
      verb: t("common.delete"),
      danger: true,
    });
    if (!yes || !me) return;
    await notify.attempt(() => files.setGroup(me.id, name, []));
    changed(["files"]);
  };
  const drop = async (group: { name: string; members: string[] }, member: string) => {
    if (group.members.length === 1) return remove(group.name);
    if (!me) return;
    await notify.attempt(() =>
      files.setGroup(me.id, group.name, group.members.filter((one) => one !== member)),
    );
    changed(["files"]);
  };
  const button = (
    <Button onClick={() => setEditing({ name: "", members: [] })}>{t("groups.create")}</Button>
  );
  return (
    <View title={t("nav.groups")} lead={t("groups.lead")} actions={button}>
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <DataTable
          name="groups"
          bulk={[
            bulk<(typeof rows)[number]>({
              title: t("common.delete"),
              danger: true,
              name: (one) => shown(one.name),
              run: (one) => files.setGroup(me?.id ?? "", one.name, []),
              after: () => changed(["files"]),
            }),
          ]}
          rows={rows}
          id={(one) => one.name}
          empty={
            <Nothing icon={UsersIcon} title={t("groups.empty")} actions={button}>
              {t("groups.emptyText")}
            </Nothing>
          }
          columns={[
            {
              id: "name",
              title: t("common.name"),
              main: true,
              cell: (one) => shown(one.name),
              text: (one) => one.name,
            },
            {
              id: "members",
              title: t("groups.members"),
              cell: (one) => (
                <LabelGroup numLabels={20}>
                  {one.members.map((member) => (
                    <Label
                      key={member}
                      closeBtnAriaLabel={t("groups.drop", { name: names?.[member] ?? member })}
                      onClose={() => void drop(one, member)}
                    >
                      {shown(names?.[member] ?? member)}
                    </Label>
                  ))}
                </LabelGroup>
              ),
              text: (one) => one.members.map((member) => names?.[member] ?? member).join(" "),
            },
          ]}
          actions={(one) => [
            { title: t("groups.add"), onClick: () => setEditing(one) },
            { title: t("common.delete"), isDanger: true, onClick: () => void remove(one.name) },
          ]}
        />
      )}
      {editing && me && (
        <Edit
          account={me.id}
          group={editing}
          taken={rows.map((one) => one.name)}
          close={() => setEditing(null)}
        />
      )}
    </View>
  );
}

function Edit({
  account,
  group,
  taken,
  close,
}: {
  account: string;
  group: { name: string; members: string[] };
  taken: string[];
  close: () => void;
}) {
  const { t } = useTexts();
  const [name, setName] = useState(group.name);
  const [people, setPeople] = useState("");
  const [unknown, setUnknown] = useState<string[]>([]);
  const wrong =
    (!group.name && taken.includes(name) && t("files.taken")) ||
    (name !== name.toLowerCase() && t("groups.lower")) ||
    (encodeURIComponent(name).length > 256 && t("containers.long"));
  return (
    <Dialog
      title={group.name ? t("groups.add") : t("groups.create")}
      verb={t("common.save")}
      close={close}
      ready={!!name && !wrong && !!people.trim()}
      submit={async () => {
        const given = splitNames(people);
        const found = await identity.idsOf(given);
        const missing = given.filter((one) => !found[one]);
        setUnknown(missing);
        if (missing.length) throw new Error(t("share.unknown", { names: missing.join(", ") }));
        const ids = given.map((one) => found[one] as string);
        await files.setGroup(account, name, [...new Set([...group.members, ...ids])]);
        changed(["files"]);
      }}
    >
      {!group.name && (
        <TextField
          id="group-name"
          label={t("common.name")}
          value={name}
          set={setName}
          required
          wrong={wrong}
        />
      )}
      <TextField
        id="group-people"
        label={t("share.people")}
        value={people}
        set={setPeople}
        required
        wrong={unknown.length > 0 && t("share.unknown", { names: unknown.join(", ") })}
      />
    </Dialog>
  );
}
