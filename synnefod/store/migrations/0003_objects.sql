-- The object store (object-storage.md 3). Times in microseconds, sizes in bytes.

create table storage_config (
    key text primary key,
    value text not null
) {strict};

-- Exactly three levels below the root (node 0): accounts, containers, objects.
create table storage_nodes (
    id {identity},
    parent {bigint} references storage_nodes (id),
    name text {bytewise} not null,
    created {bigint} not null,
    latest {bigint},                        -- newest version of any cluster
    current {bigint},                       -- the version in cluster 0; null once deleted
    children {bigint} not null default 0    -- of an account: its containers
) {strict};
create unique index storage_nodes_place on storage_nodes (parent, name);
create index storage_nodes_current on storage_nodes (parent, name) where current is not null;
insert into storage_nodes (id, parent, name, created) values (0, null, '', 0);

-- Ordered block hashes, 32 bytes each. Written once. A map without a name is `snf_file_<id>`;
-- a map with one may be kept elsewhere (hashes null: snapshots of volumes).
create table storage_maps (
    id {identity},
    name text unique,
    hashes {blob}
) {strict};

create table storage_versions (
    serial {identity},
    node {bigint} not null references storage_nodes (id),
    cluster {bigint} not null,              -- 0 NORMAL, 1 HISTORY, 2 DELETED
    source {bigint},                        -- the serial it was derived from
    mtime {bigint} not null,
    author text not null,
    uuid text,
    size {bigint} not null default 0,
    content_type text not null default '',
    hash text,                              -- Merkle root, hex
    checksum text not null default '',      -- MD5, hex; empty while unknown
    map {bigint} references storage_maps (id),
    available {bigint} not null default 1,  -- -1 error, 0 not yet, 1 yes
    map_checked {bigint} not null default 0,
    is_snapshot {bigint} not null default 0
) {strict};
create index storage_versions_node on storage_versions (node, serial);
create index storage_versions_map on storage_versions (map) where map is not null;
create index storage_versions_uuid on storage_versions (uuid) where uuid is not null;

create table storage_attributes (
    serial {bigint} not null references storage_versions (serial),
    domain text not null,
    key text not null,
    value text {bytewise} not null,
    node {bigint} not null references storage_nodes (id),
    is_latest {bigint} not null default 1,
    primary key (serial, domain, key)
) {strict};
create index storage_attributes_domain on storage_attributes (domain, node) where is_latest = 1;

-- Running totals: of a container over its objects, of an account over all its objects.
create table storage_statistics (
    node {bigint} not null references storage_nodes (id),
    cluster {bigint} not null,
    population {bigint} not null,
    size {bigint} not null,
    mtime {bigint} not null,
    primary key (node, cluster)
) {strict};

-- How many current objects of a container have a metadata key (X-Container-Object-Meta).
create table storage_object_meta (
    container {bigint} not null references storage_nodes (id),
    key text not null,
    population {bigint} not null,
    primary key (container, key)
) {strict};

create table storage_policies (
    node {bigint} not null references storage_nodes (id),
    key text not null,
    value text not null,
    primary key (node, key)
) {strict};

-- Who may read (0) or write (1) an object: a user, `owner:group`, or `*`.
create table storage_permissions (
    node {bigint} not null references storage_nodes (id),
    access {bigint} not null,
    grantee text not null,
    container {bigint} not null references storage_nodes (id),
    account text {bytewise} not null,
    primary key (node, access, grantee)
) {strict};
create index storage_permissions_container on storage_permissions (container, node);
create index storage_permissions_grantee on storage_permissions (grantee, account);

create table storage_groups (
    owner text not null,
    name text not null,
    member text not null,
    primary key (owner, name, member)
) {strict};
create index storage_groups_member on storage_groups (member);

create table storage_public (
    node {bigint} primary key references storage_nodes (id),
    token text not null unique,
    container {bigint} not null references storage_nodes (id),
    created {bigint} not null
) {strict};
create index storage_public_container on storage_public (container, node);

-- What the Swift mount keeps of accounts and containers beside metadata: ACLs and the like.
create table storage_sysmeta (
    node {bigint} not null references storage_nodes (id),
    key text not null,
    value text not null,
    primary key (node, key)
) {strict};
