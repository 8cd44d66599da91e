-- Images that a broken server is started from, and what is known of a server's own system
-- (compute-image-volume.md 5, 6.8).
create table rescue_images (
  id {identity},
  name text not null,
  location text not null,
  location_type text not null check (location_type in ('file', 'http')),
  os_family text not null default '',
  os text not null default '',
  target_os_family text not null default '',
  target_os text not null default '',
  is_default integer not null default 0,
  deleted integer not null default 0
) {strict};
create unique index rescue_images_default on rescue_images (is_default)
  where is_default = 1 and deleted = 0;
alter table servers add column rescue_image {bigint};
create index servers_rescue_image on servers (rescue_image) where rescue_image is not null;
create table rescue_properties (
  server {bigint} primary key references servers (id) on delete cascade,
  os text not null,
  os_family text not null
) {strict};
