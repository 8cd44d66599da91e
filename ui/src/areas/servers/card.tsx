/** A server as a card: what it is at a glance, and what can be done with it. */
import { Button, Card, CardBody, CardFooter, CardTitle, Label } from "@patternfly/react-core";
import type { Flavor, Server } from "../../api/compute";
import type { Image } from "../../api/images";
import { useMe } from "../../api/queries";
import { useWaiting } from "../../parts/confirm";
import { ago, shown } from "../../parts/format";
import { To } from "../../parts/link";
import { OsIcon } from "../../parts/osicon";
import { actionsOf, isRunning, type Allowed } from "../../parts/serverstate";
import { ServerStatus } from "../../parts/serverstatus";
import { useTexts } from "../../texts";
import { ACTION_WORDS, PLAIN } from "./actions";
import { ServerFailure } from "./failure";
import { flavorText, publicAddress } from "./looks";
import { Sections } from "./sections";
import { buildText, sharing } from "./telling";

export function osOf(server: Server, image: Image | undefined): string {
  return server.metadata["OS"] ?? server.metadata["os"] ?? image?.properties["os"] ?? "";
}

/** "Shared by me" or "shared with me". */
export function SharedMark({ server }: { server: Server }) {
  const { t } = useTexts();
  const whose = sharing(server, useMe().data?.id);
  if (!whose) return null;
  return (
    <Label isCompact color="purple">
      {t(whose === "byMe" ? "servers.sharedByMe" : "servers.sharedWithMe")}
    </Label>
  );
}

/** The question that waits for others, answered on the spot (UI-038). */
export function WaitingHere({ server }: { server: Server }) {
  const { t } = useTexts();
  const [waiting, answer] = useWaiting("server", String(server.id));
  if (!waiting) return null;
  return (
    <p className="gap-below-small waiting">
      {t("pending.here", { verb: waiting.verb })}{" "}
      <Button size="sm" variant="danger" onClick={() => answer(true)}>
        {waiting.verb}
      </Button>{" "}
      <Button size="sm" variant="link" onClick={() => answer(false)}>
        {t("common.cancel")}
      </Button>
    </p>
  );
}

export function ServerCard({
  server,
  flavor,
  image,
  imageName,
  project,
  allowed,
  perform,
}: {
  server: Server;
  flavor: Flavor | undefined;
  image: Image | undefined;
  imageName: string;
  project: string;
  allowed: Allowed;
  perform: (action: string, server: Server) => void;
}) {
  const { t, language } = useTexts();
  const offered = actionsOf(server, allowed);
  const direct = [...PLAIN, "console"].filter(
    (one) => one !== "destroy" && offered.includes(one as (typeof offered)[number]),
  );
  const building = buildText(server, image?.size ?? 0, t, language);
  return (
    <Card isCompact>
      <CardTitle component="h3">
        <OsIcon os={osOf(server, image)} on={isRunning(server)} />{" "}
        <To to={`/servers/${server.id}/overview`}>{shown(server.name)}</To>{" "}
        <SharedMark server={server} />
      </CardTitle>
      <CardBody>
        <p className="gap-below-small">
          <ServerStatus server={server} />
          {building && (
            <>
              {" "}
              <small>{shown(building)}</small>
            </>
          )}
          {(server.status === "BUILD" || server.status === "ERROR") && (
            <>
              {" "}
              <To to={`/servers/${server.id}/log`}>{t("server.log")}</To>
            </>
          )}
        </p>
        <WaitingHere server={server} />
        <ServerFailure id={server.id} />
        {server["SNF:fqdn"] && <p className="mono selectable">{server["SNF:fqdn"]}</p>}
        <p className="mono">{publicAddress(server) || "—"}</p>
        <p className="quiet">{flavorText(flavor, language)}</p>
        <p className="quiet">{shown(imageName)}</p>
        <p className="quiet">
          {project} · {ago(server.created, language)}
        </p>
        {server.tags.length > 0 && <p className="quiet">{server.tags.map(shown).join(", ")}</p>}
        <Sections
          server={server}
          flavor={flavor}
          image={image}
          resize={() => perform("resize", server)}
        />
      </CardBody>
      <CardFooter>
        {direct.map((one) => (
          <Button key={one} variant="link" isInline onClick={() => perform(one, server)}>
            {t(ACTION_WORDS[one as keyof typeof ACTION_WORDS])}
          </Button>
        ))}
        {offered.includes("destroy") && (
          <Button variant="link" isInline isDanger onClick={() => perform("destroy", server)}>
            {t("action.destroy")}
          </Button>
        )}
      </CardFooter>
    </Card>
  );
}
