/** An operating system's sign: in colour for what runs, grey for what does not. */
import CentosIcon from "@patternfly/react-icons/dist/esm/icons/centos-icon";
import FedoraIcon from "@patternfly/react-icons/dist/esm/icons/fedora-icon";
import FreebsdIcon from "@patternfly/react-icons/dist/esm/icons/freebsd-icon";
import LinuxIcon from "@patternfly/react-icons/dist/esm/icons/linux-icon";
import RedhatIcon from "@patternfly/react-icons/dist/esm/icons/redhat-icon";
import SuseIcon from "@patternfly/react-icons/dist/esm/icons/suse-icon";
import UbuntuIcon from "@patternfly/react-icons/dist/esm/icons/ubuntu-icon";
import WindowsIcon from "@patternfly/react-icons/dist/esm/icons/windows-icon";
import type { ComponentType } from "react";

const ICONS: Record<string, ComponentType> = {
  windows: WindowsIcon,
  ubuntu: UbuntuIcon,
  kubuntu: UbuntuIcon,
  fedora: FedoraIcon,
  centos: CentosIcon,
  rhel: RedhatIcon,
  redhat: RedhatIcon,
  sles: SuseIcon,
  suse: SuseIcon,
  opensuse: SuseIcon,
  freebsd: FreebsdIcon,
  linux: LinuxIcon,
};

/** Systems without a sign of their own get the first letters of their name. */
export function OsIcon({ os, on = true }: { os: string; on?: boolean }) {
  const name = os.trim();
  const Icon = ICONS[name.toLowerCase().split(/[\s_-]/)[0] ?? ""];
  return (
    <span
      className={on ? "os-icon on" : "os-icon"}
      data-os={name || "unknown"}
      title={name || undefined}
      aria-hidden={!name}
      role={name ? "img" : undefined}
      aria-label={name || undefined}
    >
      {Icon ? <Icon /> : name ? name.slice(0, 2) : <LinuxIcon />}
    </span>
  );
}
