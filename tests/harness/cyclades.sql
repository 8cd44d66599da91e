-- A compute database of a Synnefo 0.21 as the contract describes its tables (compute-image-volume.md
-- 5, network.md 4, ganeti.md 10), with a little in each. Names begin as those of one application do.
create table app_backend (id int, clustername text, port int, username text, password_hash text, hash text, "index" int, drained bool, offline bool, public bool, hypervisor text);
insert into app_backend values (3, 'one.localhost', 5080, 'rapi', 'plain-password', '', 0, false, false, true, 'kvm'), (5, 'two.localhost', 5080, 'rapi', 'encrypted:aWl2:salt$c2VhbGVk', '', 1, false, false, true, 'kvm');
create table app_projectbackend (id int, project text, backend_id int);
insert into app_projectbackend values (1, '@PROJECT@', 5);
create table app_volumetype (id int, name text, disk_template text, deleted bool);
insert into app_volumetype values (1, 'mirrored', 'drbd', false), (2, 'archipelago', 'ext_archipelago', false);
create table app_volumetypespecs (id int, volume_type_id int, key text, value text);
insert into app_volumetypespecs values (1, 2, 'GNT-EXTP:pool', 'fast');
create table app_flavor (id int, cpu int, ram int, disk int, volume_type_id int, deleted bool, allow_create bool, public bool);
insert into app_flavor values (7, 2, 2048, 20, 1, false, true, true), (8, 1, 512, 5, 2, true, false, false);
create table app_flavoraccess (id int, flavor_id int, project text);
insert into app_flavoraccess values (1, 8, '@PROJECT@');
create table app_virtualmachine (id int, name text, userid text, project text, shared_to_project bool, backend_id int, backend_hash text, created timestamptz, updated timestamptz, imageid text, image_version int, key_names text, hostid text, flavor_id int, deleted bool, suspended bool, serial_id bigint, helper bool, action text, operstate text, backendjobid int, backendopcode text, backendjobstatus text, backendlogmsg text, buildpercentage int, backendtime timestamptz, task text, task_job_id bigint, rescue bool, rescue_image_id int, rescue_properties_id int);
insert into app_virtualmachine values
 (42, 'db1', '@USER@', '@PROJECT@', false, 3, '', '2020-01-02 03:04:05Z', '2020-02-02 03:04:05Z', '0f9e1111-1111-4111-8111-111111111111', 1, '["laptop"]', '', 7, false, false, null, false, 'START', 'STARTED', 99, 'OP_INSTANCE_STARTUP', 'success', null, 100, '2020-02-02 03:04:05Z', null, null, false, 1, 1),
 (43, 'old', '@USER@', '@PROJECT@', false, 3, '', '2019-01-02 03:04:05Z', '2019-02-02 03:04:05Z', '', 1, '[]', '', 7, true, false, null, false, 'DESTROY', 'DESTROYED', 12, 'OP_INSTANCE_REMOVE', 'success', null, 100, '0001-01-01 00:00:00Z', null, null, false, null, null);
create table app_virtualmachinemetadata (id int, vm_id int, meta_key text, meta_value text);
insert into app_virtualmachinemetadata values (1, 42, 'OS', 'debian');
create table app_virtualmachinetag (id int, vm_id int, tag text, status text);
insert into app_virtualmachinetag values (1, 42, 'user:prod', 'ACTIVE');
create table app_virtualmachinediagnostic (id int, machine_id int, created timestamptz, level text, source text, source_date timestamptz, message text, details text);
insert into app_virtualmachinediagnostic values (1, 42, '2020-01-02 03:05:05Z', 'DEBUG', 'image-info', '2020-01-02 03:05:04Z', 'done', null), (2, 42, '2020-01-02 03:05:06Z', 'DEBUG', 'image-info', '2020-01-02 03:05:04Z', 'done', null);
create table app_rescueimage (id int, name text, location text, location_type text, deleted bool, is_default bool, os text, os_family text, target_os text, target_os_family text);
insert into app_rescueimage values (1, 'grml', 'grml.iso', 'file', false, true, 'grml', 'linux', null, 'linux');
create table app_rescueproperties (id int, os text, os_family text);
insert into app_rescueproperties values (1, 'linux', 'debian');
create table app_volume (id int, name text, description text, userid text, project text, shared_to_project bool, size int, volume_type_id int, delete_on_termination bool, source text, source_version int, origin text, deleted bool, created timestamptz, updated timestamptz, status text, snapshot_counter int, machine_id int, "index" int, backendjobid int, serial_id bigint, legacy_backend_volume_uuid text);
insert into app_volume values (61, 'root', '', '@USER@', '@PROJECT@', false, 20, 1, true, 'image:0f9e1111-1111-4111-8111-111111111111', 1, null, false, '2020-01-02 03:04:05Z', '2020-01-02 03:04:05Z', 'IN_USE', 0, 42, 0, 98, null, null);
create table app_volumemetadata (id int, volume_id int, key text, value text);
insert into app_volumemetadata values (1, 61, 'kind', 'root');
create table app_quotaholderserial (serial bigint, pending bool, accept bool, resolved bool);
insert into app_quotaholderserial values (1, false, true, true);
create table other_publickeypair (id int, "user" text, name text, content text, fingerprint text, type text, created_at timestamptz, updated_at timestamptz);
insert into other_publickeypair values (9, '@USER@', 'laptop', 'ssh-ed25519 AAAA ada', '00:11', 'ssh', '2020-01-01Z', '2020-01-01Z');
create table app_network (id int, name text, userid text, project text, shared_to_project bool, flavor text, mode text, link text, mac_prefix text, tags text, public bool, drained bool, floating_ip_pool bool, external_router bool, deleted bool, state text, action text, serial_id bigint, subnet_ids text, created timestamptz, updated timestamptz);
insert into app_network values
 (2, 'public', null, null, false, 'CUSTOM', 'bridged', 'br0', 'aa:00:0', 'nfdhcpd', true, false, true, true, false, 'ACTIVE', 'CREATE', null, '[4]', '2019-01-01Z', '2019-01-01Z'),
 (5, 'lan', '@USER@', '@PROJECT@', false, 'MAC_FILTERED', 'bridged', 'prv0', 'aa:00:3', 'private-filtered', false, false, false, false, false, 'ACTIVE', 'CREATE', null, '[6]', '2019-01-01Z', '2019-01-01Z');
