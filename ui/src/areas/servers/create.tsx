/** A new server in five steps; the step is in the address, what was chosen survives going back. */
import {
  Alert,
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Checkbox,
  Form,
  FormSelect,
  FormSelectOption,
  NumberInput,
  Radio,
  SearchInput,
  TextArea,
  TextInput,
  ToggleGroup,
  ToggleGroupItem,
  Wizard,
  WizardStep,
} from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import type { Flavor, NewServer, Server } from "../../api/compute";
import * as compute from "../../api/compute";
import * as identity from "../../api/identity";
import * as network from "../../api/network";
import {
  changed,
  keys,
  useAddresses,
  useFlavors,
  useImages,
  useKeypairs,
  useMe,
  useNetworks,
  useQuotas,
  useServers,
  useSubnets,
} from "../../api/queries";
import { configuration } from "../../api/session";
import { useAddress } from "../../parts/address";
import { Facts } from "../../parts/facts";
import { FaultDetails, titleOf } from "../../parts/fault";
import { Field } from "../../parts/field";
import { bytes, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, View } from "../../parts/page";
import { ProjectSelect, useMyProjects, useProjectName } from "../../parts/project";
import { lacking, leftOf } from "../../parts/quota";
import { freshId } from "../../parts/random";
import { useResourceName } from "../../parts/quotabar";
import { useTexts, type Key } from "../../texts";
import { Password } from "./connect";
import { COPIED, freeName, kindOf, numbered, type ImageKind } from "./plan";

const STEPS = ["image", "flavor", "network", "personal", "confirm"] as const;
const KINDS: [ImageKind, Key][] = [
  ["system", "wizard.system"],
  ["mine", "wizard.mine"],
  ["shared", "wizard.shared"],
  ["public", "wizard.public"],
];

