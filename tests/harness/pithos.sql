-- An object store's database of a Synnefo 0.21 as the contract describes its tables
-- (object-storage.md 3.2), with a little in each. @ADA@ and @BOB@ are accounts, @H...@ hashes.
create table config (key text, value text);
insert into config values ('block_size', '4194304'), ('hash_algorithm', 'sha256');
create table nodes (node int primary key, parent int references nodes (node), path text unique, latest_version int);
insert into nodes values
 (0, 0, '', null),
 (1, 0, '@ADA@', 101), (2, 1, '@ADA@/pithos', 103), (3, 1, '@ADA@/plain', 104),
 (4, 2, '@ADA@/pithos/notes/a.txt', 107), (5, 2, '@ADA@/pithos/big', 108),
 (6, 2, '@ADA@/pithos/gone', 110), (7, 3, '@ADA@/plain/empty', 111), (8, 2, '@ADA@/pithos/disk', 112),
 (9, 2, '@ADA@/pithos/moved', 115),
 (20, 0, '@BOB@', 121), (21, 20, '@BOB@/pithos', 122), (22, 21, '@BOB@/pithos/lost', 123), (23, 21, '@BOB@/pithos/whole', 124);
create table versions (serial int primary key, node int, hash varchar(256), size bigint, type varchar(256), source int, mtime decimal(16, 6), muser varchar(256), uuid varchar(64), checksum varchar(256), cluster int, available int, map_check_timestamp decimal(16, 6), mapfile varchar(256), is_snapshot bool);
insert into versions values
 (101, 1, null, 0, '', null, 1500000000.000001, '@ADA@', '', '', 0, 1, null, null, false),
 (102, 2, null, 0, '', null, 1500000001.5, '@ADA@', '', '', 1, 1, null, null, false),
 (103, 2, null, 0, '', 102, 1500000002.5, '@ADA@', '', '', 0, 1, null, null, false),
 (104, 3, null, 0, '', null, 1500000003.5, '@ADA@', '', '', 0, 1, null, null, false),
 (105, 4, '@HONE@', 3, 'text/plain', null, 1500000010.123456, '@ADA@', 'aaaaaaaa-1111-4111-8111-111111111111', 'cafe', 1, 1, null, 'snf_file_1', false),
 (107, 4, '@HTWO@', 3, 'text/plain', 105, 1500000020.123456, '@BOB@', 'aaaaaaaa-1111-4111-8111-111111111111', '', 0, 1, 1500000021, 'snf_file_2', false),
 (108, 5, '@HBIG@', 4194305, 'application/octet-stream', null, 1500000030, '@ADA@', 'bbbbbbbb-1111-4111-8111-111111111111', '', 0, 1, null, '@BIGMAP@', false),
 (109, 6, '@HBIG@', 4194305, 'application/octet-stream', 108, 1500000040, '@ADA@', 'cccccccc-1111-4111-8111-111111111111', '', 1, 1, null, null, false),
 (110, 6, null, 0, '', 109, 1500000050, '@ADA@', 'cccccccc-1111-4111-8111-111111111111', '', 2, 1, null, null, false),
 (111, 7, '@HEMPTY@', 0, 'application/directory', null, 1500000060, '@ADA@', 'dddddddd-1111-4111-8111-111111111111', '', 0, 1, null, null, false),
 (112, 8, '@HEMPTY@', 1073741824, 'application/octet-stream', null, 1500000070, '@ADA@', 'eeeeeeee-1111-4111-8111-111111111111', '', 0, 1, null, 'archip:snf-snap-5-1', true),
 (115, 9, '@HBIG@', 4194305, 'application/octet-stream', 108, 1500000080, '@ADA@', 'ffffffff-1111-4111-8111-111111111111', '', 0, 1, null, '@BIGMAP@', false),
 (121, 20, null, 0, '', null, 1500000000, '@BOB@', '', '', 0, 1, null, null, false),
 (122, 21, null, 0, '', null, 1500000001, '@BOB@', '', '', 0, 1, null, null, false),
 (123, 22, '@HLOST@', 8388608, 'text/plain', null, 1500000002, '@BOB@', '99999999-1111-4111-8111-111111111111', '', 0, 1, null, 'snf_file_99', false),
 (124, 23, '@HONE@', 3, 'text/plain', null, 1500000003, '@BOB@', '88888888-1111-4111-8111-111111111111', '', 0, 1, null, 'snf_file_3', false);
create table attributes (serial int, domain varchar(256), key varchar(128), value varchar(256), node int, is_latest bool, primary key (serial, domain, key));
insert into attributes values
 (101, 'pithos', 'X-Account-Meta-Town', 'Delft', 1, true), (103, 'pithos', 'X-Container-Meta-Kind', 'home', 2, true),
 (105, 'pithos', 'X-Object-Meta-Mood', 'old', 4, false), (107, 'pithos', 'X-Object-Meta-Mood', 'new', 4, true),
 (108, 'plankton', 'plankton:name', 'Debian', 5, true), (108, 'pithos', 'Content-Encoding', 'gzip', 5, true);
create table policy (node int, key varchar(128), value varchar(256), primary key (node, key));
insert into policy values (2, 'quota', '123456789'), (2, 'versioning', 'auto'), (3, 'versioning', 'none'), (3, 'project', '@BOB@');
create table statistics (node int, cluster int, population int, size bigint, mtime decimal(16, 6));
create table xfeatures (feature_id int primary key, path text unique);
insert into xfeatures values (1, '@ADA@/pithos/notes/a.txt'), (2, '@ADA@/pithos/nowhere');
create table xfeaturevals (feature_id int, key int, value varchar(256));
insert into xfeaturevals values (1, 0, '@BOB@'), (1, 1, '@ADA@:friends'), (2, 0, '*');
create table groups (owner varchar(256), name varchar(256), member varchar(256));
insert into groups values ('@ADA@', 'friends', '@BOB@');
create table public (public_id int primary key, path text unique, active bool, url varchar(2048));
insert into public values (1, '@ADA@/pithos/big', true, 'aPublicToken12345'), (2, '@ADA@/plain/empty', false, 'aFormerToken12345');