create table app_subnet (id int, network_id int, name text, userid text, public bool, ipversion int, cidr text, gateway text, dhcp bool, dns_nameservers text, host_routes text, deleted bool, created timestamptz, updated timestamptz);
insert into app_subnet values (4, 2, 'public', null, true, 4, '198.51.100.0/29', '198.51.100.1', true, '198.51.100.1, 198.51.100.2', '', false, '2019-01-01Z', '2019-01-01Z'), (6, 5, 'lan', '@USER@', false, 4, '10.1.0.0/24', null, true, null, null, false, '2019-01-01Z', '2019-01-01Z');
create table app_ippool (id int, subnet_id int, base text, "offset" int, size int, available_map text, reserved_map text);
-- Addresses .0 to .7: network, gateway and broadcast are kept back (01111110 with the second bit 0).
insert into app_ippool values (1, 4, '198.51.100.0/29', 0, 8, '', 'Pg=='), (2, 6, '10.1.0.0/24', 1, 254, '', '');
create table app_macprefixpool (id int, base text, "offset" int, size int, available_map text, reserved_map text);
insert into app_macprefixpool values (1, 'aa:00:0', 0, 100, '', '');
create table app_backendnetwork (id int, network_id int, backend_id int, mac_prefix text, operstate text, backendjobid int, backendopcode text, backendjobstatus text, backendlogmsg text, backendtime timestamptz, deleted bool);
insert into app_backendnetwork values (1, 2, 3, 'aa:00:0', 'ACTIVE', 1, null, null, null, '2019-01-01Z', false), (2, 5, 3, 'aa:00:3', 'ACTIVE', 2, null, null, null, '2019-01-01Z', false);
create table app_port (id int, name text, userid text, machine_id int, network_id int, "index" int, mac text, firewall_profile text, state text, public bool, device_owner text, created timestamptz, updated timestamptz);
insert into app_port values (71, '', '@USER@', 42, 2, 0, 'aa:00:00:11:22:33', null, 'ACTIVE', true, 'vm', '2020-01-02Z', '2020-01-02Z'), (72, 'inside', '@USER@', 42, 5, 1, 'aa:00:30:11:22:33', 'DISABLED', 'ACTIVE', false, 'vm', '2020-01-02Z', '2020-01-02Z');
create table app_ipaddress (id int, subnet_id int, network_id int, nic_id int, userid text, project text, shared_to_project bool, address text, floating_ip bool, ipversion int, deleted bool, serial_id bigint, created timestamptz, updated timestamptz);
insert into app_ipaddress values (81, 4, 2, 71, '@USER@', '@PROJECT@', false, '198.51.100.5', true, 4, false, null, '2020-01-02Z', '2020-01-02Z'), (82, 6, 5, 72, '@USER@', '@PROJECT@', false, '10.1.0.7', false, 4, false, null, '2020-01-02Z', '2020-01-02Z'), (80, 4, 2, null, '@USER@', '@PROJECT@', false, '198.51.100.3', true, 4, true, null, '2018-01-02Z', '2018-01-02Z');
create table app_ipaddresshistory (id int, address text, server_id int, network_id int, user_id text, action text, action_date timestamptz, action_reason text);
insert into app_ipaddresshistory values (1, '198.51.100.5', 42, 2, '@USER@', 'associate', '2020-01-02 03:04:05Z', 'created');
