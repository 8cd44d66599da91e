-- A finished resize that waits for its confirmation: the flavor before, and when it ended.
alter table servers add column resized_from {bigint};
alter table servers add column resized_at {bigint};
