"""Compute as Synnefo's own clients know it (compute-image-volume.md 1 to 4)."""
