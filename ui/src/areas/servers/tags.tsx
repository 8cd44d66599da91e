/** What is written on a server: its metadata, and its tags. */
import { Button, Label, LabelGroup, TextInput } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Server } from "../../api/compute";
import * as compute from "../../api/compute";
import { changed, keys } from "../../api/queries";
import { Block } from "../../parts/facts";
import { shown } from "../../parts/format";
import { useNotify } from "../../parts/notify";
import { useTexts } from "../../texts";

const SUGGESTED = ["OS", "Owner", "Role", "users", "hostname"];

export function Tags({ server }: { server: Server }) {
  const { t } = useTexts();
  const notify = useNotify();
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const [tag, setTag] = useState("");
  const tags = useQuery({
    queryKey: ["tags", server.id],
    queryFn: () => compute.tags(server.id),
    // A tag is there once the cluster has it.
    refetchInterval: (query) =>
      query.state.data?.statuses.some((one) => one !== "ACTIVE") ? 1500 : false,
  });
  const entries = Object.entries(server.metadata);
  const free = SUGGESTED.filter((one) => !(one in server.metadata));
  const restorable = (what: "server.changed" | "server.removed", name: string, text: string) =>
    notify.undo(t(what, { name: shown(name) }), async () => {
      await compute.setMetadata(server.id, { [name]: text });
      changed(keys.servers);
    });
  const dropTag = async (one: string) => {
    if (await notify.attempt(() => compute.dropTag(server.id, one))) {
      notify.undo(t("server.removed", { name: shown(one) }), async () => {
        await compute.addTag(server.id, one);
        void tags.refetch();
      });
    }
    void tags.refetch();
  };
  const save = async (name: string, text: string) => {
    if (!name.trim() || !text.trim()) return;
    const before = server.metadata[name.trim()];
    const done = await notify.attempt(() => compute.setMetadata(server.id, { [name.trim()]: text }));
    if (done && before !== undefined && before !== text) restorable("server.changed", name.trim(), before);
    setKey("");
    setValue("");
    changed(keys.servers);
  };
  return (
    <>
      <Block title={t("server.metadata")}>
        <table className="pairs">
          <tbody>
            {entries.map(([name, text]) => (
              <Pair
                key={name}
                name={name}
                text={text}
                save={(fresh) => save(name, fresh)}
                drop={async () => {
                  const done = await notify.attempt(() => compute.dropMetadata(server.id, name));
                  if (done) restorable("server.removed", name, text);
                  changed(keys.servers);
                }}
              />
            ))}
            <tr>
              <td>
                <TextInput
                  aria-label={t("server.key")}
                  placeholder={t("server.key")}
                  value={key}
                  list="suggested-keys"
                  onChange={(_, wanted) => setKey(wanted)}
                />
                <datalist id="suggested-keys">
                  {free.map((one) => (
                    <option key={one} value={one} />
                  ))}
                </datalist>
              </td>
              <td>
                <TextInput
                  aria-label={t("server.value")}
                  placeholder={t("server.value")}
                  value={value}
                  onChange={(_, wanted) => setValue(wanted)}
                  onKeyDown={(event) => {
                    if (event.key === "Enter") void save(key, value);
                  }}
                />
              </td>
              <td>
                <Button
                  variant="secondary"
                  isDisabled={!key.trim() || !value.trim()}
                  onClick={() => void save(key, value)}
                >
                  {t("common.add")}
                </Button>
              </td>
            </tr>
          </tbody>
        </table>
      </Block>
      <Block title={t("servers.tags")}>
        <LabelGroup numLabels={50}>
          {(tags.data?.tags ?? []).map((one, at) => (
            <Label
              key={one}
              color={tags.data?.statuses[at] === "ACTIVE" ? "blue" : "grey"}
              closeBtnAriaLabel={t("server.dropTag", { tag: shown(one) })}
              onClose={
                tags.data?.statuses[at] === "ACTIVE"
                  ? () => void dropTag(one)
                  : undefined
              }
            >
              {shown(one)}
            </Label>
          ))}
        </LabelGroup>
        <form
          className="inline-form gap-above"
          onSubmit={(event) => {
            event.preventDefault();
            if (!tag.trim()) return;
            void notify
              .attempt(() => compute.addTag(server.id, tag.trim()))
              .then((done) => {
                if (done) setTag("");
                void tags.refetch();
              });
          }}
        >
          <TextInput
            aria-label={t("server.newTag")}
            placeholder={t("server.newTag")}
            value={tag}
            onChange={(_, wanted) => setTag(wanted)}
          />
          <Button type="submit" variant="secondary" isDisabled={!tag.trim()}>
            {t("common.add")}
          </Button>
        </form>
      </Block>
    </>
  );
}

function Pair({
  name,
  text,
  save,
  drop,
}: {
  name: string;
  text: string;
  save: (text: string) => Promise<unknown>;
  drop: () => Promise<unknown>;
}) {
  const { t } = useTexts();
  const [edited, setEdited] = useState<string | null>(null);
  return (
    <tr>
      <th scope="row">{shown(name)}</th>
      <td>
        {edited === null ? (
          shown(text)
        ) : (
          <TextInput
            aria-label={t("server.valueOf", { key: name })}
            value={edited}
            autoFocus
            onChange={(_, wanted) => setEdited(wanted)}
            onKeyDown={(event) => {
              if (event.key === "Escape") setEdited(null);
              if (event.key === "Enter" && edited.trim()) {
                void save(edited).then(() => setEdited(null));
              }
            }}
          />
        )}
      </td>
      <td>
        <Button variant="link" isInline onClick={() => setEdited(text)}>
          {t("common.edit")}
        </Button>{" "}
        <Button variant="link" isInline isDanger onClick={() => void drop()}>
          {t("common.remove")}
        </Button>
      </td>
    </tr>
  );
}
