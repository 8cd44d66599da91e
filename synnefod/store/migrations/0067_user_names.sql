-- Accounts that were made through Keystone's API may have a name that is no address (identity.md 4.2):
-- as it was spelled; `username` is the same in lower case. Null: the name is the address.

alter table users add column shown_name text;
