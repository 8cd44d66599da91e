"""Notices to everybody, and maintenance: a notice under which nothing is changed."""
