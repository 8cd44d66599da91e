"""The feed: what changed, told to whoever may see it, as it happens."""
