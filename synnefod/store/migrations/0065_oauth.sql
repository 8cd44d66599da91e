-- OAuth2 (identity.md 2.11): programs that may ask for codes, and what they were given. Of codes and
-- tokens only digests; both end with the session that granted them.

create table oauth_clients (
  id {identity},
  identifier text not null unique,
  secret text,
  kind text not null,
  trusted integer not null default 0,
  created bigint not null
);

create table oauth_redirects (
  client bigint not null references oauth_clients (id) on delete cascade,
  url text not null,
  position integer not null,
  primary key (client, url)
);

-- `client` is an identifier, not a row: clients of the daemon itself have none.
create table oauth_codes (
  digest text primary key,
  client text not null,
  person text not null references users (uuid) on delete cascade,
  session text not null references sessions (id) on delete cascade,
  redirect_uri text not null,
  named integer not null,
  scope text not null,
  challenge text,
  created bigint not null
);
create index oauth_codes_session on oauth_codes (session);
create index oauth_codes_person on oauth_codes (person);

create table oauth_tokens (
  digest text primary key,
  client text not null,
  person text not null references users (uuid) on delete cascade,
  session text not null references sessions (id) on delete cascade,
  scope text not null,
  issued bigint not null,
  expires bigint not null
);
create index oauth_tokens_session on oauth_tokens (session);
create index oauth_tokens_person on oauth_tokens (person);
create index oauth_tokens_expires on oauth_tokens (expires);
