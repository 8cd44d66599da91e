-- Why an administrator suspended a server; "" while it is not, or when nothing was said.
alter table servers add column suspend_reason text not null default '';
