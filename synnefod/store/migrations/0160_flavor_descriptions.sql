-- What an administrator says of a flavor in Nova's words; null where nothing was said.
alter table flavors add column description text;
