-- Ways to sign in beside passwords, and the policies that rule them (identity.md 2.10, 3.1).

-- An identity of a provider belongs to at most one account whose address is verified: `proven`.
alter table auth_providers add column proven integer not null default 0;
create unique index auth_providers_proven on auth_providers (module, identifier)
  where proven = 1 and identifier <> '';
create index auth_providers_identity on auth_providers (module, identifier);

-- Somebody whom a provider knows and we do not yet: waits for the sign-up form of one browser.
create table pending_identities (
  module text not null,
  identifier text not null,
  digest text not null unique,
  browser text not null,
  claim text not null,
  created bigint not null,
  primary key (module, identifier)
);
create index pending_identities_created on pending_identities (created);

-- A browser that was sent to a provider and is expected back.
create table signin_errands (
  digest text primary key,
  browser text not null,
  module text not null,
  purpose text not null,
  created bigint not null
);
create index signin_errands_created on signin_errands (created);

create table policy_profiles (
  id {identity},
  name text not null unique,
  provider text not null,
  is_exclusive integer not null default 0,
  policy_add integer,
  policy_remove integer,
  policy_create integer,
  policy_login integer,
  policy_required integer,
  policy_automoderate integer,
  policy_switch integer,
  policy_limit integer,
  priority integer not null default 1,
  active integer not null default 1
);

create table policy_profile_users (
  profile bigint not null references policy_profiles (id) on delete cascade,
  person text not null references users (uuid) on delete cascade,
  primary key (profile, person)
);
create index policy_profile_users_person on policy_profile_users (person);

create table policy_profile_groups (
  profile bigint not null references policy_profiles (id) on delete cascade,
  group_id bigint not null references user_groups (id) on delete cascade,
  primary key (profile, group_id)
);
create index policy_profile_groups_group on policy_profile_groups (group_id);
