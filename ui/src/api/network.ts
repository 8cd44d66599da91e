/** Networks, subnets, ports and addresses: `/cyclades/network/v2.0`. */
import { Collection } from "./collection";
import { ask, send } from "./http";

const NETWORK = "/cyclades/network/v2.0";

export interface Network {
  id: string;
  name: string;
  user_id: string | null;
  tenant_id: string | null;
  type: string;
  status: string;
  public: boolean;
  subnets: string[];
  shared_to_project: boolean;
  "SNF:floating_ip_pool": boolean;
  deleted: boolean;
  created: string;
  updated: string;
}

export interface Subnet {
  id: string;
  network_id: string;
  name: string;
  ip_version: 4 | 6;
  cidr: string;
  gateway_ip: string | null;
  enable_dhcp: boolean;
  deleted: boolean;
  allocation_pools: { start: string; end: string }[];
}

export interface Port {
  id: string;
  name: string;
  device_id: string;
  network_id: string;
  mac_address: string;
  status: string;
  tenant_id: string | null;
  fixed_ips: { ip_address: string; subnet: string }[];
}

export interface Address {
  id: string;
  floating_ip_address: string;
  floating_network_id: string;
  port_id: string | null;
  instance_id: string | null;
  shared_to_project: boolean;
  tenant_id: string;
  user_id: string;
  deleted: boolean;
}

const networkList = new Collection<Network>(`${NETWORK}/networks/detail`, "networks");
const subnetList = new Collection<Subnet>(`${NETWORK}/subnets`, "subnets");
const portList = new Collection<Port>(`${NETWORK}/ports`, "ports", false);
const addressList = new Collection<Address>(`${NETWORK}/floatingips`, "floatingips");

export const networks = (signal?: AbortSignal) => networkList.look(signal);
export const subnets = (signal?: AbortSignal) => subnetList.look(signal);
export const ports = (signal?: AbortSignal) => portList.look(signal);
export const addresses = (signal?: AbortSignal) => addressList.look(signal);

export const createNetwork = async (wish: { name: string; type: string; project?: string }) =>
  (await ask<{ network: Network }>(`${NETWORK}/networks`, { method: "POST", json: { network: wish } }))
    .network;
export const renameNetwork = (id: string, name: string) =>
  send(`${NETWORK}/networks/${id}`, { method: "PUT", json: { network: { name } } });
export const removeNetwork = (id: string) =>
  send(`${NETWORK}/networks/${id}`, { method: "DELETE" });

export interface NewSubnet {
  network_id: string;
  cidr: string;
  ip_version: 4 | 6;
  enable_dhcp: boolean;
  gateway_ip?: string | null;
}
export const createSubnet = async (wish: NewSubnet) =>
  (await ask<{ subnet: Subnet }>(`${NETWORK}/subnets`, { method: "POST", json: { subnet: wish } }))
    .subnet;

export const connect = (network_id: string, device_id: string | number, ip?: string) =>
  ask(`${NETWORK}/ports`, {
    method: "POST",
    json: {
      port: {
        network_id,
        device_id: String(device_id),
        ...(ip ? { fixed_ips: [{ ip_address: ip }] } : {}),
      },
    },
  });
export const disconnect = (port: string) => send(`${NETWORK}/ports/${port}`, { method: "DELETE" });

export const allocate = async (wish: { floating_network_id?: string; project?: string }) =>
  (
    await ask<{ floatingip: Address }>(`${NETWORK}/floatingips`, {
      method: "POST",
      json: { floatingip: wish },
    })
  ).floatingip;
export interface PastAddress {
  address: string;
  action: "associate" | "disassociate";
  server_id: string;
  date: string;
}
/** Which addresses came to and left one's servers, newest first. */
export const addressHistory = async () =>
  (await ask<{ history: PastAddress[] }>(`${NETWORK}/address-history`)).history;

export const release = (id: string) => send(`${NETWORK}/floatingips/${id}`, { method: "DELETE" });
export const reassignAddress = (id: string, project: string, shared_to_project: boolean) =>
  ask(`${NETWORK}/floatingips/${id}/action`, {
    method: "POST",
    json: { reassign: { project, shared_to_project } },
  });
export const reassignNetwork = (id: string, project: string, shared_to_project: boolean) =>
  ask(`${NETWORK}/networks/${id}/action`, {
    method: "POST",
    json: { reassign: { project, shared_to_project } },
  });
