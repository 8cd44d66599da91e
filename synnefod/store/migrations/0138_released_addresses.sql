-- Floating IPs that were given back, for as long as clients may ask what changed (NET-019).
-- `id` is the one that the address had; times in microseconds.
create table released_addresses (
    id {bigint} primary key,
    address text not null,
    network {bigint} not null,
    owner text not null,
    project text not null,
    shared_to_project {bigint} not null,
    created {bigint} not null,
    released {bigint} not null
);
create index released_addresses_released on released_addresses (released);
