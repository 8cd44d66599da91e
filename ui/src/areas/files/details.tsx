/** What a file is, its versions, who sees it: a drawer over the folder. */
import {
  Alert,
  Button,
  Checkbox,
  FormSelect,
  FormSelectOption,
  Modal,
  ModalBody,
  ModalHeader,
  Tab,
  TabTitleText,
  Tabs,
  TextInput,
} from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Entry, Place } from "../../api/files";
import * as files from "../../api/files";
import * as identity from "../../api/identity";
import { changed } from "../../api/queries";
import { Copied } from "../../parts/copy";
import { Facts } from "../../parts/facts";
import { FaultBanner } from "../../parts/fault";
import { TextField } from "../../parts/field";
import { bytes, exact, shown } from "../../parts/format";
import { Loading } from "../../parts/page";
import { useNotify } from "../../parts/notify";
import { baseName } from "../../parts/paths";
import { useTexts } from "../../texts";
import { LinkTerms } from "./linkterms";
import { Versions } from "./versions";
import { formatSharing, parseSharing, splitNames, type Share } from "./kind";

export function FileDetails({
  place,
  own,
  entry,
  tab,
  setTab,
  close,
}: {
  place: Place;
  own: boolean;
  entry?: Entry;
  tab: string;
  setTab: (tab: string) => void;
  close: () => void;
}) {
  const { t } = useTexts();
  const folder = !!entry && files.isFolder(entry);
  const known = useQuery({
    queryKey: ["files", "details", place.account, place.container, place.name],
    queryFn: () => files.details(place.account, place.container, place.name),
    enabled: !entry?.virtual,
  });
  return (
    <Modal isOpen variant="medium" onClose={close} aria-labelledby="file-title">
      <ModalHeader title={shown(baseName(place.name))} labelId="file-title" />
      <ModalBody>
        {known.isError && <FaultBanner error={known.error} retry={() => void known.refetch()} />}
        {known.isPending && !entry?.virtual && <Loading text={t("common.loading")} />}
        {entry?.virtual && <p className="quiet">{t("files.virtual")}</p>}
        {known.data && (
          <Tabs
            activeKey={tab}
            onSelect={(_, key) => setTab(String(key))}
            aria-label={t("files.details")}
            inset={{ default: "insetNone" }}
          >
            <Tab eventKey="facts" title={<TabTitleText>{t("files.details")}</TabTitleText>}>
              {tab === "facts" && (
                <About place={place} known={known.data} own={own} folder={folder} />
              )}
            </Tab>
            {own && !folder ? (
              <Tab eventKey="versions" title={<TabTitleText>{t("files.versions")}</TabTitleText>}>
                {tab === "versions" && <Versions place={place} type={known.data.type} />}
              </Tab>
            ) : (
              <></>
            )}
            {own ? (
              <Tab eventKey="share" title={<TabTitleText>{t("files.share")}</TabTitleText>}>
                {tab === "share" && <Sharing place={place} known={known.data} folder={folder} />}
              </Tab>
            ) : (
              <></>
            )}
          </Tabs>
        )}
      </ModalBody>
    </Modal>
  );
}

