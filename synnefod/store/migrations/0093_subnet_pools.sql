-- Ranges that subnets are carved from, limits on what a project may have, and the topology that a
-- project got by itself (network.md 22.7, 22.8, 22.10).

create table subnet_pools (
    id {identity},
    name text not null,
    owner text not null,
    project text not null,
    version {bigint} not null,
    prefixes text not null,                     -- JSON
    usual_length {bigint} not null,
    shortest {bigint} not null,
    longest {bigint} not null,
    shared {bigint} not null default 0,
    usual {bigint} not null default 0,
    quota {bigint},                             -- of addresses a project; null: none
    description text not null default '',
    labels text not null default '[]',
    revision {bigint} not null default 1,
    created {bigint} not null,
    updated {bigint} not null
) {strict};
create index subnet_pools_project on subnet_pools (project, id);

alter table subnets add column pool {bigint};
create index subnets_pool on subnets (pool) where pool is not null;

create table network_limits (
    project text not null,
    resource text not null,
    most {bigint} not null,                     -- -1: without limit
    primary key (project, resource)
) {strict};

create table topologies (
    project text primary key,
    network {bigint} not null,
    router {bigint} not null
) {strict};
