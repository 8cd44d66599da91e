/** A call as a line for a shell; the token stays a variable. */
interface Told {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export function curl({ method, path, headers, body }: Told, origin: string): string {
  const all = { ...(body ? { "Content-Type": "application/json" } : {}), ...headers };
  return [
    `curl -X ${method} ${quoted(origin + path)}`,
    `-H "X-Auth-Token: $OS_TOKEN"`,
    ...Object.entries(all).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body ? [`-d ${quoted(JSON.stringify(JSON.parse(body)))}`] : []),
  ].join(" ");
}
