-- Whether a running server has to be rebooted before what was changed of it holds.
alter table servers add column reboot_required integer not null default 0;
