-- Most tokens have neither a credential nor a session: those need no line in these indexes.

create index {concurrently} if not exists tokens_of_credential on tokens (credential) where credential is not null;
create index {concurrently} if not exists tokens_of_session on tokens (session) where session is not null;