function About({
  place,
  known,
  own,
  folder,
}: {
  place: Place;
  known: files.Details;
  own: boolean;
  folder: boolean;
}) {
  const { t, language } = useTexts();
  const notify = useNotify();
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const [wanted, setWanted] = useState({
    type: known.type,
    encoding: known.encoding,
    disposition: known.disposition,
  });
  const [gone, setGone] = useState<{ name: string; text: string } | null>(null);
  const set = async (name: string, text: string) => {
    await notify.attempt(() => files.setMeta(place, { [name]: text }));
    changed(["files"]);
  };
  const remove = async (name: string, text: string) => {
    if (!(await notify.attempt(() => files.setMeta(place, { [name]: "" })))) return;
    changed(["files"]);
    setGone({ name, text });
    // As long as elsewhere (UI-317); a message of the page would lie behind the dialog.
    setTimeout(() => setGone((now) => (now?.name === name ? null : now)), 8000);
  };
  return (
    <div className="gap-above">
      <Facts
        facts={[
          !folder && [t("common.size"), bytes(known.size, language)],
          [t("common.type"), known.type],
          [t("common.updated"), known.modified && exact(known.modified, language)],
          !folder && [
            t("files.hash"),
            <Copied key="h" text={known.hash} shown={`${known.hash.slice(0, 16)}…`} />,
          ],
          ["UUID", <Copied key="u" text={known.uuid} />],
          [t("files.version"), <Copied key="v" text={known.version} />],
          !!known.encoding && [t("meta.encoding"), shown(known.encoding)],
          !!known.disposition && [t("meta.disposition"), shown(known.disposition)],
          !!known.allowedTo && [
            t("files.allowed"),
            t(known.allowedTo === "write" ? "files.mayWrite" : "files.mayRead"),
          ],
        ]}
      />
      <ul className="rows">
        {known.meta.map(([name, text]) => (
          <li key={name}>
            <strong>{name}</strong>
            <span>{shown(text)}</span>
            {own ? (
              <span>
                <Button
                  variant="link"
                  isInline
                  aria-label={t("meta.change", { key: name })}
                  onClick={() => {
                    setKey(name);
                    setValue(text);
                  }}
                >
                  {t("meta.edit")}
                </Button>{" "}
                <Button
                  variant="link"
                  isInline
                  isDanger
                  aria-label={t("meta.remove", { key: name })}
                  onClick={() => void remove(name, text)}
                >
                  {t("common.remove")}
                </Button>
              </span>
            ) : (
              <span />
            )}
          </li>
        ))}
      </ul>
      {gone && (
        <Alert
          isInline
          isPlain
          variant="success"
          title={t("meta.removed", { key: gone.name })}
          actionLinks={
            <Button
              variant="link"
              isInline
              onClick={() => {
                setGone(null);
                void set(gone.name, gone.text);
              }}
            >
              {t("undo.do")}
            </Button>
          }
        />
      )}
      {own && (
        <form
          className="inline-form gap-above"
          onSubmit={(event) => {
            event.preventDefault();
            if (!key.trim()) return;
            void set(key.trim(), value).then(() => {
              setKey("");
              setValue("");
            });
          }}
        >
          <TextInput
            aria-label={t("server.key")}
            placeholder={t("server.key")}
            value={key}
            onChange={(_, text) => setKey(text)}
          />
          <TextInput
            aria-label={t("server.value")}
            placeholder={t("server.value")}
            value={value}
            onChange={(_, text) => setValue(text)}
          />
          <Button type="submit" variant="secondary" isDisabled={!key.trim()}>
            {t("common.add")}
          </Button>
        </form>
      )}
      {own && !folder && (
        <form
          className="gap-above"
          onSubmit={(event) => {
            event.preventDefault();
            void notify
              .attempt(() => files.setHeaders(place, known, wanted), t("common.saved"))
              .then(() => changed(["files"]));
          }}
        >
          <TextField id="file-type" label={t("common.type")} value={wanted.type} set={(type) => setWanted({ ...wanted, type })} required />
          <TextField id="file-encoding" label={t("meta.encoding")} value={wanted.encoding} set={(encoding) => setWanted({ ...wanted, encoding })} />
          <TextField id="file-disposition" label={t("meta.disposition")} value={wanted.disposition} set={(disposition) => setWanted({ ...wanted, disposition })} />
          <Button
            type="submit"
            variant="secondary"
            className="gap-above"
            isDisabled={
              !wanted.type.trim() ||
              (wanted.type === known.type &&
                wanted.encoding === known.encoding &&
                wanted.disposition === known.disposition)
            }
          >
            {t("common.save")}
          </Button>
        </form>
      )}
    </div>
  );
}

