-- Blocks that people have sent by themselves and that no file of theirs has named since: bounded,
-- since they are charged to nobody (object-storage.md, PIT-191).
create table storage_uploads (
    account text {bytewise} not null,
    block text not null,                    -- its hash in hex; "-" and a UUID for what broke off
    size {bigint} not null,
    sent {bigint} not null,
    primary key (account, block)
) {strict};
create index storage_uploads_sent on storage_uploads (sent);
