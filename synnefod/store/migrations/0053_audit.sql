-- Who did what (operations.md 15.8). A row is written in the transaction of what it tells, and is
-- sealed soon afterwards: it gets its place in the chain, and is never changed again.

create table audit_log (
  id {identity},
  moment {bigint} not null,
  actor text not null,
  acting_for text not null default '',
  via text not null,
  peer text not null default '',
  action text not null,
  target text not null,
  project text not null default '',
  request text not null default '',
  outcome text not null,
  reason text not null default '',
  seq {bigint} unique,
  hash text
) {strict};
create index audit_log_unsealed on audit_log (id) where seq is null;
create index audit_log_actor on audit_log (actor, seq);
create index audit_log_request on audit_log (request);

-- One row. `oldest` is the first row that is kept, and `before` the hash of the one before it.
create table audit_head (
  id {bigint} primary key,
  seq {bigint} not null,
  hash text not null,
  oldest {bigint} not null,
  before text not null
) {strict};
insert into audit_head (id, seq, hash, oldest, before) values (1, 0, '', 1, '');
