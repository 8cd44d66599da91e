-- Servers, what they are made of, and what must still be done about them
-- (compute-image-volume.md 5, ganeti.md 19 and 26.3).

create table flavors (
  id {identity},
  cpu {bigint} not null,
  ram {bigint} not null,
  disk {bigint} not null,
  volume_type {bigint} not null,
  disk_template text not null,
  alias text not null default '',
  allow_create integer not null default 1,
  public integer not null default 1,
  deleted integer not null default 0,
  unique (cpu, ram, disk, volume_type)
) {strict};

create table flavor_access (
  flavor {bigint} not null references flavors (id) on delete cascade,
  project text not null,
  primary key (flavor, project)
) {strict};

create table flavor_specs (
  flavor {bigint} not null references flavors (id) on delete cascade,
  name text not null,
  value text not null,
  primary key (flavor, name)
) {strict};

create table keypairs (
  id {identity},
  user_id text not null,
  name text not null,
  content text not null,
  fingerprint text not null,
  created {bigint} not null,
  updated {bigint} not null,
  unique (user_id, name)
) {strict};

create table servers (
  id {identity},
  name text not null,
  description text,
  user_id text not null,
  project text not null,
  shared integer not null default 0,
  backend {bigint},
  flavor {bigint} not null references flavors (id),
  image text not null default '',
  key_names text not null default '[]',
  created {bigint} not null,
  updated {bigint} not null,
  launched {bigint},
  terminated {bigint},
  deleted integer not null default 0,
  suspended integer not null default 0,
  locked integer not null default 0,
  helper integer not null default 0,
  rescue integer not null default 0,
  operstate text not null,
  action text not null default '',
  task text not null default '',
  task_job {bigint},
  serial {bigint},
  job {bigint} not null default 0,
  job_opcode text not null default '',
  job_status text not null default '',
  job_log text not null default '',
  job_when {bigint} not null default 0,
  seen {bigint} not null default 0,
  seen_job {bigint} not null default 0,
  shape_seen {bigint} not null default 0,
  progress {bigint} not null default 0
) {strict};
create index servers_user on servers (user_id, deleted);
create index servers_project on servers (project, deleted);
create index servers_backend on servers (backend, deleted);
create index servers_task on servers (task) where task <> '';

create table server_metadata (
  server {bigint} not null references servers (id) on delete cascade,
  name text not null,
  value text not null,
  primary key (server, name)
) {strict};

create table server_tags (
  server {bigint} not null references servers (id) on delete cascade,
  tag text not null,
  status text not null,
  primary key (server, tag)
) {strict};

create table server_diagnostics (
  id {identity},
  server {bigint} not null references servers (id) on delete cascade,
  created {bigint} not null,
  level text not null,
  source text not null,
  source_date {bigint},
  message text not null,
  details text
) {strict};
create unique index server_diagnostics_once
  on server_diagnostics (server, source, source_date, message);
create index server_diagnostics_newest on server_diagnostics (server, id);

create table server_actions (
  id {identity},
  server {bigint} not null references servers (id) on delete cascade,
  request text not null,
  user_id text not null,
  project text not null,
  action text not null,
  started {bigint} not null,
  finished {bigint},
  result text not null default '',
  message text
) {strict};
create index server_actions_server on server_actions (server, id);
create index server_actions_request on server_actions (request);

-- What must still be sent to a cluster. `id` is the reason that the job carries. `state`: waiting,
-- done, lost. A row with `lease_until` in the future is in the hands of `holder`.
create table outbox (
  id text primary key,
  server {bigint} not null,
  action text not null,
  body text not null default '{}',
  request text not null default '',
  state text not null default 'waiting',
  attempts {bigint} not null default 0,
  created {bigint} not null,
  not_before {bigint} not null,
  holder text not null default '',
  lease_until {bigint} not null default 0,
  job {bigint},
  error text not null default ''
) {strict};
create index outbox_waiting on outbox (not_before, created) where state = 'waiting';
create index outbox_server on outbox (server);

-- Events that came before the number of the job that they speak of was recorded.
create table early_events (
  id {identity},
  server {bigint} not null,
  job {bigint} not null,
  event text not null,
  arrived {bigint} not null
) {strict};
create index early_events_server on early_events (server, id);

-- Sealed documents: one-time boot parameters ("params") and initial passwords ("password").
create table server_secrets (
  id text primary key,
  server {bigint} not null,
  kind text not null,
  sealed text not null,
  expires {bigint} not null
) {strict};
create index server_secrets_server on server_secrets (server, kind);
create index server_secrets_expires on server_secrets (expires);

-- One-time tickets to a console; `ticket` is a digest.
create table console_tickets (
  ticket text primary key,
  server {bigint} not null,
  user_id text not null,
  node text not null,
  port {bigint} not null,
  expires {bigint} not null
) {strict};
create index console_tickets_expires on console_tickets (expires);
