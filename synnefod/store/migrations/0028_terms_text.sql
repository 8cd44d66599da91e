-- The text of terms of use, not only where it was read from.

alter table approval_terms add column body text not null default '';
