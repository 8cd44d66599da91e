"""The Pithos face of the object store (object-storage.md 1 to 4)."""
