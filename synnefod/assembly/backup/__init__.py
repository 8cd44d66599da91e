"""Backup and restore: one moment of the database, and every block that it names (15.7)."""
