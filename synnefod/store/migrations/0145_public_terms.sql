-- The terms of a public link: until when, how many downloads, and how many there were.
alter table storage_public add column expires {bigint};
alter table storage_public add column most {bigint};
alter table storage_public add column taken {bigint} not null default 0;
