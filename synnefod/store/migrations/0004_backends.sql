-- Registered Ganeti clusters (ganeti.md 10). Memory and disk in MiB, times in microseconds.
create table backends (
    id {identity},
    name text not null unique,
    url text not null,
    username text not null,
    password text not null,
    verify text not null default 'off',
    -- The suffix of MAC prefixes: one hexadecimal digit, so at most 16 clusters.
    mac_index integer not null unique check (mac_index between 0 and 15),
    drained integer not null default 1,
    offline integer not null default 0,
    public integer not null default 1,
    hypervisor text not null,
    disk_templates text not null,
    version text not null,
    mfree {bigint} not null default 0,
    mtotal {bigint} not null default 0,
    dfree {bigint} not null default 0,
    dtotal {bigint} not null default 0,
    instances {bigint} not null default 0,
    cpus {bigint} not null default 0,
    updated {bigint} not null default 0
) {strict};

-- A project with rows here uses these clusters only (GNT-062).
create table project_backends (
    id {identity},
    project text not null,
    backend {bigint} not null references backends (id) on delete cascade,
    unique (project, backend)
) {strict};

create index project_backends_by_backend on project_backends (backend);
