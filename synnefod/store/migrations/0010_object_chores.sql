-- What the object store does by itself: objects that end (object-storage.md 5.8), and the chores
-- that only one daemon of a deployment does at a time.

-- The values are seconds since the epoch in ten digits, so that their order as text is that of time.
create index storage_attributes_expiry on storage_attributes (value)
    where domain = 'swift' and key = 'X-Delete-At' and is_latest = 1;

create table storage_chores (
    name text primary key,
    holder text not null,
    until {bigint} not null                 -- the holder lost it if it has not finished by then
) {strict};
