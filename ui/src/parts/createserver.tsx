/** The button that begins a new server; without room for one it says so (UI-082). */
import { useTexts } from "../texts";
import { ButtonTo } from "./link";
import { useNoServer } from "./room";

export function CreateServerButton() {
  const { t } = useTexts();
  const full = useNoServer();
  return (
    <ButtonTo
      to="/servers/new"
      isAriaDisabled={full}
      title={full ? t("wizard.noProject") : undefined}
    >
      {t("servers.create")}
    </ButtonTo>
  );
}
