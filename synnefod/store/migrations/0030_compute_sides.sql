-- Jobs that change a server beside its one task: tags and firewall profiles. `done` once the
-- job's outcome was heard; kept a while, so that hearing it again changes nothing.
create table side_jobs (
  server {bigint} not null references servers (id) on delete cascade,
  job {bigint} not null,
  action text not null,
  body text not null default '{}',
  done integer not null default 0,
  created {bigint} not null,
  primary key (server, job)
) {strict};
create index side_jobs_open on side_jobs (server) where done = 0;
create index side_jobs_created on side_jobs (created);
