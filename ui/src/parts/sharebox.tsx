/** Whether a project's members share the thing; only where the cloud lets them (UI-077). */
import { Checkbox } from "@patternfly/react-core";
import { configuration } from "../api/session";
import { useTexts } from "../texts";

export function ShareBox({
  value,
  set,
  disabled = false,
}: {
  value: boolean;
  set: (value: boolean) => void;
  disabled?: boolean;
}) {
  const { t } = useTexts();
  if (!configuration.told.sharing) return null;
  return (
    <Checkbox
      id="reassign-share"
      label={t("reassign.share")}
      isChecked={value}
      isDisabled={disabled}
      onChange={(_, wanted) => set(wanted)}
    />
  );
}
