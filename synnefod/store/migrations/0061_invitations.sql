-- Invitations (identity.md 3.1): a code is made when its letter leaves, only its digest is kept.

create table invitations (
  id {identity},
  inviter text references users (uuid) on delete set null,
  realname text not null,
  username text not null unique,
  level integer not null,
  digest text unique,
  created bigint not null,
  consumed bigint
);
create index invitations_inviter on invitations (inviter);
