"""What concerns the cloud as a whole, for any client: notices, changes, search (web-ui.md 5)."""
