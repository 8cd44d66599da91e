-- Volumes without a server that are on their way out: a helper server takes each and removes it.
alter table volumes add column doomed {bigint} not null default 0;
create index volumes_doomed on volumes (id) where doomed > 0 and deleted = 0;
create index volume_types_name on volume_types (name);
-- Whether servers can be started from a volume, as somebody said; null: as it was made.
alter table volumes add column bootable {bigint};
