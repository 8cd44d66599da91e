/** The mark of an action that failed, beside its server (UI-044). */
import { Button, Label } from "@patternfly/react-core";
import { useState } from "react";
import { Fault } from "../../api/http";
import { unmarkFailed, useFailure } from "../../parts/failures";
import { FaultDetails, titleOf } from "../../parts/fault";
import { shown } from "../../parts/format";
import { useTexts } from "../../texts";

export function ServerFailure({ id }: { id: number }) {
  const { t } = useTexts();
  const failure = useFailure(id);
  const [open, setOpen] = useState(false);
  if (!failure) return null;
  const { action, error } = failure;
  const code = error instanceof Fault && error.status ? `${error.status} ` : "";
  const message = error instanceof Fault && error.message ? error.message : t(titleOf(error));
  return (
    <div className="failure" role="alert">
      <Label color="red" isCompact>
        {action}
      </Label>{" "}
      {code}
      {shown(message)}{" "}
      <Button variant="link" isInline aria-expanded={open} onClick={() => setOpen(!open)}>
        {t("fault.more")}
      </Button>{" "}
      <Button variant="link" isInline onClick={() => unmarkFailed(id)}>
        {t("failure.dismiss")}
      </Button>
      {open && <FaultDetails error={error} />}
    </div>
  );
}
