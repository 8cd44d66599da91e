"""Compute as OpenStack's clients know it (compute-image-volume.md 14)."""
