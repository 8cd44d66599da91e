-- Most tokens have neither a credential nor a session: those need no line in these indexes.

drop index tokens_credential;
drop index tokens_session;
create index tokens_credential on tokens (credential) where credential is not null;
create index tokens_session on tokens (session) where session is not null;
