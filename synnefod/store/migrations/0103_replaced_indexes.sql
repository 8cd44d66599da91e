-- contract
-- The indexes that 0100 and 0102 replace.

drop index tokens_credential;
drop index tokens_session;
drop index memberships_project;
