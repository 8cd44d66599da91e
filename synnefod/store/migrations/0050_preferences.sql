-- What people like, so that it follows them from one browser to the next (web-ui.md 5, UI-318).

create table user_preferences (
  person text primary key references users (uuid) on delete cascade,
  body text not null,
  updated bigint not null
);
