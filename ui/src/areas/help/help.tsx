/** The guide: read and searched here, without another host (UI-320). */
import { SearchInput } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useAddress } from "../../parts/address";
import { To } from "../../parts/link";
import { Loading, Nothing, View } from "../../parts/page";
import { useTexts } from "../../texts";
import { matching } from "./guide";

export function Help() {
  const { t, language } = useTexts();
  const [search, change] = useAddress();
  const guide = useQuery({
    queryKey: ["guide", language],
    queryFn: async () => (language === "el" ? (await import("./el")).guide : (await import("./en")).guide),
    staleTime: Infinity,
  }).data;
  const about = search["about"];
  const words = search["q"] ?? "";
  const found = matching(guide ?? [], words);
  useEffect(() => {
    if (guide && about) document.getElementById(`help-${about}`)?.scrollIntoView();
  }, [guide, about]);
  return (
    <View title={t("help.title")} lead={t("help.lead")}>
      <SearchInput
        className="sort-select"
        aria-label={t("help.search")}
        placeholder={t("help.search")}
        value={words}
        onChange={(_, value) => change({ q: value })}
        onClear={() => change({ q: undefined })}
      />
      {!guide && <Loading text={t("common.loading")} />}
      {guide && found.length === 0 && <Nothing title={t("search.none")} />}
      {found.map((one) => (
        <section key={one.id} id={`help-${one.id}`} className="rich gap-above" aria-current={one.id === about || undefined}>
          <h2 className="group-title">{one.title}</h2>
          {one.text.map((text) => (
            <p key={text}>{text}</p>
          ))}
          {one.to && <To to={one.to}>{t("help.open", { title: one.title })}</To>}
        </section>
      ))}
    </View>
  );
}
