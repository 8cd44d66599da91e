-- Which daemons work on this database, as they say themselves every few seconds (operations.md
-- 15.6: nothing is taken away while one of the last release lives).

create table daemons (
  holder text primary key,
  release text not null,
  host text not null,
  pid {bigint} not null,
  roles text not null,
  started {bigint} not null,
  seen {bigint} not null
) {strict};
