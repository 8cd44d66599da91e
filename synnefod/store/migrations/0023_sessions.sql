-- Sessions of browsers (identity.md 6.3): only digests of their secrets. Tokens that a session was
-- given end with it.

create table sessions (
  id text primary key,
  digest text not null unique,
  person text not null references users (uuid) on delete cascade,
  method text not null,
  address text not null default '',
  agent text not null default '',
  created bigint not null,
  seen bigint not null,
  expires bigint not null
);
create index sessions_person on sessions (person);
create index sessions_expires on sessions (expires);

alter table tokens add column session text references sessions (id) on delete cascade;
create index tokens_session on tokens (session);
