-- Unexpected errors that administrators were told of, by their cause (OPS-139).

create table alarms (
  cause text primary key,
  told bigint not null
);
