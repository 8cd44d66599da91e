/** How to get into a server: its password if it is still kept, and the way there (UI-104 to 113). */
import { Alert, Button } from "@patternfly/react-core";
import { useQuery } from "@tanstack/react-query";
import type { Server } from "../../api/compute";
import type { Image } from "../../api/images";
import * as compute from "../../api/compute";
import { useImages, useNetworks } from "../../api/queries";
import { configuration } from "../../api/session";
import { Copied } from "../../parts/copy";
import { Block } from "../../parts/facts";
import { To } from "../../parts/link";
import { useNotify } from "../../parts/notify";
import { saveText } from "../../parts/save";
import { useTexts } from "../../texts";
import { rdpFile, reachOf, sshLine, takesPassword, wordsFor } from "./reach";

export function Connect({ server }: { server: Server }) {
  const { t } = useTexts();
  const networks = useNetworks().data ?? [];
  const reach = reachOf(
    server,
    new Set(networks.filter((one) => one.public).map((one) => one.id)),
  );
  const images = useImages().data;
  const visitor = /windows/i.test(navigator.userAgent);
  const [above, below, line] = reach
    ? wordsFor(configuration.told.connect, visitor, reach)
    : ["", "", ""];
  return (
    <>
      <Password
        id={server.id}
        image={images?.find((one) => server.image && one.id === server.image.id)}
      />
      <Block title={t("server.connect")}>
        {!reach && (
          <Alert isInline variant="info" title={t("connect.none")}>
            <To to="/addresses">{t("nav.addresses")}</To>
          </Alert>
        )}
        {reach?.onlyIPv6 && (
          <Alert isInline variant="warning" title={t("connect.only6")} className="gap-below" />
        )}
        {reach && !reach.windows && (
          <>
            <p>{above || t(visitor ? "connect.linuxFromWindows" : "connect.linux")}</p>
            <Copied text={line || sshLine(reach)} />
          </>
        )}
        {reach?.windows && (
          <>
            <p className="gap-below-small">
              {above || t(visitor ? "connect.windowsFromWindows" : "connect.windows")}
            </p>
            <Button
              variant="secondary"
              onClick={() =>
                saveText(
                  `${server.id}-${reach.host}.rdp`,
                  rdpFile(reach, server.metadata["logindomain"]),
                  "application/x-rdp",
                )
              }
            >
              {t("connect.rdp")}
            </Button>
          </>
        )}
        {below && <p className="gap-above">{below}</p>}
        <p className="quiet gap-above">{t("connect.wait")}</p>
      </Block>
    </>
  );
}

/** The password that the daemon still keeps; forgotten there once it is written down. */
export function Password({
  id,
  fresh,
  image,
}: {
  id: number;
  fresh?: string;
  image?: Image;
}) {
  const { t } = useTexts();
  const notify = useNotify();
  const kept = useQuery({
    queryKey: ["password", id],
    queryFn: () => compute.serverPassword(id),
    enabled: !fresh,
    gcTime: 0,
    staleTime: 0,
  });
  const password = fresh ?? kept.data;
  // Such an image keeps whatever password it came with (UI-105).
  if (image && !takesPassword(image.properties)) {
    return (
      <Alert isInline variant="info" className="gap-below" title={t("password.title")}>
        {t("password.unchanged")}
      </Alert>
    );
  }
  if (!password) return null;
  return (
    <Alert
      isInline
      variant="info"
      className="gap-below"
      title={t("password.title")}
      actionLinks={
        <Button
          variant="secondary"
          onClick={() =>
            void notify
              .attempt(() => compute.forgetPassword(id), t("password.forgotten"))
              .then(() => void kept.refetch())
          }
        >
          {t("password.written")}
        </Button>
      }
    >
      <Copied text={password} />
      <p className="quiet">{t("password.text")}</p>
    </Alert>
  );
}
