/** The second step: whose quota, and how large. */
import { Button, Form, FormSelect, FormSelectOption } from "@patternfly/react-core";
import type { Flavor } from "../../../api/compute";
import { configuration } from "../../../api/session";
import { Field } from "../../../parts/field";
import { bytes } from "../../../parts/format";
import { ProjectSelect } from "../../../parts/project";
import { lacking, leftOf, type Quotas } from "../../../parts/quota";
import { useResourceName } from "../../../parts/quotabar";
import { useTexts, type Key } from "../../../texts";
import { chooseFlavor, suggested, valuesOf, type SizeField } from "../plan";

const SUGGESTED: Record<string, Key> = {
  small: "wizard.smallSize",
  medium: "wizard.mediumSize",
  large: "wizard.largeSize",
};

export function SizeStep({
  flavors,
  flavor,
  choose,
  project,
  setProject,
  quotas,
  imageSize,
}: {
  flavors: readonly Flavor[];
  flavor: Flavor | undefined;
  choose: (flavor: Flavor) => void;
  project: string;
  setProject: (id: string) => void;
  quotas: Quotas;
  imageSize: number;
}) {
  const { t, language } = useTexts();
  const resourceName = useResourceName();
  const told = configuration.told;
  const fits = (one: Flavor) =>
    lacking(quotas, project, one).length === 0 && one.disk * 2 ** 30 >= imageSize;
  const left = (resource: string) => leftOf(quotas, project, `cyclades.${resource}`);
  const fields: [SizeField, string, (value: string | number) => string][] = [
    ["vcpus", t("wizard.cpus", { left: left("cpu") }), String],
    [
      "ram",
      t("wizard.ram", { left: bytes(left("ram"), language) }),
      (value) => bytes(Number(value) * 2 ** 20, language),
    ],
    [
      "disk",
      t("wizard.diskSize", { left: bytes(left("disk"), language) }),
      (value) => `${value} GiB`,
    ],
    [
      "SNF:disk_template",
      t("wizard.storage"),
      (value) => told.disk_types[String(value)]?.[0] ?? String(value),
    ],
  ];
  const lacks = flavor ? lacking(quotas, project, flavor) : [];
  const small = !!flavor && flavor.disk * 2 ** 30 < imageSize;
  const noRoom = (id: string) => !flavors.some((one) => lacking(quotas, id, one).length === 0);
  return (
    <Form onSubmit={(event) => event.preventDefault()}>
      <Field
        id="wizard-project"
        label={t("common.project")}
        hint={t("wizard.left", {
          vm: left("vm"),
          cpu: left("cpu"),
          ram: bytes(left("ram"), language),
          disk: bytes(left("disk"), language),
        })}
      >
        <ProjectSelect
          id="wizard-project"
          value={project}
          onChange={setProject}
          disabled={noRoom}
          note={(id) =>
            noRoom(id)
              ? t("quota.full")
              : t("wizard.left", {
                  vm: leftOf(quotas, id, "cyclades.vm"),
                  cpu: leftOf(quotas, id, "cyclades.cpu"),
                  ram: bytes(leftOf(quotas, id, "cyclades.ram"), language),
                  disk: bytes(leftOf(quotas, id, "cyclades.disk"), language),
                })
          }
        />
      </Field>
      <div role="group" aria-label={t("wizard.suggested")} className="wizard-tools">
        {Object.entries(told.suggested_flavors).map(([name, wanted]) => {
          const found = suggested(flavors, wanted);
          return (
            <Button
              key={name}
              variant={found && found.id === flavor?.id ? "primary" : "secondary"}
              isDisabled={!found || !fits(found)}
              onClick={() => found && choose(found)}
            >
              {SUGGESTED[name] ? t(SUGGESTED[name] as Key) : name}
            </Button>
          );
        })}
      </div>
      {fields.map(([field, label, text]) => (
        <Field key={field} id={`size-${field.replace(":", "-")}`} label={label}>
          <FormSelect
            id={`size-${field.replace(":", "-")}`}
            value={String(flavor?.[field] ?? "")}
            onChange={(_, value) => {
              const wanted = field === "SNF:disk_template" ? value : Number(value);
              const found = chooseFlavor(flavors, flavor, field, wanted, fits);
              if (found) choose(found);
            }}
          >
            {valuesOf(flavors, field).map((value) => (
              <FormSelectOption
                key={value}
                value={String(value)}
                isDisabled={!flavors.some((one) => one[field] === value && fits(one))}
                label={text(value)}
              />
            ))}
          </FormSelect>
        </Field>
      ))}
      {flavor && told.disk_types[flavor["SNF:disk_template"]]?.[1] && (
        <p className="quiet">{told.disk_types[flavor["SNF:disk_template"]]?.[1]}</p>
      )}
      {lacks.length > 0 && (
        <p className="quiet">{t("wizard.lacks", { what: lacks.map(resourceName).join(", ") })}</p>
      )}
      {small && <p className="quiet">{t("wizard.small")}</p>}
    </Form>
  );
}