export function CreateServer() {
  const { t, language } = useTexts();
  const router = useRouter();
  const [search, change] = useAddress();
  const me = useMe().data;
  const images = useImages();
  const flavors = useFlavors();
  const quotas = useQuotas().data ?? {};
  const networks = useNetworks().data ?? [];
  const subnets = useSubnets().data ?? [];
  const addresses = useAddresses().data ?? [];
  const keypairs = useKeypairs().data ?? [];
  const servers = useServers().data ?? [];
  const projects = useMyProjects();
  const projectName = useProjectName();
  const resourceName = useResourceName();
  const told = configuration.told;
  const owners = useQuery({
    queryKey: ["system-owners"],
    queryFn: () => identity.idsOf(told.system_images),
    staleTime: 600_000,
  });
  const system = useMemo(() => new Set(Object.values(owners.data ?? {})), [owners.data]);

  const [imageId, setImage] = useState(search["image"] ?? "");
  const [trusted, setTrusted] = useState(false);
  const [kind, setKind] = useState<ImageKind>("system");
  const [filter, setFilter] = useState("");
  const [project, setProject] = useState("");
  const [flavorId, setFlavor] = useState(0);
  const [internet, setInternet] = useState(true);
  const [ips, setIps] = useState<string[]>([]);
  const [nets, setNets] = useState<string[]>([]);
  const [name, setName] = useState<string | null>(null);
  const [role, setRole] = useState("");
  const [chosenKeys, setKeys] = useState<string[]>([]);
  const [count, setCount] = useState(1);
  const [userData, setUserData] = useState("");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const [made, setMade] = useState<Server[]>([]);
  const token = useRef(freshId());

  const usable = projects.filter(
    (one) => leftOf(quotas, one.id, "cyclades.vm") >= 1,
  );
  const chosenProject = project || (usable[0]?.id ?? me?.default_project ?? "");
  const image = images.data?.find((one) => one.id === imageId);
  const creatable = useMemo(
    () =>
      (flavors.data ?? [])
        .filter((one) => one["SNF:allow_create"])
        .sort((a, b) => a.vcpus - b.vcpus || a.ram - b.ram || a.disk - b.disk),
    [flavors.data],
  );
  const fits = (one: Flavor) =>
    lacking(quotas, chosenProject, one).length === 0 &&
    (!image || one.disk * 2 ** 30 >= image.size);
  const flavor =
    creatable.find((one) => one.id === flavorId) ?? creatable.find(fits) ?? creatable[0];
  const proposed = freeName(
    told.server_name.replace("{image}", image?.name ?? ""),
    servers.map((one) => one.name),
  );
  const finalName = name ?? proposed;
  const imageKind = image ? kindOf(image, me?.id ?? "", system) : "system";
  const needsTrust = !!image && imageKind !== "system" && imageKind !== "mine" && !trusted;
  const family = (image?.properties["osfamily"] ?? "").toLowerCase();
  const noKeys = told.ssh_excluded.includes(family);
  const privates = networks.filter((one) => !one.public);
  const freeIps = addresses.filter((one) => !one.port_id && !one.instance_id);
  const listed = (images.data ?? []).filter(
    (one) =>
      kindOf(one, me?.id ?? "", system) === kind &&
      one.name.toLocaleLowerCase(language).includes(filter.toLocaleLowerCase(language)),
  );

  const submit = async () => {
    if (busy || !image || !flavor) return;
    setBusy(true);
    setFault(null);
    const wish = (title: string): NewServer => ({
      name: title,
      imageRef: image.id,
      flavorRef: flavor.id,
      metadata: {
        ...Object.fromEntries(
          COPIED.flatMap((key) => {
            const value = image.properties[key.toLowerCase()] ?? image.properties[key];
            return value ? [[key, value]] : [];
          }),
        ),
        ...(role ? { Role: role } : {}),
      },
      project: chosenProject,
      ...(chosenKeys.length ? { "SNF:key_names": chosenKeys } : {}),
      ...(userData ? { user_data: btoa(unescape(encodeURIComponent(userData))) } : {}),
      ...wantedNetworks(),
    });
    const wantedNetworks = () => {
      const wanted: { uuid: string; fixed_ip?: string }[] = nets.map((uuid) => ({ uuid }));
      if (internet) {
        for (const id of ips) {
          const found = addresses.find((one) => one.id === id);
          if (found) {
            wanted.push({
              uuid: found.floating_network_id,
              fixed_ip: found.floating_ip_address,
            });
          }
        }
        // Without a chosen address the cloud gives the server one as it does by default.
        if (!wanted.length) return {};
      }
      return { networks: wanted };
    };
    const all: Server[] = [];
    try {
      for (const [at, title] of numbered(finalName.trim(), count).entries()) {
        all.push(await compute.createServer(wish(title), `${token.current}-${at}`));
      }
      setMade(all);
    } catch (error) {
      setFault(error);
      if (all.length) setMade(all);
    } finally {
      setBusy(false);
      changed(keys.servers, keys.quotas, keys.addresses, keys.volumes);
    }
  };

  if (made.length) {
    return (
      <View title={t("wizard.made", { count: made.length })}>
        {fault !== null && (
          <Alert isInline variant="danger" title={t(titleOf(fault))} className="gap-below">
            <FaultDetails error={fault} />
          </Alert>
        )}
        {made.map((one) => (
          <section key={one.id} className="form-narrow">
            <h2>
              <To to={`/servers/${one.id}/overview`}>{shown(one.name)}</To>
            </h2>
            {one.adminPass && <Password id={one.id} fresh={one.adminPass} />}
          </section>
        ))}
        <Button
          onClick={() =>
            void router.navigate({
              to: (made.length === 1 ? `/servers/${made[0]?.id}/overview` : "/servers") as never,
            })
          }
        >
          {t("wizard.go")}
        </Button>
      </View>
    );
  }
  if (images.isPending || flavors.isPending || owners.isPending) {
    return (
      <View title={t("servers.create")}>
        <Loading text={t("common.loading")} />
      </View>
    );
  }
  const nextName = t("wizard.next");
  const backName = t("wizard.back");
  const footer = { nextButtonText: nextName, backButtonText: backName, cancelButtonText: t("common.cancel") };

  return (
    <View title={t("servers.create")} trail={[{ title: t("nav.servers"), to: "/servers" }]}>
      {usable.length === 0 && (
        <Alert isInline variant="warning" title={t("wizard.noProject")} className="gap-below" />
      )}
      <Wizard
        className="wizard"
        navAriaLabel={t("wizard.steps")}
        startIndex={1}
        onStepChange={(_, step) => change({ step: String(step.id) })}
        onClose={() => void router.navigate({ to: "/servers" as never })}
        onSave={() => void submit()}
        isVisitRequired
      >
        <WizardStep
          id={STEPS[0]}
          name={t("wizard.image")}
          footer={{ ...footer, isNextDisabled: !image || needsTrust }}
        >
          <ToggleGroup aria-label={t("wizard.kinds")}>
            {KINDS.map(([each, title]) => (
              <ToggleGroupItem
                key={each}
                text={t(title)}
                isSelected={kind === each}
                onChange={() => setKind(each)}
              />
            ))}
          </ToggleGroup>
          <SearchInput
            className="gap-above gap-below"
            aria-label={t("table.filter")}
            placeholder={t("table.filter")}
            value={filter}
            onChange={(_, value) => setFilter(value)}
            onClear={() => setFilter("")}
          />
          {listed.length === 0 && <p className="quiet">{t("wizard.noImages")}</p>}
          <div className="choice-grid" role="radiogroup" aria-label={t("wizard.image")}>
            {listed.map((one) => (
              <Card
                key={one.id}
                id={`image-${one.id}`}
                isSelectable
                isSelected={one.id === imageId}
                isDisabled={one.status !== "AVAILABLE"}
                isCompact
              >
                <CardHeader
                  selectableActions={{
                    selectableActionId: `image-radio-${one.id}`,
                    selectableActionAriaLabelledby: `image-${one.id}`,
                    name: "image",
                    variant: "single",
                    onChange: () => {
                      setImage(one.id);
                      setTrusted(false);
                    },
                  }}
                >
                  <CardTitle component="h3">{shown(one.name)}</CardTitle>
                </CardHeader>
                <CardBody>
                  <span className="quiet">
                    {[one.properties["os"], bytes(one.size, language)].filter(Boolean).join(" · ")}
                  </span>
                  {one.properties["description"] && (
                    <p className="quiet">{shown(one.properties["description"])}</p>
                  )}
                </CardBody>
              </Card>
            ))}
          </div>
          {image && imageKind !== "system" && imageKind !== "mine" && (
            <Alert isInline variant="warning" title={t("wizard.trust")} className="gap-above">
              <Checkbox
                id="trust"
                label={t("wizard.trustYes")}
                isChecked={trusted}
                onChange={(_, wanted) => setTrusted(wanted)}
              />
            </Alert>
          )}
        </WizardStep>
        <WizardStep
          id={STEPS[1]}
          name={t("wizard.size")}
          isDisabled={!image || needsTrust}
          footer={{ ...footer, isNextDisabled: !flavor || !fits(flavor) }}
        >
          <Form>
            <Field
              id="wizard-project"
              label={t("common.project")}
              hint={t("wizard.left", {
                vm: leftOf(quotas, chosenProject, "cyclades.vm"),
                cpu: leftOf(quotas, chosenProject, "cyclades.cpu"),
                ram: bytes(leftOf(quotas, chosenProject, "cyclades.ram"), language),
                disk: bytes(leftOf(quotas, chosenProject, "cyclades.disk"), language),
              })}
            >
              <ProjectSelect
                id="wizard-project"
                value={chosenProject}
                onChange={setProject}
                disabled={(id) => leftOf(quotas, id, "cyclades.vm") < 1}
                note={(id) => (leftOf(quotas, id, "cyclades.vm") < 1 ? t("quota.full") : "")}
              />
            </Field>
          </Form>
          <div className="choice-grid gap-above" role="radiogroup" aria-label={t("wizard.size")}>
            {creatable.map((one) => {
              const lacks = lacking(quotas, chosenProject, one);
              const small = !!image && one.disk * 2 ** 30 < image.size;
              return (
                <Card
                  key={one.id}
                  id={`flavor-${one.id}`}
                  isSelectable
                  isSelected={one.id === flavor?.id}
                  isDisabled={lacks.length > 0 || small}
                  isCompact
                >
                  <CardHeader
                    selectableActions={{
                      selectableActionId: `flavor-radio-${one.id}`,
                      selectableActionAriaLabelledby: `flavor-${one.id}`,
                      name: "flavor",
                      variant: "single",
                      onChange: () => setFlavor(one.id),
                    }}
                  >
                    <CardTitle component="h3">
                      {t("wizard.flavor", {
                        cpu: one.vcpus,
                        ram: bytes(one.ram * 2 ** 20, language),
                      })}
                    </CardTitle>
                  </CardHeader>
                  <CardBody>
                    <p>{t("wizard.disk", { size: one.disk })}</p>
                    <p className="quiet">{one["SNF:disk_template"]}</p>
                    {lacks.length > 0 && (
                      <p className="quiet">
                        {t("wizard.lacks", { what: lacks.map(resourceName).join(", ") })}
                      </p>
                    )}
                    {small && <p className="quiet">{t("wizard.small")}</p>}
                  </CardBody>
                </Card>
              );
            })}
          </div>
        </WizardStep>
        <WizardStep
          id={STEPS[2]}
          name={t("wizard.network")}
          isDisabled={!image || needsTrust}
          footer={footer}
        >
          <Checkbox
            id="internet"
            label={t("networks.internet")}
            description={t("wizard.internetText")}
            isChecked={internet}
            onChange={(_, wanted) => setInternet(wanted)}
          />
          {internet && (
            <div className="indent">
              <Radio
                id="ip-any"
                name="ip"
                label={t("wizard.anyIp")}
                isChecked={ips.length === 0}
                onChange={() => setIps([])}
              />
              {freeIps.map((one) => (
                <Radio
                  key={one.id}
                  id={`ip-${one.id}`}
                  name="ip"
                  label={`${one.floating_ip_address} · ${projectName(one.tenant_id)}`}
                  isChecked={ips.includes(one.id)}
                  onChange={() => setIps([one.id])}
                />
              ))}
              <Button
                variant="link"
                isInline
                isDisabled={leftOf(quotas, chosenProject, "cyclades.floating_ip") < 1}
                onClick={() =>
                  void network
                    .allocate({ project: chosenProject })
                    .then((fresh) => {
                      changed(keys.addresses, keys.quotas);
                      setIps([fresh.id]);
                    })
                    .catch(setFault)
                }
              >
                {t("addresses.create")}
              </Button>
            </div>
          )}
          <h3 className="group-title">{t("networks.private")}</h3>
          {privates.length === 0 && <p className="quiet">{t("networks.empty")}</p>}
          {privates.map((one) => (
            <Checkbox
              key={one.id}
              id={`net-${one.id}`}
              label={shown(one.name) || one.id}
              description={subnets
                .filter((each) => each.network_id === one.id)
                .map((each) => each.cidr)
                .join(", ")}
              isChecked={nets.includes(one.id)}
              onChange={(_, wanted) =>
                setNets(wanted ? [...nets, one.id] : nets.filter((each) => each !== one.id))
              }
            />
          ))}
        </WizardStep>
        <WizardStep
          id={STEPS[3]}
          name={t("wizard.personal")}
          isDisabled={!image || needsTrust}
          footer={{ ...footer, isNextDisabled: !finalName.trim() }}
        >
          <Form
            onSubmit={(event) => {
              event.preventDefault();
            }}
          >
            <Field
              id="server-name"
              label={t("common.name")}
              required
              wrong={!finalName.trim() && t("common.needed")}
            >
              <TextInput
                id="server-name"
                value={finalName}
                validated={finalName.trim() ? "default" : "error"}
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
                max={20}
                onMinus={() => setCount(Math.max(1, count - 1))}
                onPlus={() => setCount(Math.min(20, count + 1))}
                onChange={(event) =>
                  setCount(Math.max(1, Math.min(20, Number((event.target as HTMLInputElement).value) || 1)))
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
              {!noKeys &&
                keypairs.map((one) => (
                  <Checkbox
                    key={one.name}
                    id={`key-${one.name}`}
                    label={shown(one.name)}
                    description={one.fingerprint}
                    isChecked={chosenKeys.includes(one.name)}
                    onChange={(_, wanted) =>
                      setKeys(
                        wanted
                          ? [...chosenKeys, one.name]
                          : chosenKeys.filter((each) => each !== one.name),
                      )
                    }
                  />
                ))}
            </fieldset>
            <Field id="server-role" label={t("wizard.role")}>
              <FormSelect id="server-role" value={role} onChange={(_, value) => setRole(value)}>
                <FormSelectOption value="" label={t("common.none")} />
                {told.roles.map((one) => (
                  <FormSelectOption key={one} value={one} label={one} />
                ))}
              </FormSelect>
            </Field>
            <Field id="user-data" label={t("wizard.userData")} hint={t("wizard.userDataText")}>
              <TextArea
                id="user-data"
                value={userData}
                onChange={(_, value) => setUserData(value)}
                rows={4}
                resizeOrientation="vertical"
              />
            </Field>
          </Form>
        </WizardStep>
        <WizardStep
          id={STEPS[4]}
          name={t("wizard.confirm")}
          isDisabled={!image || needsTrust || !finalName.trim()}
          footer={{
            ...footer,
            nextButtonText: t("servers.create"),
            isNextDisabled: busy || !image || !flavor,
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
              [t("common.name"), numbered(finalName.trim(), count).map(shown).join(", ")],
              [t("servers.image"), image && `${shown(image.name)} · ${bytes(image.size, language)}`],
              [t("common.project"), projectName(chosenProject)],
              [
                t("servers.flavor"),
                flavor &&
                  `${flavor.vcpus} CPU · ${bytes(flavor.ram * 2 ** 20, language)} · ${flavor.disk} GiB`,
              ],
              [t("wizard.role"), role || "—"],
              [t("nav.keys"), chosenKeys.map(shown).join(", ") || "—"],
              [
                t("nav.network"),
                [
                  ...(internet
                    ? [
                        ips.length
                          ? ips
                              .map(
                                (id) =>
                                  addresses.find((one) => one.id === id)?.floating_ip_address ?? id,
                              )
                              .join(", ")
                          : t("networks.internet"),
                      ]
                    : []),
                  ...nets.map((id) => shown(networks.find((one) => one.id === id)?.name ?? id)),
                ].join(", ") || "—",
              ],
            ]}
          />
        </WizardStep>
      </Wizard>
    </View>
  );
}

