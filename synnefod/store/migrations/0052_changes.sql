-- What changed last, found without reading what did not (web-ui.md 5, `GET events`).

create index servers_updated on servers (updated);
create index keypairs_updated on keypairs (updated);
create index subnets_updated on subnets (updated);
create index ports_updated on ports (updated);
create index ip_addresses_updated on ip_addresses (updated) where floating = 1;
create index volumes_updated on volumes (updated);
