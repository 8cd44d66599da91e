-- A project's memberships are read in pages, in the order of their numbers.

create index memberships_pages on memberships (project, id);
drop index memberships_project;
