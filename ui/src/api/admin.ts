/** The administrator's verbs: `/admin/v1` (the same words as the administrator's command). */
import { ask } from "./http";

const ADMIN = "/admin/v1";

export type Value = string | number | boolean | null;
export type Row = Record<string, Value>;
export interface Shown {
  row: Row;
  tables?: Record<string, Row[]>;
}
export interface Desk {
  verbs: string[];
  rights: string[];
}

/** What I may do; refused for who may do nothing. */
export const desk = () => ask<Desk>(ADMIN);
export const list = async (verb: string, body: Record<string, unknown> = {}) =>
  (await ask<{ rows: Row[] }>(`${ADMIN}/${verb}`, { method: "POST", json: body, reads: true })).rows;
export const show = (verb: string, body: Record<string, unknown>) =>
  ask<Shown>(`${ADMIN}/${verb}`, { method: "POST", json: body, reads: true });
export const run = (verb: string, body: Record<string, unknown>) =>
  ask<Shown>(`${ADMIN}/${verb}`, { method: "POST", json: body });

/** A page of a list, as the service filters and orders it (docs/api.md). */
export interface Part {
  rows: Row[];
  total: number;
  columns: string[];
}
export async function part(
  verb: string,
  body: Record<string, unknown>,
  how: { text: string; filter: string[]; sort: string; limit: number; offset: number },
): Promise<Part> {
  const pairs = [
    ...(how.text ? [["text", how.text]] : []),
    ...how.filter.map((one) => ["filter", one]),
    ...(how.sort ? [["sort", how.sort]] : []),
    ["limit", String(how.limit)],
    ["offset", String(how.offset)],
  ];
  return ask<Part>(`${ADMIN}/${verb}?${new URLSearchParams(pairs).toString()}`, { method: "POST", json: body, reads: true });
}
