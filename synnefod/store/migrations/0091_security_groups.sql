-- Security groups (network.md 22.5). Those of no project are shared and never change: each is one
-- firewall profile. `port_security_groups`: what a port was given; without any it shows the shared
-- group of its profile.

create table security_groups (
    id {identity},
    project text not null,
    owner text not null default '',
    name text not null,
    description text not null default '',
    usual {bigint} not null default 0,          -- the project's `default`
    profile text not null default '',           -- of shared ones: the firewall profile
    labels text not null default '[]',
    revision {bigint} not null default 1,
    created {bigint} not null,
    updated {bigint} not null
) {strict};
create index security_groups_project on security_groups (project, id);
create unique index security_groups_usual on security_groups (project) where usual = 1;

create table security_group_rules (
    id {identity},
    grp {bigint} not null references security_groups (id),
    direction text not null,                    -- ingress, egress
    ethertype text not null,                    -- IPv4, IPv6
    protocol text,                              -- null: any
    port_min {bigint},
    port_max {bigint},
    remote_prefix text,
    remote_group {bigint},
    description text not null default '',
    revision {bigint} not null default 1,
    created {bigint} not null,
    updated {bigint} not null
) {strict};
create index security_group_rules_group on security_group_rules (grp, id);

create table port_security_groups (
    port {bigint} not null references ports (id),
    grp {bigint} not null references security_groups (id),
    primary key (port, grp)
) {strict};
create index port_security_groups_group on port_security_groups (grp);

insert into security_groups (project, name, description, profile, created, updated) values
    ('', 'snf-open', 'Everything may come in.', 'DISABLED', 0, 0),
    ('', 'snf-limited', 'Answers, ICMP, SSH and remote desktops may come in.', 'PROTECTED', 0, 0),
    ('', 'snf-protected', 'Only answers and ICMP may come in.', 'ENABLED', 0, 0);
insert into security_group_rules (grp, direction, ethertype, created, updated)
    select g.id, d.direction, e.ethertype, 0, 0 from security_groups g
    cross join (select 'ingress' as direction union all select 'egress') d
    cross join (select 'IPv4' as ethertype union all select 'IPv6') e
    where g.name = 'snf-open' or d.direction = 'egress';
insert into security_group_rules
    (grp, direction, ethertype, protocol, port_min, port_max, created, updated)
    select g.id, 'ingress', e.ethertype, 'tcp', p.port, p.port, 0, 0 from security_groups g
    cross join (select 'IPv4' as ethertype union all select 'IPv6') e
    cross join (select 22 as port union all select 3389) p
    where g.name = 'snf-limited';
