/** Files that other clients read: each holds a secret that was made for it (UI-241, UI-243). */

export interface Cloud {
  /** Where the daemon answers, without a slash at the end. */
  origin: string;
  region: string;
  name: string;
}

export interface Pass {
  id: string;
  secret: string;
}

const V3 = "/astakos/identity/v3";
const V2 = "/astakos/identity/v2.0";

/** What Synnefo's own clients ask first. */
export const authUrl = (cloud: Cloud): string => cloud.origin + V2;
export const keystoneUrl = (cloud: Cloud): string => cloud.origin + V3;

/** A name that is safe as a section and as a key. */
export const cloudName = (service: string): string =>
  service.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "") || "synnefo";

export function kamakirc(cloud: Cloud, token: string): string {
  const name = cloudName(cloud.name);
  return `[global]\ndefault_cloud = ${name}\n\n[cloud "${name}"]\nurl = ${authUrl(cloud)}\ntoken = ${token}\n`;
}

export function cloudsYaml(cloud: Cloud, pass: Pass): string {
  return [
    "clouds:",
    `  ${cloudName(cloud.name)}:`,
    "    auth_type: v3applicationcredential",
    "    auth:",
    `      auth_url: ${keystoneUrl(cloud)}`,
    `      application_credential_id: ${pass.id}`,
    `      application_credential_secret: ${pass.secret}`,
    `    region_name: ${cloud.region}`,
    "    identity_api_version: 3",
    "",
  ].join("\n");
}

export function openrc(cloud: Cloud, pass: Pass): string {
  return [
    "export OS_AUTH_TYPE=v3applicationcredential",
    `export OS_AUTH_URL=${keystoneUrl(cloud)}`,
    `export OS_APPLICATION_CREDENTIAL_ID=${pass.id}`,
    `export OS_APPLICATION_CREDENTIAL_SECRET=${pass.secret}`,
    `export OS_REGION_NAME=${cloud.region}`,
    "export OS_IDENTITY_API_VERSION=3",
    "",
  ].join("\n");
}

export function rclone(cloud: Cloud, pass: Pass): string {
  return [
    `[${cloudName(cloud.name)}]`,
    "type = swift",
    `auth = ${keystoneUrl(cloud)}`,
    `application_credential_id = ${pass.id}`,
    `application_credential_secret = ${pass.secret}`,
    `region = ${cloud.region}`,
    "auth_version = 3",
    "",
  ].join("\n");
}
