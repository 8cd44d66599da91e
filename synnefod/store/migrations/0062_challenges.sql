-- Challenges that were answered: each is good for one answer (identity.md 6.4).

create table used_challenges (
  digest text primary key,
  created bigint not null
);
create index used_challenges_created on used_challenges (created);
