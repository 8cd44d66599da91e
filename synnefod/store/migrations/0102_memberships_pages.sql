-- A project's memberships are read in pages, in the order of their numbers.

create index {concurrently} if not exists memberships_pages on memberships (project, id);
