"""The object store's tables (0003_objects.sql)."""
