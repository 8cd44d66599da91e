-- Letters that wait to be sent, and the keys that some of them carry (identity.md 2.9, 3.8, 6.1).
-- A key is made when its letter is sent: no table ever holds a usable one.

create table letters (
  id {identity},
  event text not null,
  recipient text not null,
  person text references users (uuid) on delete cascade,
  details text not null default '{}',
  created bigint not null,
  due bigint not null,
  tries integer not null default 0
);
create index letters_due on letters (due);

create table account_keys (
  person text not null references users (uuid) on delete cascade,
  kind text not null,
  address text,
  digest text unique,
  requested bigint not null,
  primary key (person, kind)
);
