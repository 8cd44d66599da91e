"""`synnefo-burnin`: a running deployment tried from outside, as a user of it (operations.md 9).

Knows the cloud by its address and a token alone, speaks the dialects of Synnefo's own clients, and
leaves nothing behind. Everything that it makes has a name beginning with PREFIX.
"""

PREFIX = "snf-test-"
