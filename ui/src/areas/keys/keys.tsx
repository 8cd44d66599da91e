/** SSH keys: pasted, read from a file, or made here so that the private half never travels. */
import {
  Alert,
  Button,
  ExpandableSection,
  FileUpload,
  FormSelect,
  FormSelectOption,
} from "@patternfly/react-core";
import KeyIcon from "@patternfly/react-icons/dist/esm/icons/key-icon";
import { useState } from "react";
import type { Keypair } from "../../api/compute";
import * as compute from "../../api/compute";
import { changed, keys, useKeypairs } from "../../api/queries";
import { useBulk } from "../../parts/bulk";
import { useConfirm } from "../../parts/confirm";
import { Copied } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { FaultBanner } from "../../parts/fault";
import { Field, TextField } from "../../parts/field";
import { shown } from "../../parts/format";
import { Loading, Nothing, View } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { saveText } from "../../parts/save";
import { DataTable } from "../../parts/table";
import { useTexts } from "../../texts";
import { generate, isPublicKey } from "./generate";

const MOST = 10;

export function Keys() {
  const { t } = useTexts();
  const found = useKeypairs();
  const confirm = useConfirm();
  const bulk = useBulk();
  const notify = useNotify();
  const [adding, setAdding] = useState(false);
  const [making, setMaking] = useState(false);
  const [renaming, setRenaming] = useState<Keypair | null>(null);
  const full = (found.data?.length ?? 0) >= MOST;
  const buttons = (
    <>
      <Button isDisabled={full} onClick={() => setAdding(true)}>
        {t("keys.add")}
      </Button>
      <Button variant="secondary" isDisabled={full} onClick={() => setMaking(true)}>
        {t("keys.generate")}
      </Button>
    </>
  );
  const remove = (each: Keypair) => async () => {
    const yes = await confirm({
      title: t("keys.removeAsk", { name: shown(each.name) }),
      verb: t("common.delete"),
      danger: true,
      about: { kind: "key", id: each.name, name: each.name },
    });
    if (!yes) return;
    await notify.attempt(() => compute.removeKeypair(each.name), t("keys.removed"));
    changed(keys.keypairs);
  };
  return (
    <View
      title={t("nav.keys")}
      lead={full ? t("keys.full", { most: MOST }) : t("keys.lead")}
      actions={buttons}
    >
      {found.isError && <FaultBanner error={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Loading text={t("common.loading")} />}
      {found.data && (
        <DataTable
          name="keys"
          bulk={[
            bulk<Keypair>({
              title: t("common.delete"),
              danger: true,
              name: (one) => shown(one.name),
              run: (one) => compute.removeKeypair(one.name),
              after: () => changed(keys.keypairs),
            }),
          ]}
          rows={found.data}
          id={(one) => one.name}
          first="name"
          columns={[
            {
              id: "name",
              title: t("common.name"),
              main: true,
              cell: (one) => shown(one.name),
              text: (one) => one.name,
            },
            {
              id: "fingerprint",
              title: t("keys.fingerprint"),
              cell: (one) => <Copied text={one.fingerprint} />,
              text: (one) => one.fingerprint,
            },
            {
              id: "content",
              title: t("keys.content"),
              cell: (one) => (
                <ExpandableSection toggleText={one.public_key.split(" ")[0] ?? ""}>
                  <Copied text={one.public_key} />
                </ExpandableSection>
              ),
              text: (one) => one.public_key,
            },
          ]}
          actions={(one) => [
            { title: t("keys.rename"), onClick: () => setRenaming(one) },
            { title: t("common.delete"), isDanger: true, onClick: () => void remove(one)() },
          ]}
          empty={
            <Nothing icon={KeyIcon} title={t("keys.empty")} actions={buttons}>
              {t("keys.emptyText")}
            </Nothing>
          }
        />
      )}
      {adding && <Add taken={found.data ?? []} close={() => setAdding(false)} />}
      {renaming && (
        <Rename pair={renaming} taken={found.data ?? []} close={() => setRenaming(null)} />
      )}
      {making && <Make taken={found.data ?? []} close={() => setMaking(false)} />}
    </View>
  );
}

function Add({ taken, close }: { taken: Keypair[]; close: () => void }) {
  const { t } = useTexts();
  const [name, setName] = useState("");
  const [text, setText] = useState("");
  const [file, setFile] = useState("");
  const twice = taken.some((one) => one.name === name.trim());
  const valid = isPublicKey(text);
  return (
    <Dialog
      title={t("keys.add")}
      verb={t("common.add")}
      close={close}
      ready={!!name.trim() && !twice && valid}
      submit={async () => {
        await compute.addKeypair(name.trim(), text.trim());
        changed(keys.keypairs);
      }}
    >
      <TextField
        id="key-name"
        label={t("common.name")}
        value={name}
        set={setName}
        required
        wrong={twice && t("keys.twice")}
      />
      <Field
        id="key-text"
        label={t("keys.content")}
        required
        wrong={!!text && !valid && t("keys.notKey")}
        hint={t("keys.hint")}
      >
        <FileUpload
          id="key-text"
          type="text"
          value={text}
          filename={file}
          browseButtonText={t("keys.file")}
          clearButtonText={t("common.clear")}
          filenamePlaceholder={t("keys.fileHint")}
          aria-label={t("keys.content")}
          onTextChange={(_, value) => setText(value)}
          onDataChange={(_, value) => setText(value)}
          onFileInputChange={(_, given) => {
            setFile(given.name);
            if (!name) setName(given.name.replace(/\.pub$/, ""));
          }}
          onClearClick={() => {
            setText("");
            setFile("");
          }}
        />
      </Field>
    </Dialog>
  );
}

/** The API renames no key: the same key is added under the new name, the old one taken away. */
function Rename({
  pair,
  taken,
  close,
}: {
  pair: Keypair;
  taken: Keypair[];
  close: () => void;
}) {
  const { t } = useTexts();
  const notify = useNotify();
  const [name, setName] = useState(pair.name);
  const twice = name.trim() !== pair.name && taken.some((one) => one.name === name.trim());
  return (
    <Dialog
      title={t("keys.rename")}
      verb={t("common.save")}
      variant="small"
      close={close}
      ready={!!name.trim() && !twice && name.trim() !== pair.name}
      submit={async () => {
        const turn = async (old: string, fresh: string) => {
          const full = taken.length >= MOST;
          if (full) await compute.removeKeypair(old);
          await compute.addKeypair(fresh, pair.public_key);
          if (!full) await compute.removeKeypair(old);
          changed(keys.keypairs);
        };
        await turn(pair.name, name.trim());
        notify.undo(t("server.renamed", { old: shown(pair.name), name: shown(name.trim()) }), () =>
          turn(name.trim(), pair.name),
        );
      }}
    >
      <TextField
        id="key-name"
        label={t("common.name")}
        value={name}
        set={setName}
        required
        wrong={twice && t("keys.twice")}
      />
    </Dialog>
  );
}

function Make({ taken, close }: { taken: Keypair[]; close: () => void }) {
  const { t } = useTexts();
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"ed25519" | "ecdsa" | "rsa">("ed25519");
  const [secret, setSecret] = useState("");
  const twice = taken.some((one) => one.name === name.trim());
  if (secret) {
    return (
      <Dialog
        title={t("keys.made")}
        verb={t("common.done")}
        close={close}
        submit={async () => undefined}
      >
        <Alert isInline variant="warning" title={t("keys.once")} />
        <Button variant="secondary" onClick={() => saveText(`id_${kind}`, secret, "application/octet-stream")}>
          {t("keys.save")}
        </Button>
      </Dialog>
    );
  }
  return (
    <Dialog
      title={t("keys.generate")}
      verb={t("keys.generate")}
      close={() => undefined}
      ready={!!name.trim() && !twice}
      description={t(kind === "rsa" ? "keys.byServerText" : "keys.generateText")}
      submit={async () => {
        if (kind === "rsa") {
          const made = await compute.addKeypair(name.trim());
          setSecret(made.private_key ?? "");
        } else {
          const pair = await generate(kind, name.trim());
          await compute.addKeypair(name.trim(), pair.open);
          setSecret(pair.secret);
        }
        changed(keys.keypairs);
      }}
    >
      <TextField
        id="key-name"
        label={t("common.name")}
        value={name}
        set={setName}
        required
        wrong={twice && t("keys.twice")}
      />
      <Field id="key-kind" label={t("keys.kind")}>
        <FormSelect
          id="key-kind"
          value={kind}
          onChange={(_, value) => setKind(value as typeof kind)}
        >
          <FormSelectOption value="ed25519" label="ed25519" />
          <FormSelectOption value="ecdsa" label="ecdsa (nistp256)" />
          <FormSelectOption value="rsa" label={t("keys.byServer")} />
        </FormSelect>
      </Field>
      <Button variant="link" isInline onClick={close}>
        {t("common.cancel")}
      </Button>
    </Dialog>
  );
}
