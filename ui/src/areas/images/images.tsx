/** Images: what servers are made from. */
import {
  Alert,
  Button,
  Checkbox,
  FormSelect,
  FormSelectOption,
  Label,
  LabelGroup,
  TextInput,
} from "@patternfly/react-core";
import ImagesIcon from "@patternfly/react-icons/dist/esm/icons/images-icon";
import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import * as files from "../../api/files";
import * as identity from "../../api/identity";
import * as images from "../../api/images";
import type { Image } from "../../api/images";
import { changed, keys, useImages, useMe } from "../../api/queries";
import { useAddress } from "../../parts/address";
import { useBulk } from "../../parts/bulk";
import { useConfirm } from "../../parts/confirm";
import { Copied } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { Block, Facts } from "../../parts/facts";
import { FaultBanner } from "../../parts/fault";
import { Field, TextField } from "../../parts/field";
import { ago, bytes, shown } from "../../parts/format";
import { ImageFacts } from "../../parts/imagefacts";
import { ButtonTo, To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { DataTable } from "../../parts/table";
import { useTexts } from "../../texts";

export function Images() {
  const { t, language } = useTexts();
  const found = useImages();
  const me = useMe().data;
  const bulk = useBulk();
  const kind = (one: Image) =>
    one.owner === me?.id
      ? t(one.is_snapshot ? "nav.snapshots" : "wizard.mine")
      : t(one.is_public ? "wizard.public" : "wizard.shared");
  const button = <ButtonTo to="/images/register">{t("images.register")}</ButtonTo>;
  return (
    <View title={t("nav.images")} actions={button}>
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <DataTable
          name="images"
          bulk={[
            bulk<(typeof found.data)[number]>({
              title: t("images.unregister"),
              danger: true,
              allowed: (one) => one.owner === me?.id,
              name: (one) => shown(one.name),
              run: (one) => images.unregisterImage(one.id),
              after: () => changed(keys.images),
            }),
          ]}
          rows={found.data}
          id={(one) => one.id}
          first="name"
          empty={<Nothing icon={ImagesIcon} title={t("images.empty")} actions={button} />}
          columns={[
            {
              id: "name",
              title: t("common.name"),
              main: true,
              cell: (one) => <To to={`/images/${one.id}`}>{shown(one.name)}</To>,
              text: (one) => one.name,
            },
            { id: "kind", title: t("images.whose"), cell: kind, text: kind },
            {
              id: "os",
              title: t("images.os"),
              cell: (one) => shown(one.properties["os"] ?? ""),
              text: (one) => one.properties["os"] ?? "",
            },
            {
              id: "size",
              title: t("common.size"),
              cell: (one) => bytes(one.size, language),
              text: (one) => String(one.size),
              order: (one) => one.size,
            },
            {
              id: "format",
              title: t("images.format"),
              cell: (one) => one.disk_format,
              text: (one) => one.disk_format,
            },
            {
              id: "created",
              title: t("common.created"),
              cell: (one) => ago(one.created_at, language),
              text: (one) => one.created_at,
            },
            {
              id: "status",
              title: t("common.status"),
              cell: (one) => (
                <Label isCompact color={one.status === "AVAILABLE" ? "green" : "orange"}>
                  {one.status === "AVAILABLE" ? t("images.available") : one.status}
                </Label>
              ),
              text: (one) => one.status,
            },
          ]}
        />
      )}
    </View>
  );
}

