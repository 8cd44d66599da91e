-- Tickets for a ZIP of files: `digest` is the SHA-256 of the ticket, `names` a JSON array of paths
-- in the container, `ends` microseconds. A ticket is used once.
create table storage_bundles (
    digest text primary key,
    asker text not null,
    account text not null,
    container text not null,
    names text not null,
    ends {bigint} not null
);
create index storage_bundles_ends on storage_bundles (ends);
