-- Quotas that are exceeded, since when, and how far the policy has gone (OPS-119).
-- `stage`: notice, soft or hard.

create table quota_excesses (
  holder text not null,
  source text not null,
  resource text not null,
  since {bigint} not null,
  stage text not null,
  primary key (holder, source, resource)
) {strict};
