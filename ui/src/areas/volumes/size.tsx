/** The size of a disk, by number and by slider (UI-122). */
import { NumberInput, Slider } from "@patternfly/react-core";
import { useTexts } from "../../texts";

export function SizeInput({
  id,
  value,
  least = 1,
  most,
  set,
}: {
  id: string;
  value: number;
  least?: number;
  most: number;
  set: (value: number) => void;
}) {
  const { t } = useTexts();
  const bound = (wanted: number) =>
    Math.max(least, Math.min(Math.max(least, most), Math.round(wanted) || least));
  return (
    <>
      <NumberInput
        id={id}
        value={value}
        min={least}
        max={most}
        unit="GiB"
        inputAriaLabel={t("common.size")}
        minusBtnAriaLabel={t("wizard.fewer")}
        plusBtnAriaLabel={t("wizard.more")}
        onMinus={() => set(bound(value - 1))}
        onPlus={() => set(bound(value + 1))}
        onChange={(event) => set(bound(Number((event.target as HTMLInputElement).value)))}
      />
      {most > least && (
        <Slider
          value={value}
          min={least}
          max={most}
          showTicks={false}
          aria-label={t("common.size")}
          onChange={(_, wanted) => set(bound(wanted))}
        />
      )}
    </>
  );
}
