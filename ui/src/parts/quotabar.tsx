/** How much of a resource is used, in words and as a bar (UI-245, UI-246). */
import type { Holding } from "./quota";
import { isUnlimited, left, usedPart } from "./quota";
import { bytes, number } from "./format";
import { useTexts, type Key } from "../texts";

const NAMES: Record<string, Key> = {
  "cyclades.vm": "resource.vm",
  "cyclades.total_cpu": "resource.totalCpu",
  "cyclades.cpu": "resource.cpu",
  "cyclades.total_ram": "resource.totalRam",
  "cyclades.ram": "resource.ram",
  "cyclades.disk": "resource.disk",
  "cyclades.network.private": "resource.network",
  "cyclades.floating_ip": "resource.address",
  "pithos.diskspace": "resource.files",
  "astakos.pending_app": "resource.applications",
};

export function useResourceName(): (resource: string) => string {
  const { t } = useTexts();
  return (resource) => (NAMES[resource] ? t(NAMES[resource] as Key) : resource);
}

export function useAmount(): (value: number, unit: string | null) => string {
  const { t, language } = useTexts();
  return (value, unit) => {
    if (isUnlimited(value)) return t("quota.unlimited");
    return unit === "bytes" ? bytes(value, language) : number(value, language);
  };
}

export function QuotaBar({
  resource,
  holding,
  unit,
  full = false,
}: {
  resource: string;
  holding: Holding;
  unit: string | null;
  /** Says percent and what is left, too. */
  full?: boolean;
}) {
  const { t } = useTexts();
  const name = useResourceName();
  const amount = useAmount();
  const part = usedPart(holding.usage, holding.limit);
  const mine = isUnlimited(holding.limit) ? Infinity : Math.max(0, holding.limit - holding.usage);
  const rest = left(holding);
  const percent = Math.round(part * 100);
  const reach = holding.limit > 0 ? ((holding.usage + rest) / holding.limit) * 100 : 0;
  const level = part >= 1 ? "over" : part >= 0.8 ? "warn" : part >= 0.66 ? "high" : part >= 0.33 ? "some" : "low";
  return (
    <div className="quota-row">
      <header>
        <span>{name(resource)}</span>
        <span className="quiet">
          {t("quota.used", {
            used: amount(holding.usage, unit),
            limit: amount(holding.limit, unit),
          })}
        </span>
      </header>
      <div
        className="quota-track"
        role="meter"
        aria-label={name(resource)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.min(100, percent)}
        aria-valuetext={`${percent}%`}
      >
        <div
          className={`quota-fill ${level}`}
          style={{ inlineSize: `${Math.min(100, percent)}%` }}
        />
        {rest < mine && !isUnlimited(holding.limit) && (
          <div
            className="quota-mark"
            style={{ insetInlineStart: `${Math.min(100, reach)}%` }}
            title={t("quota.projectLeft", { left: amount(rest, unit) })}
          />
        )}
      </div>
      {full && !isUnlimited(holding.limit) && (
        <small className="quiet">
          {percent}% ·{" "}
          {holding.usage > holding.limit
            ? t("quota.overBy", { over: amount(holding.usage - holding.limit, unit) })
            : t("quota.left", { left: amount(Math.max(0, holding.limit - holding.usage), unit) })}
          {level === "warn" && ` · ${t("quota.nearly")}`}
          {level === "over" && ` · ${t("quota.full")}`}
        </small>
      )}{" "}
      {rest < mine && (
        <small className="quiet">{t("quota.projectLeft", { left: amount(rest, unit) })}</small>
      )}
    </div>
  );
}
