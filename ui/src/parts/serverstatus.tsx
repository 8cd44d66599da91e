/** A server's state: an icon and a word, never colour alone (UI-059, UI-300). */
import { Button, Label, Spinner } from "@patternfly/react-core";
import CheckCircleIcon from "@patternfly/react-icons/dist/esm/icons/check-circle-icon";
import ExclamationCircleIcon from "@patternfly/react-icons/dist/esm/icons/exclamation-circle-icon";
import OffIcon from "@patternfly/react-icons/dist/esm/icons/off-icon";
import QuestionCircleIcon from "@patternfly/react-icons/dist/esm/icons/question-circle-icon";
import { useRouter } from "@tanstack/react-router";
import type { Server } from "../api/compute";
import { useTexts, type Say } from "../texts";
import { useConfirm } from "./confirm";
import { stateShown, stateWord } from "./serverstate";

export function useStateWord(): (server: Server) => string {
  const { t } = useTexts();
  return (server) => stateWord(server, t);
}

/** The contact form with what the staff has to know of a suspended server (UI-060). */
function contactAbout(server: Server, t: Say): string {
  const addresses = server.attachments.flatMap((one) => [one.ipv4, one.ipv6]).filter(Boolean);
  const about = t("suspended.about", {
    id: server.id,
    name: server.name,
    addresses: addresses.join(", "),
  });
  return `/contact?${new URLSearchParams({ about })}`;
}

export function ServerStatus({ server }: { server: Server }) {
  const { t } = useTexts();
  const confirm = useConfirm();
  const router = useRouter();
  const explain = async () => {
    const ask = await confirm({
      title: t("state.suspended"),
      body: t("suspended.text"),
      verb: t("suspended.ask"),
    });
    if (ask) void router.navigate({ to: contactAbout(server, t) as never });
  };
  const word = useStateWord()(server);
  const state = stateShown(server);
  const building = state === "BUILD" && server.progress > 0 && server.progress < 100;
  const text = building ? `${word} ${server.progress}%` : word;
  const icon =
    state === "ACTIVE" ? (
      <CheckCircleIcon />
    ) : state === "STOPPED" ? (
      <OffIcon />
    ) : state === "ERROR" ? (
      <ExclamationCircleIcon />
    ) : state === "UNKNOWN" ? (
      <QuestionCircleIcon />
    ) : (
      <Spinner size="sm" aria-hidden />
    );
  const color =
    state === "ACTIVE"
      ? "green"
      : state === "ERROR"
        ? "red"
        : state === "STOPPED"
          ? "grey"
          : state === "UNKNOWN"
            ? "orange"
            : "blue";
  return (
    <span className="status">
      <Label
        color={color}
        icon={icon}
        isCompact
        onDoubleClick={() => void router.navigate({ to: `/servers/${server.id}/log` as never })}
      >
        {text}
      </Label>
      {server.suspended && (
        <Button variant="warning" size="sm" onClick={() => void explain()}>
          {t("state.suspended")}
        </Button>
      )}
    </span>
  );
}
