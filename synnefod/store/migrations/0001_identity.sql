-- People, their tokens, and the projects they share (identity.md 3.1).
-- Times are microseconds since the epoch, UTC; flags are 0 and 1.

create table users (
  id {identity},
  uuid text not null unique,
  username text not null unique,
  email text not null,
  first_name text not null default '',
  last_name text not null default '',
  password text,
  is_active integer not null default 0,
  is_superuser integer not null default 0,
  email_verified integer not null default 0,
  verification_digest text unique,
  verified_at bigint,
  activation_sent bigint,
  moderated integer not null default 0,
  moderated_at bigint,
  moderated_data text,
  accepted_policy text,
  accepted_email text,
  is_rejected integer not null default 0,
  rejected_reason text,
  deactivated_reason text,
  deactivated_at bigint,
  has_signed_terms integer not null default 0,
  date_signed_terms bigint,
  is_verified integer not null default 0,
  level integer not null default 4,
  invitations integer not null default 0,
  affiliation text,
  date_joined bigint not null,
  last_login bigint,
  updated bigint not null,
  base_project text,
  default_project text
);

create table auth_providers (
  id {identity},
  person text not null references users (uuid) on delete cascade,
  module text not null,
  identifier text not null default '',
  auth_backend text not null default 'astakos',
  active integer not null default 1,
  affiliation text,
  info text not null default '',
  created bigint not null,
  last_login_at bigint,
  unique (identifier, module, person)
);
create index auth_providers_person on auth_providers (person);

create table user_groups (
  id {identity},
  name text not null unique
);

create table group_members (
  person text not null references users (uuid) on delete cascade,
  group_id bigint not null references user_groups (id) on delete cascade,
  primary key (person, group_id)
);

create table approval_terms (
  id {identity},
  date bigint not null,
  location text not null
);

create table app_credentials (
  id text primary key,
  person text not null references users (uuid) on delete cascade,
  project text not null,
  name text not null,
  description text,
  secret text not null,
  secret_kind text not null,
  roles text not null,
  unrestricted integer not null default 0,
  expires bigint,
  access_rules text not null default '[]',
  created bigint not null,
  unique (person, name)
);

-- Every bearer token, of Synnefo's kind (scope 'default') and of Keystone's. Only digests.
create table tokens (
  digest text primary key,
  person text not null references users (uuid) on delete cascade,
  scope text not null,
  project text,
  label text not null default '',
  is_primary integer not null default 0,
  methods text not null default '[]',
  credential text references app_credentials (id) on delete cascade,
  audit_id text not null,
  parent_audit_id text,
  issued bigint not null,
  expires bigint not null,
  last_used bigint
);
create index tokens_person on tokens (person);
create index tokens_expires on tokens (expires);
create index tokens_credential on tokens (credential);

create table components (
  id {identity},
  name text not null unique,
  url text,
  base_url text,
  token_digest text unique,
  token_created bigint,
  token_expires bigint,
  trusted integer not null default 0
);

create table services (
  id {identity},
  component bigint not null references components (id) on delete cascade,
  name text not null unique,
  type text not null
);

create table endpoints (
  id {identity},
  service bigint not null references services (id) on delete cascade
);

create table endpoint_data (
  endpoint bigint not null references endpoints (id) on delete cascade,
  name text not null,
  value text not null,
  primary key (endpoint, name)
);

create table projects (
  id {identity},
  uuid text not null unique,
  name text unique,
  realname text not null,
  owner text references users (uuid) on delete set null,
  homepage text not null default '',
  description text not null default '',
  creation_date bigint not null,
  end_date bigint not null,
  state integer not null,
  join_policy integer not null,
  leave_policy integer not null,
  max_members bigint not null,
  private integer not null default 0,
  is_base integer not null default 0,
  last_application bigint
);
create index projects_owner on projects (owner);

create table project_quotas (
  project text not null references projects (uuid) on delete cascade,
  resource text not null,
  project_capacity bigint not null,
  member_capacity bigint not null,
  primary key (project, resource)
);

create table project_applications (
  id {identity},
  project text not null references projects (uuid) on delete cascade,
  applicant text not null,
  owner text,
  name text,
  homepage text,
  description text,
  start_date bigint,
  end_date bigint,
  join_policy integer,
  leave_policy integer,
  max_members bigint,
  private integer,
  comments text,
  state integer not null,
  issued bigint not null,
  response text,
  response_date bigint,
  response_actor text,
  waive_reason text,
  waive_date bigint,
  waive_actor text
);
create index project_applications_project on project_applications (project);

create table project_grants (
  application bigint not null references project_applications (id) on delete cascade,
  resource text not null,
  project_capacity bigint not null,
  member_capacity bigint not null,
  primary key (application, resource)
);

create table memberships (
  id {identity},
  person text not null references users (uuid) on delete cascade,
  project text not null references projects (uuid) on delete cascade,
  state integer not null,
  initialized integer not null default 0,
  overquota_state text not null default 'OK',
  overquota_state_date bigint,
  overquota_date bigint,
  unique (person, project)
);
create index memberships_project on memberships (project);

create table project_log (
  id {identity},
  project text not null,
  from_state integer,
  to_state integer not null,
  date bigint not null,
  actor text,
  reason text,
  comments text
);
create index project_log_project on project_log (project);

create table membership_log (
  id {identity},
  membership bigint not null,
  from_state integer,
  to_state integer not null,
  date bigint not null,
  actor text,
  reason text,
  comments text
);
create index membership_log_membership on membership_log (membership);

-- The seam towards projects: who may be a member.
create view active_people as
  select uuid as person from users where is_active = 1 and moderated = 1 and is_rejected = 0;
