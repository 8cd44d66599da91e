-- The snapshot that a volume is a copy of, until it has its data or is gone; '' for others.
alter table volumes add column copied text not null default '';