function Sharing({
  place,
  known,
  folder,
}: {
  place: Place;
  known: files.Details;
  folder: boolean;
}) {
  const { t } = useTexts();
  const notify = useNotify();
  const [shares, setShares] = useState<Share[]>(parseSharing(known.sharing));
  const [names, setNames] = useState<Record<string, string>>({});
  const [text, setText] = useState("");
  const [unknown, setUnknown] = useState<string[]>([]);
  const [link, setLink] = useState(known);
  // As wished while it is on its way, as it is when that failed (UI-310).
  const [pending, setPending] = useState<boolean | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const publish = async (wanted: boolean) => {
    setPending(wanted);
    setFault(null);
    try {
      await files.setPublic(place, wanted);
      setLink(await files.details(place.account, place.container, place.name));
      changed(["files"]);
    } catch (error) {
      setFault(error);
    }
    setPending(null);
  };
  const groups = useQuery({
    queryKey: ["files", "groups", place.account],
    queryFn: () => files.groups(place.account),
  });
  useEffect(() => {
    const ids = shares.map((one) => one.who).filter((who) => who !== "*" && !who.includes(":"));
    if (ids.length) void identity.namesOf(ids).then(setNames).catch(() => undefined);
  }, [shares]);
  const save = async (wanted: Share[]) => {
    if (await notify.attempt(() => files.setSharing(place, formatSharing(wanted)))) {
      setShares(wanted);
      changed(["files"]);
    }
  };
  const add = async () => {
    const given = splitNames(text);
    if (!given.length) return;
    const found = await identity.idsOf(given).catch(() => ({}) as Record<string, string>);
    const missing = given.filter((name) => !found[name]);
    setUnknown(missing);
    if (missing.length) return;
    const fresh = given
      .map((name) => found[name] as string)
      .filter((who) => !shares.some((one) => one.who === who));
    await save([...shares, ...fresh.map((who): Share => ({ who, may: "read" }))]);
    setText("");
  };
  const wordOf = (who: string) =>
    who === "*"
      ? t("share.everybody")
      : who.includes(":")
        ? t("share.group", { name: decodeURIComponent(who.split(":")[1] ?? "") })
        : shown(names[who] ?? who);
  return (
    <div className="gap-above">
      {known.sharedBy && (
        <p className="gap-below quiet">{t("share.inherited", { folder: shown(known.sharedBy) })}</p>
      )}
      <ul className="rows">
        {shares.map((one) => (
          <li key={one.who}>
            <span>{wordOf(one.who)}</span>
            <FormSelect
              aria-label={t("share.may", { name: wordOf(one.who) })}
              value={one.may}
              onChange={(_, may) =>
                void save(
                  shares.map((each) =>
                    each.who === one.who ? { ...each, may: may as Share["may"] } : each,
                  ),
                )
              }
            >
              <FormSelectOption value="read" label={t("files.mayRead")} />
              <FormSelectOption value="write" label={t("files.mayWrite")} />
            </FormSelect>
            <Button
              variant="link"
              isInline
              isDanger
              onClick={() => void save(shares.filter((each) => each.who !== one.who))}
            >
              {t("common.remove")}
            </Button>
          </li>
        ))}
      </ul>
      {shares.length === 0 && <p className="quiet">{t("share.none")}</p>}
      {shares.length > 1 && (
        <Button variant="link" isInline isDanger onClick={() => void save([])}>
          {t("share.removeAll")}
        </Button>
      )}
      <form
        className="inline-form gap-above"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <TextInput
          aria-label={t("share.people")}
          placeholder={t("share.people")}
          value={text}
          validated={unknown.length ? "error" : "default"}
          onChange={(_, value) => {
            setText(value);
            setUnknown([]);
          }}
        />
        <Button type="submit" variant="secondary" isDisabled={!text.trim()}>
          {t("common.add")}
        </Button>
      </form>
      {unknown.length > 0 && (
        <p role="alert">{t("share.unknown", { names: unknown.join(", ") })}</p>
      )}
      <p className="gap-above">
        {Object.keys(groups.data ?? {}).map((name) => {
          const who = `${place.account}:${name}`;
          return (
            !shares.some((one) => one.who === who) && (
              <Button
                key={name}
                variant="link"
                isInline
                onClick={() => void save([...shares, { who, may: "read" }])}
              >
                + {t("share.group", { name })}{" "}
              </Button>
            )
          );
        })}{" "}
        {!shares.some((one) => one.who === "*") && (
          <Button
            variant="link"
            isInline
            onClick={() => void save([...shares, { who: "*", may: "read" }])}
          >
            + {t("share.everybody")}
          </Button>
        )}
      </p>
      <div className="gap-above">
        {folder ? (
          <p className="quiet">{t("share.folderPublic")}</p>
        ) : (
          <>
            <Checkbox
              id="public"
              label={t("share.public")}
              isChecked={pending ?? !!link.link}
              isDisabled={pending !== null}
              onChange={(_, wanted) => void publish(wanted)}
            />
            {fault !== null && <FaultBanner error={fault} retry={() => void publish(!link.link)} />}
            {link.link && <Copied text={link.link} />}
            {link.link && <LinkTerms key={link.link} place={place} known={link} told={setLink} />}
          </>
        )}
      </div>
    </div>
  );
}

