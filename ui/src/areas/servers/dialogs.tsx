/** Resizing a server, and giving it to another project. */
import { Alert, Button, FormSelect, FormSelectOption } from "@patternfly/react-core";
import { useState } from "react";
import type { Server } from "../../api/compute";
import * as compute from "../../api/compute";
import { changed, keys, useFlavors, useMe, useQuotas } from "../../api/queries";
import { Dialog } from "../../parts/dialog";
import { Field } from "../../parts/field";
import { bytes, shown } from "../../parts/format";
import { leftOf } from "../../parts/quota";
import { ProjectSelect } from "../../parts/project";
import { useTexts } from "../../texts";
import { useServerActions } from "./actions";

export function ResizeDialog({ server, close }: { server: Server; close: () => void }) {
  const { t, language } = useTexts();
  const flavors = useFlavors().data ?? [];
  const quotas = useQuotas().data ?? {};
  const act = useServerActions();
  const now = flavors.find((one) => one.id === server.flavor.id);
  const [chosen, choose] = useState(server.flavor.id);
  const fitting = flavors.filter(
    (one) => now && one.disk === now.disk && one["SNF:volume_type"] === now["SNF:volume_type"],
  );
  const running = server.status === "ACTIVE";
  const lacks = (one: (typeof flavors)[number]) =>
    !!now &&
    (one.vcpus - now.vcpus > leftOf(quotas, server.tenant_id, "cyclades.cpu") ||
      (one.ram - now.ram) * 2 ** 20 > leftOf(quotas, server.tenant_id, "cyclades.ram"));
  return (
    <Dialog
      title={t("resize.title", { name: shown(server.name) })}
      verb={t("action.resize")}
      close={close}
      ready={!running && chosen !== server.flavor.id}
      submit={async () => {
        await compute.act(server.id, { resize: { flavorRef: chosen } });
        changed(keys.servers, keys.quotas);
      }}
    >
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
      <Field
        id="resize-flavor"
        label={t("servers.flavor")}
        hint={t("resize.left", {
          cpu: leftOf(quotas, server.tenant_id, "cyclades.cpu"),
          ram: bytes(leftOf(quotas, server.tenant_id, "cyclades.ram"), language),
        })}
      >
        <FormSelect
          id="resize-flavor"
          value={String(chosen)}
          onChange={(_, value) => choose(Number(value))}
        >
          {fitting.map((one) => (
            <FormSelectOption
              key={one.id}
              value={String(one.id)}
              isDisabled={one.id !== server.flavor.id && lacks(one)}
              label={`${one.vcpus} CPU · ${bytes(one.ram * 2 ** 20, language)}${
                one.id === server.flavor.id ? ` (${t("resize.now")})` : ""
              }`}
            />
          ))}
        </FormSelect>
      </Field>
    </Dialog>
  );
}

export function ReassignDialog({ server, close }: { server: Server; close: () => void }) {
  const { t } = useTexts();
  const me = useMe().data;
  const flavors = useFlavors().data ?? [];
  const quotas = useQuotas().data ?? {};
  const [chosen, choose] = useState(server.tenant_id);
  const flavor = flavors.find((one) => one.id === server.flavor.id);
  const mine = me?.id === server.user_id;
  const fits = (project: string) =>
    project === server.tenant_id ||
    (!!flavor &&
      leftOf(quotas, project, "cyclades.vm") >= 1 &&
      leftOf(quotas, project, "cyclades.disk") >= flavor.disk * 2 ** 30 &&
      (server.status !== "ACTIVE" ||
        (leftOf(quotas, project, "cyclades.cpu") >= flavor.vcpus &&
          leftOf(quotas, project, "cyclades.ram") >= flavor.ram * 2 ** 20)));
  return (
    <Dialog
      title={t("reassign.title", { name: shown(server.name) })}
      verb={t("action.reassign")}
      close={close}
      ready={mine && chosen !== server.tenant_id}
      submit={async () => {
        await compute.act(server.id, { reassign: { project: chosen } });
        changed(keys.servers, keys.quotas, keys.volumes);
      }}
    >
      {!mine && <Alert isInline variant="info" title={t("reassign.notMine")} />}
      <Field id="reassign-project" label={t("common.project")} hint={t("reassign.hint")}>
        <ProjectSelect
          id="reassign-project"
          value={chosen}
          onChange={choose}
          disabled={(project) => !fits(project)}
          note={(project) =>
            project === server.tenant_id ? t("resize.now") : fits(project) ? "" : t("quota.full")
          }
        />
      </Field>
    </Dialog>
  );
}
