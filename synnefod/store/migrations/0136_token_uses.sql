-- From where a token was last used.
alter table tokens add column last_address text;
