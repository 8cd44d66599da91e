-- Volumes: the disks of servers (compute-image-volume.md 5). Sizes in GiB, times in microseconds.

create table volume_types (
    id {identity},
    name text not null,
    disk_template text not null,            -- Ganeti's template, `_` and the provider behind it
    deleted {bigint} not null default 0
) {strict};

create table volume_type_specs (
    volume_type {bigint} not null references volume_types (id),
    key text not null,
    value text not null,
    primary key (volume_type, key)
) {strict};

create table volumes (
    id {identity},
    name text not null,
    description text not null default '',
    owner text not null,
    project text not null,
    shared_to_project {bigint} not null default 0,
    size {bigint} not null,
    volume_type {bigint} not null references volume_types (id),
    delete_on_termination {bigint} not null default 1,
    source text,                            -- image:<id>, snapshot:<id>, volume:<id>; null: blank
    source_version {bigint},
    origin text,                            -- map name of the source's data
    origin_size {bigint},                   -- its bytes
    status text not null,
    server {bigint},
    position {bigint},                      -- among the server's disks; the root is 0
    job {bigint},                           -- null: no data was ever written
    snapshots {bigint} not null default 0,
    deleted {bigint} not null default 0,
    created {bigint} not null,
    updated {bigint} not null
) {strict};
create index volumes_server on volumes (server, position) where deleted = 0;
create index volumes_owner on volumes (owner, id);
create index volumes_project on volumes (project, id);

create table volume_metadata (
    volume {bigint} not null references volumes (id),
    key text not null,
    value text not null,
    primary key (volume, key)
) {strict};
