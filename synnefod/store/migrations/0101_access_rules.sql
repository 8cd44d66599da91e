-- Rules that application credentials are bound by, a person's own (identity.md 4.4). A credential
-- holds a copy of its rules, so that a token is checked without looking here.

create table access_rules (
  id text primary key,
  person text not null references users (uuid) on delete cascade,
  service text not null,
  method text not null,
  path text not null,
  created {bigint} not null,
  unique (person, service, method, path)
);
