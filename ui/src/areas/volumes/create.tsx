/** A new disk in five steps: what it holds, its server, its size, its name, and a last look. */
import {
  Alert,
  Form,
  FormSelect,
  FormSelectOption,
  Radio,
  ToggleGroup,
  ToggleGroupItem,
  Wizard,
  WizardStep,
} from "@patternfly/react-core";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import {
  changed,
  keys,
  useFlavors,
  useImages,
  useMe,
  useQuotas,
  useServers,
  useVolumeTypes,
} from "../../api/queries";
import { configuration } from "../../api/session";
import * as volumes from "../../api/volumes";
import { useAddress } from "../../parts/address";
import { Facts } from "../../parts/facts";
import { FaultDetails, titleOf } from "../../parts/fault";
import { Field, TextField } from "../../parts/field";
import { bytes, shown } from "../../parts/format";
import { Loading, View } from "../../parts/page";
import { ProjectSelect, useProjectName } from "../../parts/project";
import { leftOf } from "../../parts/quota";
import { useTexts, type Key } from "../../texts";
import { SizeInput } from "./size";
import { refusal, sizes, typesFor } from "./states";

const STEPS = ["contents", "server", "size", "name", "confirm"] as const;
const KINDS: ["blank" | "images" | "snapshots", Key][] = [
  ["blank", "volumes.blank"],
  ["images", "volumes.images"],
  ["snapshots", "nav.snapshots"],
];

