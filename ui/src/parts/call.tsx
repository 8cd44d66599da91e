/** What a form does, as a call of the API and as a line for a shell (UI-311). */
import type { Recorded } from "../api/http";
import { useTexts } from "../texts";
import { Copied } from "./copy";
import { curl } from "./curl";

export default function Call({ call }: { call: Recorded }) {
  const { t } = useTexts();
  const line = curl(call, location.origin);
  return (
    <section aria-label={t("call.title")} className="gap-above">
      <pre className="mono">
        {call.method} {call.path}
        {Object.entries(call.headers).map(([name, value]) => `\n${name}: ${value}`)}
        {call.body && `\n\n${call.body}`}
      </pre>
      <pre className="mono" data-test="curl">
        {line}
      </pre>
      <Copied text={line} shown="curl" />
    </section>
  );
}
