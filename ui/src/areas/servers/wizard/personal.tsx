/** The fourth step: name, keys, and what the server finds at its first boot. */
import {
  Button,
  Checkbox,
  Form,
  FormSelect,
  FormSelectOption,
  NumberInput,
  TextArea,
  TextInput,
} from "@patternfly/react-core";
import type { Keypair } from "../../../api/compute";
import { configuration } from "../../../api/session";
import { Field } from "../../../parts/field";
import { shown } from "../../../parts/format";
import { To } from "../../../parts/link";
import { useTexts } from "../../../texts";

export interface Personal {
  role: string;
  keys: string[];
  count: number;
  userData: string;
  files: { path: string; contents: string }[];
  disks: number[];
}

const MOST_SERVERS = 20;
const DISK = 1;

/** A file's content as the API wants it. */
async function encoded(file: File): Promise<string> {
  const all = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (const byte of all) text += String.fromCharCode(byte);
  return btoa(text);
}

export function PersonalStep({
  name,
  setName,
  keypairs,
  noKeys,
  chosen,
  change,
}: {
  name: string;
  setName: (name: string) => void;
  keypairs: readonly Keypair[];
  noKeys: boolean;
  chosen: Personal;
  change: (wanted: Partial<Personal>) => void;
}) {
  const { t } = useTexts();
  const { role, keys, count, userData, files, disks } = chosen;
  const counted = (value: number) => Math.max(1, Math.min(MOST_SERVERS, value || 1));
  return (
    <Form onSubmit={(event) => event.preventDefault()}>
      <Field
        id="server-name"
        label={t("common.name")}
        required
        wrong={!name.trim() && t("common.needed")}
      >
        <TextInput
          id="server-name"
          value={name}
          validated={name.trim() ? "default" : "error"}
          onChange={(_, value) => setName(value)}
        />
      </Field>
      <Field id="server-count" label={t("wizard.count")} hint={t("wizard.countText")}>
        <NumberInput
          inputName="server-count"
          id="server-count"
          inputAriaLabel={t("wizard.count")}
          minusBtnAriaLabel={t("wizard.fewer")}
          plusBtnAriaLabel={t("wizard.more")}
          value={count}
          min={1}
          max={MOST_SERVERS}
          onMinus={() => change({ count: counted(count - 1) })}
          onPlus={() => change({ count: counted(count + 1) })}
          onChange={(event) =>
            change({ count: counted(Number((event.target as HTMLInputElement).value)) })
          }
        />
      </Field>
      <fieldset>
        <legend className="legend">{t("nav.keys")}</legend>
        {noKeys && <p className="quiet">{t("wizard.noSsh")}</p>}
        {!noKeys && keypairs.length === 0 && (
          <p className="quiet">
            {t("keys.empty")} <To to="/keys">{t("keys.add")}</To>
          </p>
        )}
        {keypairs.map((one) => (
          <Checkbox
            key={one.name}
            id={`key-${one.name}`}
            label={shown(one.name)}
            description={one.fingerprint}
            isDisabled={noKeys}
            isChecked={!noKeys && keys.includes(one.name)}
            onChange={(_, wanted) =>
              change({
                keys: wanted ? [...keys, one.name] : keys.filter((each) => each !== one.name),
              })
            }
          />
        ))}
      </fieldset>
      <Field id="server-role" label={t("wizard.role")}>
        <FormSelect
          id="server-role"
          value={role}
          onChange={(_, value) => change({ role: value })}
        >
          <FormSelectOption value="" label={t("common.none")} />
          {configuration.told.roles.map((one) => (
            <FormSelectOption key={one} value={one} label={one} />
          ))}
        </FormSelect>
      </Field>
      <fieldset>
        <legend className="legend">{t("wizard.disks")}</legend>
        {disks.map((size, at) => (
          <div key={at} className="inline-form">
            <NumberInput
              inputAriaLabel={t("wizard.diskOf", { number: at + 2 })}
              minusBtnAriaLabel={t("wizard.fewer")}
              plusBtnAriaLabel={t("wizard.more")}
              unit="GiB"
              value={size}
              min={DISK}
              max={configuration.told.volume_max}
              onMinus={() => set(at, size - 1)}
              onPlus={() => set(at, size + 1)}
              onChange={(event) => set(at, Number((event.target as HTMLInputElement).value))}
            />
            <Button
              variant="link"
              isInline
              onClick={() => change({ disks: disks.filter((_, each) => each !== at) })}
            >
              {t("common.remove")}
            </Button>
          </div>
        ))}
        <Button variant="link" isInline onClick={() => change({ disks: [...disks, DISK] })}>
          {t("wizard.addDisk")}
        </Button>
      </fieldset>
      <fieldset>
        <legend className="legend">{t("wizard.files")}</legend>
        {files.map((one, at) => (
          <div key={at} className="inline-form">
            <TextInput
              aria-label={t("wizard.filePath")}
              value={one.path}
              onChange={(_, path) =>
                change({ files: files.map((each, place) => (place === at ? { ...each, path } : each)) })
              }
            />
            <Button
              variant="link"
              isInline
              onClick={() => change({ files: files.filter((_, each) => each !== at) })}
            >
              {t("common.remove")}
            </Button>
          </div>
        ))}
        <label className="choice">
          {t("wizard.addFile")}{" "}
          <input
            type="file"
            onChange={(event) => {
              const file = event.target.files?.[0];
              event.target.value = "";
              if (!file) return;
              void encoded(file).then((contents) =>
                change({ files: [...files, { path: `/root/${file.name}`, contents }] }),
              );
            }}
          />
        </label>
      </fieldset>
      <Field id="user-data" label={t("wizard.userData")} hint={t("wizard.userDataText")}>
        <TextArea
          id="user-data"
          value={userData}
          onChange={(_, value) => change({ userData: value })}
          rows={4}
          resizeOrientation="vertical"
        />
      </Field>
    </Form>
  );

  function set(at: number, size: number): void {
    const bound = Math.max(DISK, Math.min(configuration.told.volume_max, Math.round(size) || DISK));
    change({ disks: disks.map((each, place) => (place === at ? bound : each)) });
  }
}
