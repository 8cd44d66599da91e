import { expect, it } from "vitest";
import type { Flavor } from "../../api/compute";
import type { Image } from "../../api/images";
import type { Address } from "../../api/network";
import { configuration } from "../../api/session";
import {
  bestAddress,
  chooseFlavor,
  commandOf,
  copiedFrom,
  freeName,
  kindOf,
  numbered,
  requestOf,
  sectionOf,
  suggested,
  valuesOf,
  type Wanted,
} from "./plan";

it("a proposed name that is taken gets a number (UI-097)", () => {
  expect(freeName("My x server", [])).toBe("My x server");
  expect(freeName("a", ["a", "a 2"])).toBe("a 3");
});

it("several servers get numbered names", () => {
  expect(numbered("web", 1)).toEqual(["web"]);
  expect(numbered("web", 3)).toEqual(["web-1", "web-2", "web-3"]);
});

it("images are mine, shared with me, the cloud's own, or anybody's; some stand in sections (UI-084)", () => {
  const system = new Set(["cloud"]);
  expect(kindOf({ owner: "me", is_public: true }, "me", system)).toBe("mine");
  expect(kindOf({ owner: "x", is_public: false }, "me", system)).toBe("shared");
  expect(kindOf({ owner: "cloud", is_public: true }, "me", system)).toBe("system");
  expect(kindOf({ owner: "x", is_public: true }, "me", system)).toBe("public");
  const listed = { owner: "x", is_public: true, properties: { listing_section: "Science" } };
  expect(sectionOf(listed, new Set(["x"]))).toBe("Science");
  expect(sectionOf(listed, new Set())).toBe("");
  expect(sectionOf({ ...listed, is_public: false }, new Set(["x"]))).toBe("");
});

it("of an image's properties those that the settings name are kept; at first five (UI-064)", () => {
  const names = configuration.told.copied_metadata;
  expect(names).toEqual(["OS", "loginname", "logindomain", "users", "remote"]);
  const properties = { os: "debian", users: "root debian", kernel: "6.1", remote: "" };
  expect(copiedFrom(properties, names)).toEqual({ OS: "debian", users: "root debian" });
});

const flavor = (id: number, vcpus: number, ram: number, disk: number, template = "drbd") =>
  ({ id, vcpus, ram, disk, "SNF:disk_template": template, "SNF:allow_create": true }) as Flavor;
const FLAVORS = [
  flavor(1, 1, 1024, 20),
  flavor(2, 2, 2048, 20),
  flavor(3, 2, 4096, 40),
  flavor(4, 4, 4096, 40, "ext_archipelago"),
];

it("an impossible combination moves to the first that is possible with the last choice (UI-091)", () => {
  const all = () => true;
  expect(chooseFlavor(FLAVORS, FLAVORS[0], "vcpus", 2, all)?.id).toBe(2);
  expect(chooseFlavor(FLAVORS, FLAVORS[1], "ram", 4096, all)?.id).toBe(3);
  expect(chooseFlavor(FLAVORS, FLAVORS[1], "SNF:disk_template", "ext_archipelago", all)?.id).toBe(4);
  expect(chooseFlavor(FLAVORS, FLAVORS[0], "vcpus", 2, (one) => one.id !== 2)?.id).toBe(3);
  expect(valuesOf(FLAVORS, "vcpus")).toEqual([1, 2, 4]);
  expect(valuesOf(FLAVORS, "SNF:disk_template")).toEqual(["drbd", "ext_archipelago"]);
});

it("a suggested size is a flavor of just that shape (UI-090)", () => {
  expect(suggested(FLAVORS, [2, 2048, 20, "drbd"])?.id).toBe(2);
  expect(suggested(FLAVORS, [2, 2048, 20, ""])?.id).toBe(2);
  expect(suggested(FLAVORS, [2, 2048, 20, "plain"])).toBeUndefined();
});

it("the request holds all that was chosen, and the command says the same (UI-100, UI-103)", () => {
  const image = {
    id: "i1", is_snapshot: false, properties: { os: "debian", users: "root" },
  } as unknown as Image;
  const wanted: Wanted = {
    image, flavor: FLAVORS[0] as Flavor, project: "p1", role: "Mail server", keys: ["k"],
    userData: "#!/bin/sh\nécho", files: [{ path: "/etc/motd", contents: "aGk=" }], disks: [5],
    networks: [{ uuid: "7" }, { uuid: "1", fixed_ip: "198.18.0.9" }],
  };
  const wish = requestOf("it's", wanted, ["OS", "users"]);
  expect(wish).toEqual({
    name: "it's", imageRef: "i1", flavorRef: 1, project: "p1",
    metadata: { OS: "debian", users: "root", Role: "Mail server" },
    "SNF:key_names": ["k"],
    user_data: Buffer.from("#!/bin/sh\nécho").toString("base64"),
    personality: [{ path: "/etc/motd", contents: "aGk=" }],
    block_device_mapping_v2: [
      { source_type: "image", uuid: "i1", volume_size: 20, delete_on_termination: true },
      { source_type: "blank", volume_size: 5, delete_on_termination: true },
    ],
    networks: [{ uuid: "7" }, { uuid: "1", fixed_ip: "198.18.0.9" }],
  });
  expect(commandOf(wish)).toBe(
    "openstack --os-project-id p1 server create --image i1 --flavor 1 --property OS=debian " +
      "--property users=root --property 'Role=Mail server' --key-name k " +
      "--user-data user-data.txt --file /etc/motd=motd " +
      "--block-device source_type=blank,volume_size=5 --nic net-id=7 " +
      "--nic net-id=1,v4-fixed-ip=198.18.0.9 'it'\\''s'",
  );
  const plain = requestOf("a", { ...wanted, networks: null, disks: [], files: [], keys: [] }, []);
  expect("networks" in plain || "block_device_mapping_v2" in plain).toBe(false);
  expect(commandOf({ ...plain, networks: [] })).toContain("--nic none");
});

it("a free address of the project goes before one of another (UI-095)", () => {
  const free = [{ id: "1", tenant_id: "other" }, { id: "2", tenant_id: "mine" }] as Address[];
  expect(bestAddress(free, "mine")).toBe("2");
  expect(bestAddress(free, "third")).toBe("1");
  expect(bestAddress([], "mine")).toBe("");
});
