/** Images: files that are registered, `/cyclades/image/v1.0`. */
import { ask, send } from "./http";

const IMAGE = "/cyclades/image/v1.0";

export interface Image {
  id: string;
  name: string;
  status: string;
  disk_format: string;
  container_format: string;
  size: number;
  checksum: string;
  location: string;
  created_at: string;
  updated_at: string;
  is_public: boolean;
  owner: string;
  properties: Record<string, string>;
  is_snapshot: boolean;
}

export const images = async () =>
  (await ask<{ images: Image[] }>(`${IMAGE}/images/detail`)).images;

/** Header values carry UTF-8, percent-encoded where they must. */
const value = (text: string) => encodeURIComponent(text).replaceAll("%20", " ");

export const registerImage = (wish: {
  name: string;
  location: string;
  disk_format: string;
  is_public: boolean;
  properties: Record<string, string>;
}) =>
  send(`${IMAGE}/images`, {
    method: "POST",
    headers: {
      "X-Image-Meta-Name": value(wish.name),
      "X-Image-Meta-Location": wish.location,
      "X-Image-Meta-Disk-Format": wish.disk_format,
      "X-Image-Meta-Container-Format": "bare",
      "X-Image-Meta-Is-Public": wish.is_public ? "True" : "False",
      ...propertyHeaders(wish.properties),
    },
  });

const propertyHeaders = (properties: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(properties).map(([key, text]) => [
      `X-Image-Meta-Property-${key.replaceAll("_", "-")}`,
      value(text),
    ]),
  );

export const updateImage = (
  id: string,
  wish: { name?: string; is_public?: boolean; properties?: Record<string, string> },
) =>
  send(`${IMAGE}/images/${id}`, {
    method: "PUT",
    headers: {
      ...(wish.name === undefined ? {} : { "X-Image-Meta-Name": value(wish.name) }),
      ...(wish.is_public === undefined
        ? {}
        : { "X-Image-Meta-Is-Public": wish.is_public ? "True" : "False" }),
      ...(wish.properties ? propertyHeaders(wish.properties) : {}),
    },
  });

export const unregisterImage = (id: string) => send(`${IMAGE}/images/${id}`, { method: "DELETE" });

export const imageMembers = async (id: string) =>
  (await ask<{ members: { member_id: string }[] }>(`${IMAGE}/images/${id}/members`)).members;
export const shareImage = (id: string, user: string) =>
  send(`${IMAGE}/images/${id}/members/${user}`, { method: "PUT" });
export const unshareImage = (id: string, user: string) =>
  send(`${IMAGE}/images/${id}/members/${user}`, { method: "DELETE" });
