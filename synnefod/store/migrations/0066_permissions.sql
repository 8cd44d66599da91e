-- Rights of single people beside those of their groups, as administrators name them (OPS-026).

create table user_permissions (
  person text not null references users (uuid) on delete cascade,
  name text not null,
  primary key (person, name)
);
