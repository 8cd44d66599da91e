"""`synnefo`, the user's command: a client of the public API and nothing else."""
