/** The guide in English. */
import type { Topic } from "./guide";

export const guide: Topic[] = [
  {
    id: "servers",
    title: "Servers",
    to: "/servers",
    text: [
      "A server is a computer of yours in the cloud. “New server” asks for an image (what it starts with), a size, networks, a name and SSH keys, and shows its password once.",
      "Start, shut down, reboot and destroy one server from its menu, or choose many and act on all of them. The console shows its screen when the network does not reach it.",
      "To log in, open the server and choose “Connect”: the line for ssh or the file for remote desktop stands ready.",
    ],
  },
  {
    id: "volumes",
    title: "Disks and snapshots",
    to: "/volumes",
    text: [
      "A disk can be detached from one server and attached to another; the boot disk stays with its server.",
      "A snapshot is a copy of a disk at one moment. New servers and new disks can be made from it.",
    ],
  },
  {
    id: "networks",
    title: "Networks and addresses",
    to: "/networks",
    text: [
      "Servers on one private network see each other and nobody else. The topology draws who is connected to what.",
      "A public IPv4 address is taken once and stays yours; attach it to a server, detach it, attach it to another.",
    ],
  },
  {
    id: "images",
    title: "Images and keys",
    to: "/images",
    text: [
      "Images are what servers start from. Register one from a stored file, or use a snapshot.",
      "SSH keys are put into new servers. A key that is generated here is made in your browser; its private half never leaves it.",
    ],
  },
  {
    id: "files",
    title: "Files",
    to: "/files",
    text: [
      "Drop files or whole folders on a container. Only what the cloud does not have yet travels; an upload that was cut off goes on when you choose the same file again.",
      "Older versions of a file are kept: look at them, compare, restore. What you move to the trash comes back from there.",
      "Share with people, groups or everybody, to view or to edit; make a link for anybody on the Internet.",
      "Many files come as one ZIP. Search finds files by words in their names.",
    ],
  },
  {
    id: "projects",
    title: "Projects and quota",
    to: "/projects",
    text: [
      "Everything belongs to a project, which says how much its members may use. You have one of your own; ask for another, or join one.",
      "“Usage” shows what is used and what is left, per project. When something does not fit, the application says what is lacking before you try.",
    ],
  },
  {
    id: "account",
    title: "Account and programs",
    to: "/account/access",
    text: [
      "“API access” has addresses, tokens and ready files for kamaki, OpenStack's clients and rclone. Secrets are shown once.",
      "Each form can show what it does as a call of the API.",
    ],
  },
  {
    id: "keyboard",
    title: "Keyboard",
    text: [
      "Ctrl+K finds anything by name, id, address, MAC or tag, and does things. “?” lists the keys of a view. Escape closes.",
    ],
  },
];
