/** Whether anything more fits into any project of mine (UI-082, UI-158). */
import { useFlavors, useQuotas } from "../api/queries";
import { lacking, leftOf } from "./quota";

/** True when no project has one more of `resource`; false while that is unknown. */
export function useFull(resource: string, amount = 1): boolean {
  const quotas = useQuotas().data;
  return !!quotas && !Object.keys(quotas).some((id) => leftOf(quotas, id, resource) >= amount);
}

/** True when not even the smallest server fits anywhere. */
export function useNoServer(): boolean {
  const quotas = useQuotas().data;
  const flavors = useFlavors().data?.filter((one) => one["SNF:allow_create"]);
  if (!quotas || !flavors?.length) return false;
  return !Object.keys(quotas).some((id) =>
    flavors.some((flavor) => lacking(quotas, id, flavor).length === 0),
  );
}
