/** In place of what cannot be shown: a full page for what is not there or not served now (UI-221). */
import { Button } from "@patternfly/react-core";
import PlugIcon from "@patternfly/react-icons/dist/esm/icons/plug-icon";
import SearchIcon from "@patternfly/react-icons/dist/esm/icons/search-icon";
import { Fault } from "../api/http";
import { useTexts } from "../texts";
import { FaultBanner, FaultDetails } from "./fault";
import { ButtonTo } from "./link";
import { Nothing } from "./page";

export function Unreached({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTexts();
  const status = error instanceof Fault && error.kind === "refused" ? error.status : 0;
  if (status !== 404 && status !== 503) return <FaultBanner error={error} retry={retry} />;
  return (
    <div data-test={`unreached-${status}`}>
      <Nothing
        icon={status === 404 ? SearchIcon : PlugIcon}
        title={t(status === 404 ? "missing.title" : "fault.503")}
        actions={
          <>
            <Button variant="primary" className="gap-after" onClick={retry}>
              {t("common.retry")}
            </Button>
            <ButtonTo to="/">{t("missing.home")}</ButtonTo>
          </>
        }
      >
        {t(status === 404 ? "missing.text" : "unreached.text")}
        <FaultDetails error={error} />
      </Nothing>
    </div>
  );
}
