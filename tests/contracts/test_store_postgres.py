"""The store's contract on PostgreSQL."""

from __future__ import annotations

from twisted.trial.unittest import TestCase

from tests.contracts.store import SnapshotContract
from tests.harness.database import OnPostgres


class OnAServer(OnPostgres, SnapshotContract, TestCase):
    """The engine of a site."""
