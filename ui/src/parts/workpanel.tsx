/** The panel of works; loaded with the first of them. */
import { Button, Card, CardBody, CardHeader, CardTitle, Progress, ProgressMeasureLocation } from "@patternfly/react-core";
import { Fault } from "../api/http";
import { useTexts } from "../texts";
import { titleOf } from "./fault";
import { shown } from "./format";
import type { Work } from "./work";

export default function WorkPanel({
  works,
  hide,
}: {
  works: readonly Work[];
  hide: (id: number) => void;
}) {
  const { t } = useTexts();
  return (
    <section className="uploads works" aria-label={t("work.title")}>
      <Card isCompact>
        <CardHeader
          actions={{
            actions: (
              <Button
                variant="link"
                isInline
                isDisabled={!works.some((one) => one.over)}
                onClick={() => works.filter((one) => one.over).forEach((one) => hide(one.id))}
              >
                {t("uploads.hideAll")}
              </Button>
            ),
          }}
        >
          <CardTitle component="h2">{t("work.title")}</CardTitle>
        </CardHeader>
        <CardBody>
          <ul className="uploads-list">
            {works.map((one) => (
              <Row key={one.id} work={one} hide={hide} />
            ))}
          </ul>
        </CardBody>
      </Card>
    </section>
  );
}

function Row({ work, hide }: { work: Work; hide: (id: number) => void }) {
  const { t } = useTexts();
  const all = work.shown.length;
  const count = (state: string) => work.shown.filter((one) => one.state === state).length;
  const failed = work.shown.filter((one) => one.state === "failed");
  const stopped = count("stopped");
  const done = count("done");
  return (
    <li data-over={work.over}>
      <Progress
        value={all ? Math.floor((100 * done) / all) : 100}
        title={work.title}
        size="sm"
        measureLocation={ProgressMeasureLocation.top}
        variant={failed.length ? "danger" : work.over && !stopped ? "success" : undefined}
        aria-label={work.title}
      />
      <span className="quiet" role="status">
        {t("work.progress", { done, all })}
        {stopped > 0 && ` · ${t("work.stopped", { count: stopped })}`}
        {failed.length > 0 && ` · ${t("work.failed", { count: failed.length })}`}
      </span>{" "}
      {work.over ? (
        <>
          {(failed.length > 0 || stopped > 0) && (
            <Button variant="link" isInline onClick={work.again}>
              {t("common.retry")}
            </Button>
          )}{" "}
          <Button variant="link" isInline onClick={() => hide(work.id)}>
            {t("uploads.hide")}
          </Button>
        </>
      ) : (
        <Button variant="link" isInline onClick={() => work.stop.abort()}>
          {t("work.stop")}
        </Button>
      )}
      {failed.length > 0 && (
        <ul className="plain">
          {failed.slice(0, 50).map((one) => (
            <li key={one.name}>
              {shown(one.name)}:{" "}
              {one.error instanceof Fault && one.error.kind !== "refused"
                ? t(titleOf(one.error))
                : one.error instanceof Error
                  ? one.error.message
                  : String(one.error)}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}
