/** Greek: all that the first view does not say. */
import { account } from "./account";
import { disks } from "./disks";
import { files } from "./files";
import { keys } from "./keys";
import { machines } from "./machines";
import { network } from "./network";
import { parts } from "./parts";
import { projects } from "./projects";
import { staff } from "./staff";

export const rest = {
  ...account,
  ...disks,
  ...files,
  ...keys,
  ...machines,
  ...network,
  ...parts,
  ...projects,
  ...staff,
};
