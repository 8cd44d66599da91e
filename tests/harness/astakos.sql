-- A small identity database as Synnefo 0.21 keeps it on PostgreSQL: what is taken over, with a few
-- columns that are not. Passwords are "correct horse battery" (pbkdf2_sha256, 15000 rounds).

create table auth_user (
  id serial primary key, username varchar(255) unique, first_name varchar(30),
  last_name varchar(30), email varchar(255), password varchar(128), is_staff boolean,
  is_active boolean, is_superuser boolean, last_login timestamptz, date_joined timestamptz);
create table im_astakosuser (
  user_ptr_id integer primary key references auth_user (id), uuid varchar(255), affiliation
  varchar(255), level integer, invitations integer, auth_token varchar(64),
  auth_token_created timestamptz, auth_token_expires timestamptz, updated timestamptz,
  email_verified boolean, verified_at timestamptz, moderated boolean, moderated_at timestamptz,
  moderated_data text, accepted_policy varchar(255), accepted_email varchar(255),
  is_rejected boolean, rejected_reason text, deactivated_reason text, deactivated_at timestamptz,
  has_signed_terms boolean, date_signed_terms timestamptz, is_verified boolean,
  base_project_id integer);
create table im_astakosuserauthprovider (
  id serial primary key, user_id integer, module varchar(255), identifier varchar(255),
  auth_backend varchar(255), active boolean, affiliation varchar(255), info_data text,
  created timestamptz, last_login_at timestamptz);
create table auth_group (id serial primary key, name varchar(80));
create table auth_user_groups (id serial primary key, user_id integer, group_id integer);
create table im_component (
  id serial primary key, name varchar(255), url varchar(1024), base_url varchar(1024),
  auth_token varchar(64), auth_token_created timestamptz, auth_token_expires timestamptz);
create table im_service (
  id serial primary key, component_id integer, name varchar(255), type varchar(255));
create table im_endpoint (id serial primary key, service_id integer);
create table im_endpointdata (
  id serial primary key, endpoint_id integer, key varchar(255), value varchar(1024));
create table im_resource (
  id serial primary key, name varchar(255), "desc" text, unit varchar(255), service_type
  varchar(255), service_origin varchar(255), uplimit bigint, project_default bigint,
  ui_visible boolean, api_visible boolean);
create table im_project (
  id bigserial primary key, uuid varchar(255), name varchar(80), realname varchar(80),
  owner_id integer, homepage varchar(255), description text, creation_date timestamptz,
  end_date timestamptz, state integer, member_join_policy integer, member_leave_policy integer,
  limit_on_members_number bigint, private boolean, is_base boolean, last_application_id integer);
create table im_projectresourcequota (
  id serial primary key, project_id bigint, resource_id integer, project_capacity bigint,
  member_capacity bigint);
create table im_projectapplication (
  id serial primary key, chain_id bigint, applicant_id integer, owner_id integer,
  name varchar(80), homepage varchar(255), description text, start_date timestamptz,
  end_date timestamptz, member_join_policy integer, member_leave_policy integer,
  limit_on_members_number bigint, private boolean, comments text, state integer,
  issue_date timestamptz, response text, response_date timestamptz, response_actor_id integer,
  waive_reason text, waive_date timestamptz, waive_actor_id integer);
create table im_projectresourcegrant (
  id serial primary key, project_application_id integer, resource_id integer,
  project_capacity bigint, member_capacity bigint);
create table im_projectmembership (
  id serial primary key, person_id integer, project_id bigint, state integer,
  initialized boolean);
create table im_projectlog (
  id serial primary key, project_id bigint, from_state integer, to_state integer,
  date timestamptz, actor_id integer, reason text, comments text);
create table im_projectmembershiplog (
  id serial primary key, membership_id integer, from_state integer, to_state integer,
  date timestamptz, actor_id integer, reason text, comments text);
create table quotaholder_app_holding (
  id serial primary key, holder varchar(4096), source varchar(4096), resource varchar(4096),
  "limit" bigint, usage_min bigint, usage_max bigint);
create table quotaholder_app_commission (
  serial serial primary key, name varchar(4096), clientkey varchar(4096),
  issue_datetime timestamptz);

insert into auth_user values
  (1, 'ida@example.org', 'Ida', 'Rhodes', 'Ida@example.org',
   'pbkdf2_sha256$15000$abcdefgh$@HASH@', false, true, false, now(), '2013-05-01 10:00+00'),
  (2, 'max@example.org', 'Max', 'Newman', 'max@example.org', '!', false, true, false, null,
   '2014-05-01 10:00+00'),
  (3, 'new@example.org', 'Not', 'Yet', 'new@example.org', '!', false, false, false, null,
   '2015-05-01 10:00+00'),
  (4, 'root', '', '', '', '', true, true, true, null, '2012-01-01 00:00+00');
