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
  (await ask<{ rows: Row[] }>(`${ADMIN}/${verb}`, { method: "POST", json: body })).rows;
export const show = (verb: string, body: Record<string, unknown>) =>
  ask<Shown>(`${ADMIN}/${verb}`, { method: "POST", json: body });
export const run = (verb: string, body: Record<string, unknown>) =>
  ask<Shown>(`${ADMIN}/${verb}`, { method: "POST", json: body });
