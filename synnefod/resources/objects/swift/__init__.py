"""The Swift face of the object store (object-storage.md 5)."""
