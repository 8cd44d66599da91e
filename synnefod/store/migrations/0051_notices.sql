-- What everybody is told, and whether the cloud is read-only meanwhile (operations.md 14, OPS-163).

create table notices (
  id {identity},
  level text not null,
  texts text not null,
  starts bigint not null,
  ends bigint,
  read_only integer not null default 0,
  author text not null,
  created bigint not null
);
