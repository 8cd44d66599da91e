-- The name that an imported disk had on its cluster, by which it is known until it has ours.
alter table volumes add column legacy_name text not null default '';