export function CreateVolume() {
  const { t, language } = useTexts();
  const router = useRouter();
  const [, change] = useAddress();
  const me = useMe().data;
  const images = useImages();
  const servers = useServers();
  const flavors = useFlavors().data ?? [];
  const allTypes = useVolumeTypes();
  const quotas = useQuotas().data ?? {};
  const projectName = useProjectName();
  const told = configuration.told;
  const [kind, setKind] = useState<(typeof KINDS)[number][0]>("blank");
  const [source, setSource] = useState("");
  const [server, setServer] = useState("");
  const [type, setType] = useState("");
  const [size, setSize] = useState(1);
  const [project, setProject] = useState("");
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);

  if (images.isPending || servers.isPending || allTypes.isPending) {
    return (
      <View title={t("volumes.create")}>
        <Loading text={t("common.loading")} />
      </View>
    );
  }
  const listed = (images.data ?? []).filter((one) => one.is_snapshot === (kind === "snapshots"));
  const image = kind === "blank" ? undefined : images.data?.find((one) => one.id === source);
  const flavorOf = (id: string) => {
    const found = servers.data?.find((one) => String(one.id) === id);
    return flavors.find((one) => one.id === found?.flavor.id);
  };
  const types = typesFor(
    allTypes.data ?? [],
    server ? flavorOf(server) : undefined,
    told.detachable,
  );
  const chosenType = types.find((one) => String(one.id) === type) ?? types[0];
  const chosenProject = project || (me?.default_project ?? "");
  const free = leftOf(quotas, chosenProject, "cyclades.disk");
  const [least, most] = sizes(image?.size ?? 0, free, told.volume_max);
  const wanted = Math.max(least, Math.min(size, Math.max(least, most)));
  const fits = least <= most;
  const typeName = (template: string, plain: string) => told.disk_types[template]?.[0] ?? plain;
  const serverName = shown(
    servers.data?.find((one) => String(one.id) === server)?.name ?? t("common.none"),
  );

  const submit = async () => {
    if (busy) return;
    setBusy(true);
    setFault(null);
    try {
      await volumes.createVolume({
        size: wanted,
        display_name: name,
        display_description: text,
        project: chosenProject,
        ...(server ? { server_id: Number(server) } : { volume_type: Number(chosenType?.id) }),
        ...(image ? (image.is_snapshot ? { snapshot_id: image.id } : { imageRef: image.id }) : {}),
      });
      changed(keys.volumes, keys.servers, keys.quotas);
      void router.navigate({ to: "/volumes" as never });
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  const footer = {
    nextButtonText: t("wizard.next"),
    backButtonText: t("wizard.back"),
    cancelButtonText: t("common.cancel"),
  };
  const filled = kind === "blank" || !!image;

  return (
    <View title={t("volumes.create")} trail={[{ title: t("nav.volumes"), to: "/volumes" }]}>
      <Wizard
        className="wizard"
        navAriaLabel={t("wizard.steps")}
        isVisitRequired
        onStepChange={(_, step) => change({ step: String(step.id) })}
        onClose={() => void router.navigate({ to: "/volumes" as never })}
        onSave={() => void submit()}
      >
        <WizardStep
          id={STEPS[0]}
          name={t("volumes.contents")}
          footer={{ ...footer, isNextDisabled: !filled }}
        >
          <ToggleGroup aria-label={t("volumes.kinds")} className="gap-below">
            {KINDS.map(([each, title]) => (
              <ToggleGroupItem
                key={each}
                text={t(title)}
                isSelected={kind === each}
                onChange={() => setKind(each)}
              />
            ))}
          </ToggleGroup>
          {kind !== "blank" && listed.length === 0 && (
            <p className="quiet">{t("wizard.noImages")}</p>
          )}
          {kind !== "blank" &&
            listed.map((one) => (
              <Radio
                key={one.id}
                id={`source-${one.id}`}
                name="source"
                label={`${shown(one.name)} · ${bytes(one.size, language)}`}
                isDisabled={one.status !== "AVAILABLE"}
                isChecked={source === one.id}
                onChange={() => setSource(one.id)}
              />
            ))}
        </WizardStep>
        <WizardStep id={STEPS[1]} name={t("volumes.serverStep")} isDisabled={!filled} footer={footer}>
          <Radio
            id="server-none"
            name="server"
            label={t("common.none")}
            description={t("volumes.detachableOnly")}
            isChecked={!server}
            onChange={() => setServer("")}
          />
          {(servers.data ?? []).map((one) => {
            const why = refusal(one, flavorOf(String(one.id)), kind !== "blank");
            return (
              <Radio
                key={one.id}
                id={`server-${one.id}`}
                name="server"
                label={shown(one.name)}
                description={why ? t(why) : undefined}
                isDisabled={!!why}
                isChecked={server === String(one.id)}
                onChange={() => setServer(String(one.id))}
              />
            );
          })}
        </WizardStep>
        <WizardStep
          id={STEPS[2]}
          name={t("volumes.sizeStep")}
          isDisabled={!filled}
          footer={{ ...footer, isNextDisabled: !fits || !chosenType }}
        >
          <Form onSubmit={(event) => event.preventDefault()}>
            <Field id="volume-project" label={t("common.project")}>
              <ProjectSelect
                id="volume-project"
                value={chosenProject}
                onChange={setProject}
                note={(id) =>
                  t("containers.free", {
                    free: bytes(leftOf(quotas, id, "cyclades.disk"), language),
                  })
                }
              />
            </Field>
            <Field
              id="volume-type"
              label={t("common.type")}
              wrong={!chosenType && t("volumes.noType")}
              hint={chosenType && told.disk_types[chosenType["SNF:disk_template"]]?.[1]}
            >
              <FormSelect
                id="volume-type"
                value={String(chosenType?.id ?? "")}
                isDisabled={!!server}
                onChange={(_, value) => setType(value)}
              >
                {types.map((one) => (
                  <FormSelectOption
                    key={one.id}
                    value={String(one.id)}
                    label={typeName(one["SNF:disk_template"], shown(one.name))}
                  />
                ))}
              </FormSelect>
            </Field>
            <Field id="volume-size" label={t("common.size")} wrong={!fits && t("quota.full")}>
              <SizeInput id="volume-size" value={wanted} least={least} most={most} set={setSize} />
            </Field>
          </Form>
        </WizardStep>
        <WizardStep id={STEPS[3]} name={t("volumes.nameStep")} isDisabled={!filled} footer={footer}>
          <Form onSubmit={(event) => event.preventDefault()}>
            <TextField id="volume-name" label={t("common.name")} value={name} set={setName} />
            <TextField
              id="volume-text"
              label={t("common.description")}
              value={text}
              set={setText}
            />
          </Form>
        </WizardStep>
        <WizardStep
          id={STEPS[4]}
          name={t("wizard.confirm")}
          isDisabled={!filled || !fits || !chosenType}
          footer={{
            ...footer,
            nextButtonText: t("common.create"),
            isNextDisabled: busy || !filled || !fits || !chosenType,
            nextButtonProps: { isLoading: busy },
          }}
        >
          {fault !== null && (
            <Alert isInline variant="danger" title={t(titleOf(fault))} className="gap-below">
              <FaultDetails error={fault} />
            </Alert>
          )}
          <Facts
            facts={[
              [t("common.name"), shown(name) || "—"],
              [t("common.description"), shown(text) || "—"],
              [t("volumes.contents"), image ? shown(image.name) : t("volumes.blank")],
              [t("volumes.server"), serverName],
              [t("common.size"), `${wanted} GiB`],
              [
                t("common.type"),
                chosenType && typeName(chosenType["SNF:disk_template"], shown(chosenType.name)),
              ],
              [t("common.project"), projectName(chosenProject)],
            ]}
          />
        </WizardStep>
      </Wizard>
    </View>
  );
}
