-- The history of one counter is asked for by an account's export; the log may be very long.
create index {concurrently} if not exists provision_log_holder on provision_log (holder, id);
