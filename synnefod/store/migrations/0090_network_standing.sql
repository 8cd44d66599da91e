-- What today's OpenStack clients read and write beside Synnefo's own (network.md 22.4).
-- `labels` are the clients' tags, as JSON; `tags` of networks are the clusters'.

alter table networks add column description text not null default '';
alter table networks add column labels text not null default '[]';
alter table networks add column revision {bigint} not null default 1;
alter table networks add column admin_up {bigint} not null default 1;

alter table subnets add column description text not null default '';
alter table subnets add column labels text not null default '[]';
alter table subnets add column revision {bigint} not null default 1;

alter table ports add column description text not null default '';
alter table ports add column labels text not null default '[]';
alter table ports add column revision {bigint} not null default 1;
alter table ports add column admin_up {bigint} not null default 1;
alter table ports add column router {bigint};           -- whose interface or gateway it is

alter table ip_addresses add column description text not null default '';
alter table ip_addresses add column labels text not null default '[]';
alter table ip_addresses add column revision {bigint} not null default 1;
alter table ip_addresses add column target {bigint};    -- of a floating IP: the port it stands for

alter table value_pools add column shift {bigint} not null default 0;

create index ports_router on ports (router) where router is not null;
create index ip_addresses_target on ip_addresses (target) where target is not null;
create index ip_address_history_server on ip_address_history (server, moment);
