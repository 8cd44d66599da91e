/** All that is known of an image; what is not of everybody's images is marked so (UI-085). */
import { useQuery } from "@tanstack/react-query";
import * as identity from "../api/identity";
import type { Image } from "../api/images";
import { useTexts } from "../texts";
import { Facts, type Fact } from "./facts";
import { bytes, exact, shown } from "./format";

const KNOWN = new Set([
  "os", "kernel", "gui", "users", "osfamily", "root_partition", "description",
]);

/** Names of people by id; the id where none is told. */
export function useNames(ids: readonly string[]): (id: string) => string {
  const wanted = [...new Set(ids)].sort();
  const names = useQuery({
    queryKey: ["names", ...wanted],
    queryFn: () => identity.namesOf(wanted),
    enabled: wanted.length > 0,
    staleTime: 600_000,
  }).data;
  return (id) => shown(names?.[id] ?? id);
}

export function ImageFacts({ image, columns = 3 }: { image: Image; columns?: 1 | 2 | 3 }) {
  const { t, language } = useTexts();
  const name = useNames([image.owner]);
  const property = (key: string) => shown(image.properties[key] ?? "");
  return (
    <Facts
      columns={columns}
      facts={[
        [t("image.owner"), name(image.owner)],
        [t("images.os"), property("os")],
        [t("image.kernel"), property("kernel")],
        [t("image.gui"), property("gui")],
        [t("common.size"), bytes(image.size, language)],
        [t("image.users"), property("users")],
        [t("image.family"), property("osfamily")],
        [t("common.status"), image.status],
        [t("common.created"), exact(image.created_at, language)],
        [t("common.updated"), exact(image.updated_at, language)],
        [t("images.file"), shown(image.location.split("/").slice(3).join("/"))],
        [t("images.format"), image.disk_format],
        [t("image.root"), property("root_partition")],
        [t("common.description"), property("description")],
        ...Object.entries(image.properties)
          .filter(([key]) => !KNOWN.has(key))
          .map(([key, text]): Fact => [t("image.custom", { key: shown(key) }), shown(text) || "—"]),
      ]}
    />
  );
}