export function ImageDetail() {
  const { t } = useTexts();
  const { id } = useParams({ strict: false }) as { id: string };
  const found = useImages();
  const me = useMe().data;
  const router = useRouter();
  const notify = useNotify();
  const confirm = useConfirm();
  const [editing, setEditing] = useState(false);
  const image = found.data?.find((one) => one.id === id);
  const trail = [{ title: t("nav.images"), to: "/images" }];
  if (!image) {
    return (
      <View title={t("images.one")} trail={trail}>
        {found.isPending ? (
          <Loading text={t("common.loading")} />
        ) : (
          <Nothing title={t("missing.title")}>{t("missing.text")}</Nothing>
        )}
      </View>
    );
  }
  const mine = image.owner === me?.id;
  const unregister = async () => {
    const yes = await confirm({
      title: t("images.unregisterAsk", { name: shown(image.name) }),
      body: t("images.unregisterText"),
      verb: t("images.unregister"),
      danger: true,
    });
    if (!yes) return;
    if (await notify.attempt(() => images.unregisterImage(image.id))) {
      changed(keys.images);
      void router.navigate({ to: "/images" as never });
    }
  };
  return (
    <View
      title={shown(image.name)}
      trail={trail}
      actions={
        <>
          {mine && (
            <>
              <Button variant="secondary" onClick={() => setEditing(true)}>
                {t("common.edit")}
              </Button>
              <Button variant="secondary" isDanger onClick={() => void unregister()}>
                {t("images.unregister")}
              </Button>
            </>
          )}
          <ButtonTo to={`/servers/new?image=${image.id}`}>{t("servers.create")}</ButtonTo>
        </>
      }
    >
      <Block title={t("files.details")}>
        <p className="gap-below-small">
          <Copied text={image.id} /> <Copied text={image.location} shown={t("images.location")} />
        </p>
        <Facts columns={3} facts={[[t("files.public"), t(image.is_public ? "common.yes" : "common.no")]]} />
        <ImageFacts image={image} />
      </Block>
      {mine && !image.is_public && <Members image={image} />}
      {editing && <Edit image={image} close={() => setEditing(false)} />}
    </View>
  );
}

function Members({ image }: { image: Image }) {
  const { t } = useTexts();
  const notify = useNotify();
  const [text, setText] = useState("");
  const found = useQuery({
    queryKey: ["image-members", image.id],
    queryFn: () => images.imageMembers(image.id),
  });
  const ids = (found.data ?? []).map((one) => one.member_id);
  const names = useQuery({
    queryKey: ["names", ...ids],
    queryFn: () => identity.namesOf(ids),
    enabled: ids.length > 0,
  }).data;
  return (
    <Block title={t("files.share")}>
      <LabelGroup numLabels={30}>
        {ids.map((id) => (
          <Label
            key={id}
            closeBtnAriaLabel={t("groups.drop", { name: names?.[id] ?? id })}
            onClose={() =>
              void notify
                .attempt(() => images.unshareImage(image.id, id))
                .then(() => void found.refetch())
            }
          >
            {shown(names?.[id] ?? id)}
          </Label>
        ))}
      </LabelGroup>
      {ids.length === 0 && <p className="quiet">{t("share.none")}</p>}
      <form
        className="inline-form gap-above"
        onSubmit={(event) => {
          event.preventDefault();
          void notify
            .attempt(async () => {
              const known = await identity.idsOf([text.trim()]);
              const id = known[text.trim()];
              if (!id) throw new Error(t("share.unknown", { names: text.trim() }));
              await images.shareImage(image.id, id);
              setText("");
            })
            .then(() => void found.refetch());
        }}
      >
        <TextInput
          aria-label={t("share.people")}
          placeholder={t("share.people")}
          value={text}
          onChange={(_, value) => setText(value)}
        />
        <Button type="submit" variant="secondary" isDisabled={!text.trim()}>
          {t("common.add")}
        </Button>
      </form>
    </Block>
  );
}

const COMMON = ["os", "osfamily", "users", "kernel", "gui", "description", "root_partition"];

function Edit({ image, close }: { image: Image; close: () => void }) {
  const { t } = useTexts();
  const [name, setName] = useState(image.name);
  const [open, setOpen] = useState(image.is_public);
  const [properties, setProperties] = useState<[string, string][]>(
    Object.entries(image.properties),
  );
  const free = COMMON.filter((key) => !properties.some(([known]) => known === key));
  return (
    <Dialog
      title={t("images.edit")}
      verb={t("common.save")}
      close={close}
      ready={!!name.trim()}
      submit={async () => {
        await images.updateImage(image.id, {
          name,
          is_public: open,
          properties: Object.fromEntries(properties.filter(([key]) => key)),
        });
        changed(keys.images);
      }}
    >
      <TextField id="image-name" label={t("common.name")} value={name} set={setName} required />
      <Checkbox
        id="image-public"
        label={t("images.public")}
        isChecked={open}
        onChange={(_, wanted) => setOpen(wanted)}
      />
      {properties.map(([key, text], at) => (
        <TextField
          key={key}
          id={`property-${at}`}
          label={key}
          value={text}
          set={(value) =>
            setProperties(properties.map((one, index) => (index === at ? [key, value] : one)))
          }
        />
      ))}
      {free.length > 0 && (
        <FormSelect
          aria-label={t("images.addProperty")}
          value=""
          onChange={(_, key) => key && setProperties([...properties, [key, ""]])}
        >
          <FormSelectOption value="" label={t("images.addProperty")} />
          {free.map((key) => (
            <FormSelectOption key={key} value={key} label={key} />
          ))}
        </FormSelect>
      )}
    </Dialog>
  );
}

