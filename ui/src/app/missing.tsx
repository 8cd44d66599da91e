/** An address that leads nowhere says so (UI-014). */
import SearchIcon from "@patternfly/react-icons/dist/esm/icons/search-icon";
import { ButtonTo } from "../parts/link";
import { Nothing, View } from "../parts/page";
import { useTexts } from "../texts";

export function Missing() {
  const { t } = useTexts();
  return (
    <View title={t("missing.title")}>
      <Nothing
        icon={SearchIcon}
        title={t("missing.title")}
        actions={<ButtonTo to="/">{t("missing.home")}</ButtonTo>}
      >
        {t("missing.text")}
      </Nothing>
    </View>
  );
}
