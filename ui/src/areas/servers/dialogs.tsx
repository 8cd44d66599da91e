/** Resizing a server, and giving it to another project. */
import { Alert, Button, FormSelect, FormSelectOption } from "@patternfly/react-core";
import { useState } from "react";
import type { Flavor, Server } from "../../api/compute";
import * as compute from "../../api/compute";
import { changed, keys, reassigned, useFlavors, useMe, useQuotas } from "../../api/queries";
import { Dialog } from "../../parts/dialog";
import { Field } from "../../parts/field";
import { bytes, shown } from "../../parts/format";
import { ProjectSelect, useProjectName } from "../../parts/project";
import { QuotaBar, useAmount } from "../../parts/quotabar";
import { ShareBox } from "../../parts/sharebox";
import { useTexts } from "../../texts";
import { useServerActions } from "./actions";
import { fitsProject, leftForResize, usedBy } from "./room";

export function ResizeDialog({
  server,
  lacks = false,
  close,
}: {
  server: Server;
  /** It was to be started, and its project has no room for that. */
  lacks?: boolean;
  close: () => void;
}) {
  const { t, language } = useTexts();
  const flavors = useFlavors().data ?? [];
  const quotas = useQuotas().data ?? {};
  const act = useServerActions();
  const amount = useAmount();
  const now = flavors.find((one) => one.id === server.flavor.id);
  const [cpu, setCpu] = useState<number | null>(null);
  const [ram, setRam] = useState<number | null>(null);
  const running = server.status === "ACTIVE";
  const fitting = flavors.filter(
    (one) =>
      now &&
      one.disk === now.disk &&
      one["SNF:volume_type"] === now["SNF:volume_type"],
  );
  const wanted = { vcpus: cpu ?? now?.vcpus ?? 0, ram: ram ?? now?.ram ?? 0 };
  const left = leftForResize(quotas, server.tenant_id, running);
  const over = (what: "vcpus" | "ram", value: number) =>
    !!now && (value - now[what]) * (what === "ram" ? 2 ** 20 : 1) > left[what];
  const chosen = fitting.find((one) => one.vcpus === wanted.vcpus && one.ram === wanted.ram);
  const values = (what: "vcpus" | "ram"): number[] =>
    [...new Set(fitting.map((one: Flavor) => one[what]))].sort((a, b) => a - b);
  const select = (
    id: string,
    label: string,
    what: "vcpus" | "ram",
    set: (value: number) => void,
    text: (value: number) => string,
  ) => (
    <Field id={id} label={label}>
      <FormSelect id={id} value={String(wanted[what])} onChange={(_, value) => set(Number(value))}>
        {values(what).map((value) => (
          <FormSelectOption
            key={value}
            value={String(value)}
            isDisabled={value !== now?.[what] && over(what, value)}
            label={`${text(value)}${value === now?.[what] ? ` (${t("resize.now")})` : ""}`}
          />
        ))}
      </FormSelect>
    </Field>
  );
  return (
    <Dialog
      title={t("resize.title", { name: shown(server.name) })}
      verb={t("action.resize")}
      close={close}
      ready={!running && !!chosen && chosen.id !== server.flavor.id}
      submit={async () => {
        await compute.act(server.id, { resize: { flavorRef: chosen?.id } });
        changed(keys.servers, keys.quotas);
      }}
    >
      {lacks && <Alert isInline variant="warning" title={t("action.noQuota")} />}
      {running && (
        <Alert
          isInline
          variant="info"
          title={t("resize.stopFirst")}
          actionLinks={
            <Button variant="link" isInline onClick={() => void act("shutdown", [server])}>
              {t("action.shutdown")}
            </Button>
          }
        />
      )}
      <p className="quiet">
        {t("resize.left", { cpu: amount(left.vcpus, null), ram: amount(left.ram, "bytes") })}
      </p>
      {select("resize-cpu", t("resize.cpu", { left: amount(left.vcpus, null) }), "vcpus", setCpu, String)}
      {select(
        "resize-ram",
        t("resize.ram", { left: amount(left.ram, "bytes") }),
        "ram",
        setRam,
        (value) => bytes(value * 2 ** 20, language),
      )}
      {!chosen && fitting.length > 0 && <Alert isInline variant="info" title={t("resize.none")} />}
    </Dialog>
  );
}

/** What a project's quota would be with the server, and is without. */
function Preview({ server, project, title }: { server: Server; project: string; title: string }) {
  const flavors = useFlavors().data ?? [];
  const quotas = useQuotas().data ?? {};
  const flavor = flavors.find((one) => one.id === server.flavor.id);
  if (!flavor) return null;
  const own = quotas[project] ?? {};
  return (
    <section aria-label={title} className="gap-above">
      <h3 className="group-title">{title}</h3>
      {usedBy(flavor, server.status === "ACTIVE").map(([resource, amount]) => {
        const holding = own[resource];
        if (!holding) return null;
        const unit = amount >= 2 ** 20 ? "bytes" : null;
        return <QuotaBar key={resource} resource={resource} holding={holding} unit={unit} />;
      })}
    </section>
  );
}

export function ReassignDialog({ server, close }: { server: Server; close: () => void }) {
  const { t } = useTexts();
  const me = useMe().data;
  const flavors = useFlavors().data ?? [];
  const quotas = useQuotas().data ?? {};
  const projectName = useProjectName();
  const [chosen, choose] = useState(server.tenant_id);
  const [shared, share] = useState(server.shared_to_project);
  const flavor = flavors.find((one) => one.id === server.flavor.id);
  const mine = me?.id === server.user_id;
  const fits = (project: string) =>
    project === server.tenant_id ||
    (!!flavor && fitsProject(quotas, project, flavor, server.status === "ACTIVE"));
  return (
    <Dialog
      title={t("reassign.title", { name: shown(server.name) })}
      verb={t("action.reassign")}
      close={close}
      ready={mine && (chosen !== server.tenant_id || shared !== server.shared_to_project)}
      submit={async () => {
        await compute.act(server.id, {
          reassign: { project: chosen, shared_to_project: shared },
        });
        reassigned(keys.servers, keys.volumes);
      }}
    >
      {!mine && <Alert isInline variant="info" title={t("reassign.notMine")} />}
      <Field id="reassign-project" label={t("common.project")} hint={t("reassign.hint")}>
        <ProjectSelect
          id="reassign-project"
          value={chosen}
          onChange={(project) => {
            choose(project);
            share(false);
          }}
          disabled={(project) => !fits(project)}
          note={(project) =>
            project === server.tenant_id ? t("resize.now") : fits(project) ? "" : t("quota.full")
          }
        />
      </Field>
      <ShareBox value={shared} set={share} disabled={!mine} />
      <Preview
        server={server}
        project={server.tenant_id}
        title={t("reassign.current", { project: projectName(server.tenant_id) })}
      />
      {chosen !== server.tenant_id && (
        <Preview
          server={server}
          project={chosen}
          title={t("reassign.chosen", { project: projectName(chosen) })}
        />
      )}
    </Dialog>
  );
}
