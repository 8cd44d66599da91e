-- Servers by the key that their asker gave the creation: a repeat makes no second one (CMP-088).
create table server_creations (
  user_id text not null,
  key text not null,                      -- a digest
  server {bigint} not null,
  sealed text not null,                   -- the password of the first answer
  expires {bigint} not null,
  primary key (user_id, key)
) {strict};
create index server_creations_expires on server_creations (expires);

-- Facts of images that servers were made from, once for each version (CMP-086).
create table used_images (
  uuid text not null,
  version {bigint} not null,
  owner text not null,
  name text not null,
  location text not null,
  mapfile text not null,
  is_public integer not null,
  is_snapshot integer not null,
  is_system integer not null,
  os text not null,
  osfamily text not null,
  primary key (uuid, version)
) {strict};
