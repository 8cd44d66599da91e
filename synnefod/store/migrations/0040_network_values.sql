-- Pools of bridges and of MAC prefixes (network.md 8): one of each kind at most.
-- Positions from `next` on were never given out. A pool of MAC prefixes is there from the start.

create table value_pools (
    kind text primary key,                  -- mac-prefix, bridge
    first text not null,                    -- the first prefix; what a bridge's name begins with
    size {bigint} not null,
    next {bigint} not null default 0
) {strict};

create table value_pool_entries (
    kind text not null references value_pools (kind),
    position {bigint} not null,
    taken {bigint} not null default 0,
    reserved {bigint} not null default 0,   -- kept back by an administrator
    primary key (kind, position)
) {strict};

insert into value_pools (kind, first, size) values ('mac-prefix', 'aa:00:0', 65536);

create index networks_updated on networks (updated);
create index ip_addresses_floating on ip_addresses (owner, id) where floating = 1;
