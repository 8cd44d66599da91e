/** The links of the bar: what the cloud's components tell of themselves (UI-001, UI-003). */
import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import * as cloud from "../api/cloud";
import { shown } from "../parts/format";
import { useTexts } from "../texts";

export function Services() {
  const { t } = useTexts();
  const router = useRouter();
  const { data } = useQuery({
    queryKey: ["services"],
    queryFn: cloud.services,
    staleTime: 600_000,
  });
  return (
    <nav className="services wide-only" aria-label={t("shell.services")}>
      {(data ?? [])
        .filter((one) => one.cloudbar.show)
        .map((one) => {
          const at = new URL(one.url, location.href);
          const here = at.origin === location.origin && at.pathname.startsWith("/ui/");
          return (
            <a
              key={one.name}
              href={one.url}
              onClick={(event) => {
                if (!here || event.metaKey || event.ctrlKey || event.shiftKey) return;
                event.preventDefault();
                void router.navigate({ to: at.pathname.slice("/ui".length) as never });
              }}
            >
              {one.cloudbar.icon && <img src={one.cloudbar.icon} alt="" width="16" height="16" />}
              {shown(one.cloudbar.title)}
            </a>
          );
        })}
    </nav>
  );
}