insert into im_astakosuser (user_ptr_id, uuid, level, auth_token, auth_token_created,
  auth_token_expires, updated, email_verified, verified_at, moderated, moderated_at,
  accepted_policy, is_rejected, has_signed_terms, is_verified, base_project_id) values
  (1, '11111111-1111-4111-8111-111111111111', 4, 'idas-old-token-0123456789-abcdefghijklmnopq',
   '2026-01-01 00:00+00', '2100-01-01 00:00+00', now(), true, now(), true, now(), 'manual', false,
   true, true, 1),
  (2, '22222222-2222-4222-8222-222222222222', 4, 'maxs-dead-token-0123456789-abcdefghijklmnop',
   '2013-01-01 00:00+00', '2013-02-01 00:00+00', now(), true, now(), true, now(), 'manual', false,
   true, true, 2),
  (3, '33333333-3333-4333-8333-333333333333', 4, null, null, null, now(), false, null, false,
   null, null, false, false, false, null);
insert into im_astakosuserauthprovider (user_id, module, identifier, auth_backend, active,
  info_data, created) values
  (1, 'local', null, 'astakos', true, '', now()),
  (2, 'shibboleth', 'max@idp.example.org', 'astakos', true, '{}', now());
insert into auth_group values (7, 'lab-staff');
insert into auth_user_groups (user_id, group_id) values (1, 7);
insert into im_component values
  (1, 'astakos', null, 'https://old.example.org/astakos', 'x', now(), null),
  (2, 'weather', 'https://w.example.org/ui', 'https://w.example.org',
   'weather-component-token-0123456789-abcdefgh', now(), null);
insert into im_service values (1, 1, 'astakos_account', 'account'), (2, 2, 'weather_api', 'w');
insert into im_endpoint values (1, 2);
insert into im_endpointdata (endpoint_id, key, value) values
  (1, 'publicURL', 'https://w.example.org/v1'), (1, 'versionId', 'v1');
insert into im_resource values
  (1, 'cyclades.vm', 'Servers', null, 'compute', 'cyclades_compute', 2, 1, true, true),
  (2, 'weather.forecasts', 'Forecasts', null, 'w', 'weather_api', 9, 0, true, true);
insert into im_project values
  (1, '11111111-1111-4111-8111-111111111111', 'system:11111111-1111-4111-8111-111111111111',
   'system:11111111-1111-4111-8111-111111111111', null, '', '', now(), '2113-01-01 00:00+00', 1,
   3, 3, 1, true, true, null),
  (2, '22222222-2222-4222-8222-222222222222', 'system:22222222-2222-4222-8222-222222222222',
   'system:22222222-2222-4222-8222-222222222222', null, '', '', now(), '2113-01-01 00:00+00', 1,
   3, 3, 1, true, true, null),
  (3, '99999999-9999-4999-8999-999999999999', 'genes.example.org', 'genes.example.org', 1,
   'https://genes.example.org', 'Genes', '2014-01-01 00:00+00', '2050-01-01 00:00+00', 1, 1, 2,
   9223372036854775807, false, false, 2),
  (4, '88888888-8888-4888-8888-888888888888', null, 'old.example.org', 2, '', '',
   '2010-01-01 00:00+00', '2011-01-01 00:00+00', 100, 1, 1, 5, false, false, null);
insert into im_projectresourcequota (project_id, resource_id, project_capacity, member_capacity)
values (1, 1, 2, 2), (1, 2, 9, 9), (2, 1, 2, 2), (3, 1, 40, 4), (3, 2, 5, 5), (4, 1, 7, 7);
insert into im_projectapplication values
  (1, 3, 1, 1, 'genes.example.org', '', 'Genes', null, '2050-01-01 00:00+00', 1, 2, null, false,
   'please', 1, '2013-12-01 00:00+00', 'fine', '2013-12-02 00:00+00', 2, null, null, null),
  (2, 3, 1, null, null, null, null, null, null, null, null, 20, null, 'more', 0,
   '2014-12-01 00:00+00', null, null, null, null, null, null);
insert into im_projectresourcegrant (project_application_id, resource_id, project_capacity,
  member_capacity) values (1, 1, 40, 4), (2, 1, 60, 6);
insert into im_projectmembership values
  (10, 1, 1, 1, true), (11, 2, 2, 1, true), (12, 1, 3, 1, true), (13, 2, 3, 0, false);
insert into im_projectlog (project_id, from_state, to_state, date, actor_id, reason) values
  (3, null, 1, '2014-01-01 00:00+00', 2, 'fine'), (4, 1, 100, '2011-01-02 00:00+00', null, '');
insert into im_projectmembershiplog (membership_id, from_state, to_state, date, actor_id) values
  (12, null, 1, '2014-01-03 00:00+00', 1), (13, null, 0, '2014-02-03 00:00+00', 2);
insert into quotaholder_app_holding (holder, source, resource, "limit", usage_min, usage_max)
values
  ('project:11111111-1111-4111-8111-111111111111', null, 'cyclades.vm', 2, 1, 1),
  ('user:11111111-1111-4111-8111-111111111111', 'project:11111111-1111-4111-8111-111111111111',
   'cyclades.vm', 2, 1, 1),
  ('project:99999999-9999-4999-8999-999999999999', null, 'cyclades.vm', 40, 3, 3),
  ('user:11111111-1111-4111-8111-111111111111', 'project:99999999-9999-4999-8999-999999999999',
   'cyclades.vm', 4, 3, 3),
  ('project:99999999-9999-4999-8999-999999999999', null, 'weather.forecasts', 5, 0, 0),
  ('project:77777777-7777-4777-8777-777777777777', null, 'cyclades.vm', 1, 1, 1);
