/** Whose is this: by e-mail, UUID, machine (`vm-12`), IPv4 or IPv6 (UI-289, UI-290). */
import { Checkbox, SearchInput } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Row } from "../../api/admin";
import * as admin from "../../api/admin";
import { useAddress } from "../../parts/address";
import { Block } from "../../parts/facts";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useTexts } from "../../texts";
import { Refused, useDesk } from "./desk";
import { SECTIONS } from "./sections";
import { heading, useWord } from "./words";

interface Answer {
  people: Row[];
  servers: Row[];
  networks: Row[];
  history: Row[];
}

/** What a query means: a machine, an address, or words of a person. */
export function meaning(query: string): { server?: number; address?: string; person?: string } {
  const machine = /^(?:vm|snf)-?(\d{1,15})$/i.exec(query);
  if (machine) return { server: Number(machine[1]) };
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(query) || (query.includes(":") && /^[0-9a-f:.]+$/i.test(query))) return { address: query };
  return { person: query };
}

async function look(query: string, deleted: boolean): Promise<Answer> {
  const all = { text: "", sort: "", limit: 200, offset: 0 };
  const list = async (verb: string, body: Record<string, unknown>, filter: string[] = [], text = "") =>
    (await admin.part(verb, body, { ...all, filter, text })).rows;
  const { server, address, person } = meaning(query);
  const ids = new Set<string>();
  let history: Row[] = [];
  if (server !== undefined) {
    const found = await admin.show("server-show", { server });
    ids.add(String(found.row["user.uuid"]));
  } else if (address) {
    history = await list("ip-list", { address });
    for (const row of history) if (row["user"]) ids.add(String(row["user"]));
    const field = address.includes(":") ? "ipv6" : "ipv4";
    for (const row of await list("server-list", {}, [], `${field}=${address}`)) ids.add(String(row["user.uuid"]));
  } else {
    const field = /^[0-9a-f-]{36}$/i.test(person ?? "") ? "uuid" : "email";
    for (const row of await list("user-list", {}, [], `${field}=${person}`)) ids.add(String(row["uuid"]));
  }
  const users = [...ids].slice(0, 50);
  if (!users.length) return { people: [], servers: [], networks: [], history };
  const owned = [`user.uuid=${users.join("|")}`];
  const [people, servers, gone, networks] = await Promise.all([
    list("user-list", {}, [`uuid=${users.join("|")}`]),
    list("server-list", { mails: true }, owned),
    deleted ? list("server-list", { mails: true, deleted: true }, owned) : Promise.resolve([]),
    list("network-list", { mails: true }, owned),
  ]);
  return { people, servers: [...servers, ...gone], networks, history };
}

export function StaffSearch() {
  const { t } = useTexts();
  const desk = useDesk();
  const [search, change] = useAddress();
  const query = (search["q"] ?? "").trim();
  const [typed, setTyped] = useState(query);
  const deleted = search["deleted"] === "1";
  const found = useQuery({
    queryKey: ["staff", "search", query, deleted],
    queryFn: () => look(query, deleted),
    enabled: !!query && !!desk.data,
    retry: false,
  });
  return (
    <View title={t("staff.search")} lead={t("staff.searchLead")} trail={[{ title: t("nav.staff"), to: "/staff" }]}>
      {desk.isError && <Refused error={desk.error} retry={() => void desk.refetch()} />}
      <form
        className="inline-form gap-below"
        onSubmit={(event) => {
          event.preventDefault();
          change({ q: typed.trim() });
        }}
      >
        <SearchInput aria-label={t("staff.search")} value={typed} onChange={(_, value) => setTyped(value)} onClear={() => setTyped("")} onSearch={() => change({ q: typed.trim() })} />
        <Checkbox id="deleted" label={t("staff.deleted")} isChecked={deleted} onChange={(_, on) => change({ deleted: on ? "1" : undefined })} />
      </form>
      {!!query && found.isPending && <Loading text={t("common.loading")} />}
      {found.isError && <Refused error={found.error} retry={() => void found.refetch()} />}
      {found.data && !found.data.people.length && !found.data.history.length && <Nothing title={t("search.none")} />}
      {found.data && (
        <>
          <Rows kind="users" rows={found.data.people} />
          <Rows kind="servers" rows={found.data.servers} />
          <Rows kind="networks" rows={found.data.networks} />
          <Rows kind="history" rows={found.data.history} />
        </>
      )}
    </View>
  );
}

function Rows({ kind, rows }: { kind: string; rows: Row[] }) {
  const { t } = useTexts();
  const word = useWord();
  const section = SECTIONS.find((one) => one.kind === kind);
  if (!section || !rows.length) return null;
  return (
    <Block title={`${t(section.title)} (${rows.length})`}>
      <div className="wide-table" tabIndex={0} role="region" aria-label={t(section.title)}>
        <table className="plain-table">
          <thead>
            <tr>
              {section.columns.map((one) => (
                <th key={one} scope="col">
                  {heading(one)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>
                {section.columns.map((one) => (
                  <td key={one}>
                    {one === section.name && section.show ? (
                      <To to={`/staff/${kind}/${encodeURIComponent(String(row[section.id]))}`}>{word(row[one])}</To>
                    ) : (
                      word(row[one])
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Block>
  );
}
