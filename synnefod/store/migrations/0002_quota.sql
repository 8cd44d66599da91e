-- What is counted, and the ledger (identity.md 3.1 to 3.5).
-- An absent source is the empty text, so that a unique key covers it.

create table resources (
  id {identity},
  name text not null unique,
  description text,
  unit text,
  service_type text not null,
  service_origin text not null,
  system_default bigint not null,
  project_default bigint not null,
  ui_visible integer not null,
  api_visible integer not null
);

create table holdings (
  id {identity},
  holder text not null,
  source text not null default '',
  resource text not null,
  quota_limit bigint not null,
  usage_min bigint not null default 0,
  usage_max bigint not null default 0,
  unique (holder, source, resource)
);

create table commissions (
  serial {identity},
  client bigint not null,
  name text not null,
  issued bigint not null
);
create index commissions_client on commissions (client);

create table provisions (
  serial bigint not null references commissions (serial) on delete cascade,
  place integer not null,
  holding bigint not null references holdings (id),
  quantity bigint not null,
  primary key (serial, place)
);
create index provisions_holding on provisions (holding);

create table provision_log (
  id {identity},
  serial bigint,
  name text not null,
  issued bigint not null,
  logged bigint not null,
  holder text not null,
  source text not null,
  resource text not null,
  quota_limit bigint not null,
  usage_min bigint not null,
  usage_max bigint not null,
  delta bigint not null,
  reason text not null
);
create index provision_log_serial on provision_log (serial);
