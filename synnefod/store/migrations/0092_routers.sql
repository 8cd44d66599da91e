-- Routers (network.md 22.6): kept and shown; no traffic runs through them. Their interfaces and
-- gateways are ports with `router`.

create table routers (
    id {identity},
    name text not null,
    owner text not null,
    project text not null,
    description text not null default '',
    admin_up {bigint} not null default 1,
    snat {bigint} not null default 1,
    routes text not null default '[]',          -- JSON
    labels text not null default '[]',
    revision {bigint} not null default 1,
    created {bigint} not null,
    updated {bigint} not null
) {strict};
create index routers_project on routers (project, id);
