/** Asking for a project, or for a change of one: the form, a summary, then it is sent (UI-258 to 261). */
import {
  Alert,
  Button,
  Checkbox,
  Form,
  FormSelect,
  FormSelectOption,
  TextArea,
  TextInput,
} from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { Project, Resource } from "../../api/identity";
import * as identity from "../../api/identity";
import { useMe } from "../../api/queries";
import { Block, Facts } from "../../parts/facts";
import { FaultDetails, titleOf } from "../../parts/fault";
import { Field, TextField } from "../../parts/field";
import { shown } from "../../parts/format";
import { Loading, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { useAmount, useResourceName } from "../../parts/quotabar";
import { useTexts } from "../../texts";
import { refreshProjects } from "./actions";
import { POLICIES, POLICY_WORDS } from "./states";
import { bodyOf, capacitiesOf, EMPTY, faultsOf, wishOf, type Wish } from "./wish";

export function Apply() {
  const { t } = useTexts();
  const { id } = useParams({ strict: false }) as { id?: string };
  const me = useMe().data;
  const resources = useQuery({
    queryKey: ["resources"],
    queryFn: identity.resources,
    staleTime: 600_000,
  }).data;
  const project = useQuery({
    queryKey: ["projects", id],
    queryFn: () => identity.project(id ?? ""),
    enabled: !!id,
  }).data;
  const trail = [{ title: t("nav.projects"), to: "/projects" }];
  if (!resources || !me || (id && !project)) {
    return (
      <View title={t(id ? "projects.modify" : "projects.create")} trail={trail}>
        <Loading text={t("common.loading")} />
      </View>
    );
  }
  return <Filled key={id} project={project} resources={resources} />;
}

function Filled({
  project,
  resources,
}: {
  project?: Project;
  resources: Record<string, Resource>;
}) {
  const { t } = useTexts();
  const router = useRouter();
  const notify = useNotify();
  const [wish, setWish] = useState<Wish>(project ? wishOf(project, resources) : EMPTY);
  const [tried, setTried] = useState(false);
  const [summing, setSumming] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const locked = !!project?.system_project;
  const today = new Date().toISOString().slice(0, 10);
  const faults = faultsOf(wish, resources, today, locked);
  const title = project
    ? `${t("projects.modify")}: ${shown(project.name)}`
    : t("projects.create");
  const send = async () => {
    if (busy) return;
    setBusy(true);
    setFault(null);
    try {
      const body = bodyOf(wish, resources, locked);
      const made = project
        ? await identity.modifyProject(project.id, body)
        : await identity.applyForProject(body);
      notify.tell("success", t("apply.sent"));
      refreshProjects();
      void router.navigate({
        to: `/projects/${project?.id ?? (made as { id: string }).id}/applications` as never,
      });
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <View
      title={title}
      trail={[{ title: t("nav.projects"), to: "/projects" }]}
      lead={summing ? t("apply.check") : t("apply.lead")}
    >
      {fault !== null && (
        <Alert isInline variant="danger" title={t(titleOf(fault))} className="gap-below">
          <FaultDetails error={fault} />
        </Alert>
      )}
      {summing ? (
        <>
          <Summary wish={wish} resources={resources} locked={locked} />
          <Button onClick={() => void send()} isLoading={busy} isDisabled={busy}>
            {t("apply.send")}
          </Button>{" "}
          <Button variant="secondary" onClick={() => setSumming(false)}>
            {t("apply.back")}
          </Button>
        </>
      ) : (
        <Form
          className="form-narrow"
          onSubmit={(event) => {
            event.preventDefault();
            setTried(true);
            if (!Object.keys(faults).length) setSumming(true);
          }}
        >
          <Fields
            wish={wish}
            set={(change) => setWish({ ...wish, ...change })}
            faults={tried ? faults : {}}
            resources={resources}
            locked={locked}
          />
          <div>
            <Button type="submit">{t("wizard.next")}</Button>
          </div>
        </Form>
      )}
    </View>
  );
}

function Fields({
  wish,
  set,
  faults,
  resources,
  locked,
}: {
  wish: Wish;
  set: (change: Partial<Wish>) => void;
  faults: ReturnType<typeof faultsOf>;
  resources: Record<string, Resource>;
  locked: boolean;
}) {
  const { t } = useTexts();
  const name = useResourceName();
  const wrong = (field: string) => {
    const key = faults[field];
    return key ? t(key) : false;
  };
  const free = Object.keys(resources).filter(
    (one) => resources[one]?.ui_visible && !(one in wish.amounts),
  );
  return (
    <>
      {!locked && (
        <>
          <TextField
            id="project-name"
            label={t("common.name")}
            value={wish.name}
            set={(value) => set({ name: value })}
            hint={t("apply.nameHint")}
            wrong={wrong("name")}
            required
          />
          <TextField
            id="project-home"
            label={t("projects.homepage")}
            value={wish.homepage}
            set={(value) => set({ homepage: value })}
            wrong={wrong("homepage")}
            hint="https://…"
          />
          <Field id="project-text" label={t("common.description")}>
            <TextArea
              id="project-text"
              value={wish.description}
              onChange={(_, value) => set({ description: value })}
              resizeOrientation="vertical"
            />
          </Field>
          <TextField
            id="project-starts"
            type="date"
            label={t("projects.starts")}
            value={wish.starts}
            set={(value) => set({ starts: value })}
            wrong={wrong("starts")}
            hint={t("apply.startHint")}
          />
          <TextField
            id="project-ends"
            type="date"
            label={t("projects.ends")}
            value={wish.ends}
            set={(value) => set({ ends: value })}
            wrong={wrong("ends")}
            required
          />
          {(["join", "leave"] as const).map((one) => (
            <Field
              key={one}
              id={`project-${one}`}
              label={t(one === "join" ? "projects.joining" : "projects.leaving")}
            >
              <FormSelect
                id={`project-${one}`}
                value={wish[one]}
                onChange={(_, value) => set({ [one]: value })}
              >
                {POLICIES.map((each) => (
                  <FormSelectOption
                    key={each}
                    value={each}
                    label={t(POLICY_WORDS[each] ?? "policy.auto")}
                  />
                ))}
              </FormSelect>
            </Field>
          ))}
          <Checkbox
            id="project-unlimited"
            label={t("apply.anyMembers")}
            isChecked={wish.unlimited}
            onChange={(_, wanted) => set({ unlimited: wanted })}
          />
          {!wish.unlimited && (
            <TextField
              id="project-members"
              label={t("projects.mostMembers")}
              value={wish.members}
              set={(value) => set({ members: value })}
              wrong={wrong("members")}
            />
          )}
          <Checkbox
            id="project-private"
            label={t("apply.private")}
            isChecked={wish.private}
            onChange={(_, wanted) => set({ private: wanted })}
          />
        </>
      )}
      <fieldset>
        <legend className="legend">{t("projects.resources")}</legend>
        <p className="quiet">{t("apply.resourcesHint")}</p>
        {Object.entries(wish.amounts).map(([resource, amounts]) => (
          <div key={resource} className="gap-above">
            <strong>{name(resource)}</strong>{" "}
            <Button
              variant="link"
              isInline
              onClick={() =>
                set({
                  amounts: Object.fromEntries(
                    Object.entries(wish.amounts).filter(([one]) => one !== resource),
                  ),
                })
              }
            >
              {t("common.remove")}
            </Button>
            <div className="inline-form">
              {(["member", "total"] as const).map((which) => (
                <TextInput
                  key={which}
                  aria-label={`${name(resource)}: ${t(which === "member" ? "projects.perMember" : "projects.total")}`}
                  placeholder={t(which === "member" ? "projects.perMember" : "projects.total")}
                  value={amounts[which]}
                  validated={faults[resource] ? "error" : "default"}
                  onChange={(_, value) =>
                    set({
                      amounts: { ...wish.amounts, [resource]: { ...amounts, [which]: value } },
                    })
                  }
                />
              ))}
            </div>
            {faults[resource] && <p role="alert">{wrong(resource)}</p>}
          </div>
        ))}
        {faults["amounts"] && <p role="alert">{wrong("amounts")}</p>}
        <p className="gap-above">
          {free.map((one) => (
            <Button
              key={one}
              variant="secondary"
              size="sm"
              className="gap-after"
              onClick={() => set({ amounts: { ...wish.amounts, [one]: { member: "", total: "" } } })}
            >
              + {name(one)}
            </Button>
          ))}
        </p>
      </fieldset>
      <Field id="project-comments" label={t("application.comments")} hint={t("apply.commentsHint")}>
        <TextArea
          id="project-comments"
          value={wish.comments}
          onChange={(_, value) => set({ comments: value })}
          resizeOrientation="vertical"
        />
      </Field>
    </>
  );
}

function Summary({
  wish,
  resources,
  locked,
}: {
  wish: Wish;
  resources: Record<string, Resource>;
  locked: boolean;
}) {
  const { t } = useTexts();
  const name = useResourceName();
  const amount = useAmount();
  return (
    <Block title={t("apply.summary")}>
      <Facts
        facts={[
          ...(locked
            ? []
            : ([
                [t("common.name"), shown(wish.name)],
                [t("projects.homepage"), shown(wish.homepage) || "—"],
                [t("common.description"), shown(wish.description) || "—"],
                [t("projects.starts"), wish.starts || "—"],
                [t("projects.ends"), wish.ends],
                [t("projects.joining"), t(POLICY_WORDS[wish.join] ?? "policy.auto")],
                [t("projects.leaving"), t(POLICY_WORDS[wish.leave] ?? "policy.auto")],
                [
                  t("projects.mostMembers"),
                  wish.unlimited ? t("quota.unlimited") : wish.members,
                ],
              ] as [string, string][])),
          ...Object.entries(capacitiesOf(wish, resources)).map(
            ([resource, one]): [string, string] => {
              const unit = resources[resource]?.unit ?? null;
              return [
                name(resource),
                t("apply.amounts", {
                  member: amount(one.member_capacity, unit),
                  total: amount(one.project_capacity, unit),
                }),
              ];
            },
          ),
          [t("application.comments"), shown(wish.comments) || "—"],
        ]}
      />
    </Block>
  );
}
