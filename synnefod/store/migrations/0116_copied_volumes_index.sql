-- Copies that still have a snapshot are few.
create index {concurrently} if not exists volumes_copied on volumes (id) where copied <> '';
