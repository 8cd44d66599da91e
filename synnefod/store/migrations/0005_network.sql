-- Networks, subnets, ports and addresses (network.md 4). Times in microseconds.

create table networks (
    id {identity},
    name text not null,
    owner text,                             -- null: belongs to nobody (public ones)
    project text,
    shared_to_project {bigint} not null default 0,
    flavor text not null,
    mode text not null,                     -- bridged, routed
    link text not null,
    mac_prefix text not null,
    tags text not null default '[]',        -- JSON; replaces the flavor's
    public {bigint} not null default 0,
    drained {bigint} not null default 0,
    floating_ip_pool {bigint} not null default 0,
    external_router {bigint} not null default 0,
    state text not null default 'ACTIVE',
    action text,                            -- last wish: CREATE, DESTROY
    serial {bigint},                        -- pending quota commission
    deleted {bigint} not null default 0,
    created {bigint} not null,
    updated {bigint} not null
) {strict};
create index networks_owner on networks (owner, id);
create index networks_public on networks (id) where public = 1 and deleted = 0;

create table subnets (
    id {identity},
    network {bigint} not null references networks (id),
    name text not null,
    owner text,
    version {bigint} not null,              -- 4 or 6
    cidr text not null,
    gateway text,
    dhcp {bigint} not null default 1,       -- of IPv6: announced by router advertisements (SLAAC)
    dns_nameservers text not null default '[]',
    host_routes text not null default '[]',
    deleted {bigint} not null default 0,
    created {bigint} not null,
    updated {bigint} not null
) {strict};
create index subnets_network on subnets (network, id);

-- A range of IPv4 addresses, as integers: those below `next` were given out at some time.
create table ip_pools (
    id {identity},
    subnet {bigint} not null references subnets (id),
    first {bigint} not null,
    last {bigint} not null,
    next {bigint} not null
) {strict};
create index ip_pools_subnet on ip_pools (subnet, id);

-- Addresses below `next` that are free again.
create table ip_released (
    pool {bigint} not null references ip_pools (id),
    address {bigint} not null,
    primary key (pool, address)
) {strict};

-- Addresses that are never given out.
create table ip_reserved (
    pool {bigint} not null references ip_pools (id),
    address {bigint} not null,
    primary key (pool, address)
) {strict};

-- A network's presence on one cluster (network.md 6.2).
create table backend_networks (
    network {bigint} not null references networks (id),
    backend {bigint} not null,
    operstate text not null,                -- PENDING, ACTIVE, ERROR, DELETED
    job {bigint},
    opcode text,
    job_status text,
    job_log text,
    connect_jobs text not null default '[]', -- JSON: jobs that a new server waits for
    event_time {bigint} not null default 0,
    updated {bigint} not null,
    primary key (network, backend)
) {strict};

create table ports (
    id {identity},
    name text not null default '',
    owner text not null,
    project text not null,
    network {bigint} not null references networks (id),
    server {bigint},
    position {bigint},
    mac text,
    firewall text not null default 'DISABLED',
    state text not null,                    -- BUILD, ACTIVE, DOWN, ERROR
    device_owner text,
    public {bigint} not null default 0,
    created {bigint} not null,
    updated {bigint} not null
) {strict};
create index ports_server on ports (server, position) where server is not null;
create index ports_network on ports (network, id);
create index ports_owner on ports (owner, id);

create table ip_addresses (
    id {identity},
    network {bigint} not null references networks (id),
    subnet {bigint} not null references subnets (id),
    port {bigint} references ports (id),
    owner text not null,
    project text,
    shared_to_project {bigint} not null default 0,
    address text not null,
    version {bigint} not null,
    floating {bigint} not null default 0,
    serial {bigint},
    created {bigint} not null,
    updated {bigint} not null
) {strict};
create unique index ip_addresses_once on ip_addresses (network, address);
create index ip_addresses_port on ip_addresses (port) where port is not null;

-- Who had which public address when; survives everything.
create table ip_address_history (
    id {identity},
    address text not null,
    server {bigint} not null,
    network {bigint} not null,
    owner text not null,
    action text not null,                   -- associate, disassociate
    moment {bigint} not null,
    reason text not null default ''
) {strict};
create index ip_address_history_address on ip_address_history (address, moment);
