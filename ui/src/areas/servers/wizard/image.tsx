/** The first step: what the server is made from. */
import {
  Alert,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Checkbox,
  SearchInput,
  ToggleGroup,
  ToggleGroupItem,
} from "@patternfly/react-core";
import { useState } from "react";
import type { Image } from "../../../api/images";
import { configuration } from "../../../api/session";
import { Block } from "../../../parts/facts";
import { bytes, shown } from "../../../parts/format";
import { ImageFacts, useNames } from "../../../parts/imagefacts";
import { OsIcon } from "../../../parts/osicon";
import { useTexts, type Key } from "../../../texts";
import { useAllowed } from "../looks";
import { kindOf, sectionOf, type ImageKind } from "../plan";

const KINDS: [ImageKind, Key][] = [
  ["system", "wizard.system"],
  ["mine", "wizard.mine"],
  ["shared", "wizard.shared"],
  ["public", "wizard.public"],
];

export function ImageStep({
  images,
  me,
  system,
  listing,
  image,
  trusted,
  choose,
  trust,
}: {
  images: readonly Image[];
  me: string;
  system: ReadonlySet<string>;
  listing: ReadonlySet<string>;
  image: Image | undefined;
  trusted: boolean;
  choose: (id: string) => void;
  trust: (trusted: boolean) => void;
}) {
  const { t, language } = useTexts();
  const allowed = useAllowed();
  const [kind, setKind] = useState<string>("system");
  const [snapshots, setSnapshots] = useState(false);
  const [filter, setFilter] = useState("");
  const name = useNames(images.map((one) => one.owner));
  const placeOf = (one: Image) => {
    const section = sectionOf(one, listing);
    return section ? `section ${section}` : kindOf(one, me, system);
  };
  const sections = [
    ...new Set(images.map((one) => sectionOf(one, listing)).filter(Boolean)),
  ].sort();
  const words = filter.toLocaleLowerCase(language);
  const listed = images.filter(
    (one) =>
      one.is_snapshot === snapshots &&
      placeOf(one) === kind &&
      one.name.toLocaleLowerCase(language).includes(words),
  );
  const help = configuration.told.image_help;
  const foreign = image && !["system", "mine"].includes(kindOf(image, me, system));
  return (
    <>
      <div className="wizard-tools">
        <ToggleGroup aria-label={t("wizard.kinds")}>
          {[
            ...KINDS.map(([each, title]): [string, string] => [each, t(title)]),
            ...sections.map((each): [string, string] => [`section ${each}`, shown(each)]),
          ].map(([each, title]) => (
            <ToggleGroupItem
              key={each}
              text={title}
              isSelected={kind === each}
              onChange={() => setKind(each)}
            />
          ))}
        </ToggleGroup>
        {allowed.snapshots !== false && (
          <ToggleGroup aria-label={t("wizard.what")}>
            <ToggleGroupItem
              text={t("nav.images")}
              isSelected={!snapshots}
              onChange={() => setSnapshots(false)}
            />
            <ToggleGroupItem
              text={t("nav.snapshots")}
              isSelected={snapshots}
              onChange={() => setSnapshots(true)}
            />
          </ToggleGroup>
        )}
      </div>
      <SearchInput
        className="gap-above gap-below"
        aria-label={t("table.filter")}
        placeholder={t("table.filter")}
        value={filter}
        onChange={(_, value) => setFilter(value)}
        onClear={() => setFilter("")}
      />
      {listed.length === 0 && (
        <p className="quiet">
          {t("wizard.noImages")}{" "}
          {kind === "mine" && help && (
            <a href={help} target="_blank" rel="noreferrer">
              {t("wizard.imageHelp")}
            </a>
          )}
        </p>
      )}
      <div className="choice-grid" role="radiogroup" aria-label={t("wizard.image")}>
        {listed.map((one) => (
          <Card
            key={one.id}
            id={`image-${one.id}`}
            isSelectable
            isSelected={one.id === image?.id}
            isDisabled={one.status !== "AVAILABLE"}
            isCompact
          >
            <CardHeader
              selectableActions={{
                selectableActionId: `image-radio-${one.id}`,
                selectableActionAriaLabelledby: `image-${one.id}`,
                name: "image",
                variant: "single",
                onChange: () => choose(one.id),
              }}
            >
              <CardTitle component="h3">
                <OsIcon os={one.properties["os"] ?? ""} /> {shown(one.name)}
              </CardTitle>
            </CardHeader>
            <CardBody>
              <span className="quiet">
                {[name(one.owner), bytes(one.size, language)].join(" · ")}
              </span>
              {one.properties["description"] && (
                <p className="quiet">{shown(one.properties["description"])}</p>
              )}
              {one.status !== "AVAILABLE" && <p className="quiet">{one.status}</p>}
            </CardBody>
          </Card>
        ))}
      </div>
      {foreign && (
        <Alert isInline variant="warning" title={t("wizard.trust")} className="gap-above">
          <Checkbox
            id="trust"
            label={t("wizard.trustYes")}
            isChecked={trusted}
            onChange={(_, wanted) => trust(wanted)}
          />
        </Alert>
      )}
      {image && (
        <section className="gap-above" aria-label={t("wizard.details")}>
          <Block title={shown(image.name)}>
            <ImageFacts image={image} />
          </Block>
        </section>
      )}
    </>
  );
}
