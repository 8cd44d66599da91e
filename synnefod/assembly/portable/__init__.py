"""An account as one file, taken along from a deployment to another.

The file is a tar: `account.json` (the person, projects, quotas and usage, containers, groups),
`versions.jsonl` (every version of every file, the oldest of a name first), `blocks/` (each
block once, named by its hash), and last `complete`, which says that nothing is missing.
"""