const FORMATS = ["diskdump", "extdump", "ntfsdump"];

export function RegisterImage() {
  const { t } = useTexts();
  const me = useMe().data;
  const router = useRouter();
  const notify = useNotify();
  const [search] = useAddress();
  const [container, setContainer] = useState(search["container"] ?? "pithos");
  const [file, setFile] = useState(search["file"] ?? "");
  const [name, setName] = useState((search["file"] ?? "").replace(/^.*\//, "").replace(/\.[^.]*$/, ""));
  const [format, setFormat] = useState(FORMATS[0] ?? "");
  const [open, setOpen] = useState(false);
  const [os, setOs] = useState("");
  const [busy, setBusy] = useState(false);
  const containers = useQuery({
    queryKey: ["files", "containers", me?.id ?? ""],
    queryFn: () => files.prepare(me?.id ?? ""),
    enabled: !!me,
  });
  const listed = useQuery({
    queryKey: ["files", me?.id ?? "", container, ""],
    queryFn: ({ signal }) => files.list(me?.id ?? "", container, "", signal),
    enabled: !!me,
  });
  const names = (listed.data ?? []).filter((one) => !files.isFolder(one)).map((one) => one.name);
  // One that lies in a folder was chosen among the files.
  const choices = file && !names.includes(file) ? [file, ...names] : names;
  return (
    <View title={t("images.register")} trail={[{ title: t("nav.images"), to: "/images" }]}>
      <form
        className="form-narrow pf-v6-c-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (busy || !me) return;
          setBusy(true);
          void notify
            .attempt(
              () =>
                images.registerImage({
                  name: name.trim(),
                  location: `pithos://${me.id}/${container}/${file}`,
                  disk_format: format,
                  is_public: open,
                  properties: os ? { os, osfamily: os === "windows" ? "windows" : "linux" } : {},
                }),
              t("images.registered"),
            )
            .then((done) => {
              setBusy(false);
              changed(keys.images);
              if (done) void router.navigate({ to: "/images" as never });
            });
        }}
      >
        <Field id="image-container" label={t("images.container")}>
          <FormSelect
            id="image-container"
            value={container}
            onChange={(_, value) => {
              setContainer(value);
              setFile("");
            }}
          >
            {[
              ...new Set([container, ...(containers.data ?? []).map((one) => one.name)]),
            ]
              .filter((one) => one !== "trash")
              .map((one) => (
                <FormSelectOption key={one} value={one} label={shown(one)} />
              ))}
          </FormSelect>
        </Field>
        <Field id="image-file" label={t("images.file")} required>
          <FormSelect
            id="image-file"
            value={file}
            onChange={(_, value) => {
              setFile(value);
              if (!name) setName(value.replace(/\.[^.]*$/, ""));
            }}
          >
            <FormSelectOption value="" label={t("images.choose")} />
            {choices.map((one) => (
              <FormSelectOption key={one} value={one} label={shown(one)} />
            ))}
          </FormSelect>
        </Field>
        {choices.length === 0 && !listed.isPending && (
          <Alert isInline variant="info" title={t("images.noFiles")}>
            <To to={`/files/${container}`}>{t("files.upload")}</To>
          </Alert>
        )}
        <TextField id="image-name" label={t("common.name")} value={name} set={setName} required />
        <Field id="image-format" label={t("images.format")}>
          <FormSelect id="image-format" value={format} onChange={(_, value) => setFormat(value)}>
            {FORMATS.map((one) => (
              <FormSelectOption key={one} value={one} label={one} />
            ))}
          </FormSelect>
        </Field>
        <TextField id="image-os" label={t("images.os")} value={os} set={setOs} hint="debian, ubuntu, windows…" />
        <Checkbox
          id="image-public"
          label={t("images.public")}
          isChecked={open}
          onChange={(_, wanted) => setOpen(wanted)}
        />
        <div>
          <Button type="submit" isDisabled={!file || !name.trim() || busy} isLoading={busy}>
            {t("images.register")}
          </Button>
        </div>
      </form>
    </View>
  );
}
