/** Subnets and gateways, checked before they are sent (UI-131 to UI-134). */

/** An IPv4 address as a number, or null. */
export function four(text: string): number | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    value = value * 256 + Number(part);
  }
  return value;
}

/** An IPv6 address as eight numbers, or null. */
export function six(text: string): number[] | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const groups = halves.map((half) => (half ? half.split(":") : []));
  const count = groups.flat().length;
  if (halves.length === 1 ? count !== 8 : count > 7) return null;
  if (!groups.flat().every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null;
  const [before, after] = [groups[0] ?? [], groups[1] ?? []];
  const middle = Array<string>(8 - count).fill("0");
  return [...before, ...(halves.length === 2 ? middle : []), ...after].map((each) => parseInt(each, 16));
}

export interface Subnet {
  version: 4 | 6;
  bits: number;
}

/** What a CIDR is; null when it is none or has bits set behind its mask. */
export function cidr(text: string): Subnet | null {
  const [address, mask, more] = text.split("/");
  if (!address || !mask || more !== undefined || !/^\d{1,3}$/.test(mask)) return null;
  const bits = Number(mask);
  const v4 = four(address);
  if (v4 !== null) {
    if (bits > 32 || v4 % 2 ** (32 - bits)) return null;
    return { version: 4, bits };
  }
  const v6 = six(address);
  if (!v6 || bits > 128) return null;
  for (let bit = bits; bit < 128; bit++) {
    if (((v6[bit >> 4] ?? 0) >> (15 - (bit & 15))) & 1) return null;
  }
  return { version: 6, bits };
}

/** Whether an address lies in a subnet. */
export function within(address: string, subnet: string): boolean {
  const [base = "", mask = "0"] = subnet.split("/");
  const bits = Number(mask);
  const [a4, b4] = [four(address), four(base)];
  if (a4 !== null && b4 !== null) {
    const size = 2 ** (32 - bits);
    return Math.floor(a4 / size) === Math.floor(b4 / size);
  }
  const [a6, b6] = [six(address), six(base)];
  if (!a6 || !b6) return false;
  for (let bit = 0; bit < bits; bit++) {
    const shift = 15 - (bit & 15);
    if ((((a6[bit >> 4] ?? 0) >> shift) & 1) !== (((b6[bit >> 4] ?? 0) >> shift) & 1)) return false;
  }
  return true;
}

/** The first 192.168.N.0/24 that is not in use (UI-132). */
export function freeSubnet(used: readonly string[]): string {
  const taken = new Set(used);
  for (let number = 0; number < 256; number++) {
    const found = `192.168.${number}.0/24`;
    if (!taken.has(found)) return found;
  }
  return "";
}
