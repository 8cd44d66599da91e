/** What I may do here, and being told that it is nothing. */
import { useQuery } from "@tanstack/react-query";
import * as admin from "../../api/admin";
import { Fault } from "../../api/http";
import { FaultBanner } from "../../parts/fault";
import { Nothing } from "../../parts/page";
import { useTexts } from "../../texts";

export const useDesk = () =>
  useQuery({ queryKey: ["staff", "desk"], queryFn: admin.desk, staleTime: 300_000, retry: false });

export function Refused({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTexts();
  if (error instanceof Fault && (error.status === 403 || error.status === 404)) {
    return <Nothing title={t("staff.notYours")}>{t("staff.notYoursText")}</Nothing>;
  }
  return <FaultBanner error={error} retry={retry} />;
}
