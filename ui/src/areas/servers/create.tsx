/** A new server in five steps; the step is in the address, what was chosen survives going back. */
import { Alert, Button, Wizard, WizardStep } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import type { Flavor, Server } from "../../api/compute";
import * as compute from "../../api/compute";
import * as identity from "../../api/identity";
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
import { FaultDetails, titleOf } from "../../parts/fault";
import { shown } from "../../parts/format";
import { To } from "../../parts/link";
import { Loading, View } from "../../parts/page";
import { useMyProjects } from "../../parts/project";
import { lacking, leftOf } from "../../parts/quota";
import { freshId } from "../../parts/random";
import { useTexts } from "../../texts";
import { Password } from "./connect";
import { bestAddress, freeName, kindOf, numbered, requestOf, type Wanted } from "./plan";
import { ConfirmStep } from "./wizard/confirm";
import { ImageStep } from "./wizard/image";
import { NetworkStep } from "./wizard/network";
import { PersonalStep, type Personal } from "./wizard/personal";
import { SizeStep } from "./wizard/size";

const STEPS = ["image", "flavor", "network", "personal", "confirm"] as const;
const NOTHING: Personal = { role: "", keys: [], count: 1, userData: "", files: [], disks: [] };

export function CreateServer() {
  const { t } = useTexts();
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
  const told = configuration.told;
  const owners = useQuery({
    queryKey: ["system-owners"],
    queryFn: () => identity.idsOf([...told.system_images, ...told.listing_users]),
    staleTime: 600_000,
  });
  const [system, listing] = useMemo(() => {
    const ids = (names: readonly string[]) =>
      new Set(names.flatMap((name) => owners.data?.[name] ?? []));
    return [ids(told.system_images), ids(told.listing_users)];
  }, [owners.data, told]);

  const [imageId, setImage] = useState(search["image"] ?? "");
  const [trusted, setTrusted] = useState(false);
  const [project, setProject] = useState("");
  const [flavorId, setFlavor] = useState(0);
  const [internet, setInternet] = useState(true);
  const [ip, setIp] = useState<string | null>(null);
  const [nets, setNets] = useState<string[]>([]);
  const [name, setName] = useState<string | null>(null);
  const [personal, setPersonal] = useState(NOTHING);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const [made, setMade] = useState<Server[]>([]);
  const token = useRef(freshId());

  const usable = projects.filter((one) => leftOf(quotas, one.id, "cyclades.vm") >= 1);
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
  const finalName =
    name ??
    freeName(
      told.server_name.replace("{image}", image?.name ?? ""),
      servers.map((one) => one.name),
    );
  const imageKind = image ? kindOf(image, me?.id ?? "", system) : "system";
  const needsTrust = !!image && imageKind !== "system" && imageKind !== "mine" && !trusted;
  const family = (image?.properties["osfamily"] ?? "").toLowerCase();
  const noKeys = told.ssh_excluded.includes(family);
  const free = addresses.filter((one) => !one.port_id && !one.instance_id);
  const chosenIp = ip ?? bestAddress(free, chosenProject);
  const address = internet ? addresses.find((one) => one.id === chosenIp) : undefined;
  const names = numbered(finalName.trim(), personal.count);

  const wantedNetworks = (): Wanted["networks"] => {
    const wanted: { uuid: string; fixed_ip?: string }[] = nets.map((uuid) => ({ uuid }));
    if (address) {
      wanted.push({ uuid: address.floating_network_id, fixed_ip: address.floating_ip_address });
    }
    // Without a chosen address the cloud gives the server one as it does by default.
    return internet && !wanted.length ? null : wanted;
  };
  const wanted: Wanted | null =
    image && flavor
      ? {
          image,
          flavor,
          project: chosenProject,
          role: personal.role,
          keys: noKeys ? [] : personal.keys,
          userData: personal.userData,
          files: personal.files,
          disks: personal.disks,
          networks: wantedNetworks(),
        }
      : null;
  const wishOf = (title: string, what: Wanted) => requestOf(title, what, told.copied_metadata);

  const submit = async () => {
    if (busy || !wanted) return;
    setBusy(true);
    setFault(null);
    const all: Server[] = [];
    try {
      for (const [at, title] of names.entries()) {
        all.push(await compute.createServer(wishOf(title, wanted), `${token.current}-${at}`));
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
            <Password id={one.id} fresh={one.adminPass} image={image} />
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
  const footer = {
    nextButtonText: t("wizard.next"),
    backButtonText: t("wizard.back"),
    cancelButtonText: t("common.cancel"),
  };

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
          <ImageStep
            images={images.data ?? []}
            me={me?.id ?? ""}
            system={system}
            listing={listing}
            image={image}
            trusted={trusted}
            choose={(id) => {
              setImage(id);
              setTrusted(false);
            }}
            trust={setTrusted}
          />
        </WizardStep>
        <WizardStep
          id={STEPS[1]}
          name={t("wizard.size")}
          isDisabled={!image || needsTrust}
          footer={{ ...footer, isNextDisabled: !flavor || !fits(flavor) }}
        >
          <SizeStep
            flavors={creatable}
            flavor={flavor}
            choose={(one) => setFlavor(one.id)}
            project={chosenProject}
            setProject={setProject}
            quotas={quotas}
            imageSize={image?.size ?? 0}
          />
        </WizardStep>
        <WizardStep
          id={STEPS[2]}
          name={t("wizard.network")}
          isDisabled={!image || needsTrust}
          footer={footer}
        >
          <NetworkStep
            networks={networks}
            subnets={subnets}
            free={free}
            project={chosenProject}
            quotas={quotas}
            internet={internet}
            setInternet={setInternet}
            ip={chosenIp}
            setIp={setIp}
            nets={nets}
            setNets={setNets}
          />
        </WizardStep>
        <WizardStep
          id={STEPS[3]}
          name={t("wizard.personal")}
          isDisabled={!image || needsTrust}
          footer={{ ...footer, isNextDisabled: !finalName.trim() }}
        >
          <PersonalStep
            name={finalName}
            setName={setName}
            keypairs={keypairs}
            noKeys={noKeys}
            chosen={personal}
            change={(some) => setPersonal((now) => ({ ...now, ...some }))}
          />
        </WizardStep>
        <WizardStep
          id={STEPS[4]}
          name={t("wizard.confirm")}
          isDisabled={!image || needsTrust || !finalName.trim()}
          footer={{
            ...footer,
            nextButtonText: t("servers.create"),
            isNextDisabled: busy || !wanted,
            nextButtonProps: { isLoading: busy },
          }}
        >
          {wanted && (
            <ConfirmStep
              names={names}
              wanted={wanted}
              wish={wishOf(names[0] ?? "", wanted)}
              internet={internet}
              address={address}
              networks={networks}
              fault={fault}
            />
          )}
        </WizardStep>
      </Wizard>
    </View>
  );
}
