"""What is proven of the compute service on the embedded engine, on PostgreSQL.

Its doors are asked on PostgreSQL by the same tests as on SQLite (`tests/harness/inline.py`).
"""

from __future__ import annotations

from tests.harness.database import OnPostgres
from tests.unit.compute import test_figures, test_outbox, test_reconcile, test_servers


class LivesOnPostgres(OnPostgres, test_servers.Lives):
    """GNT-133"""


class RefusalsOnPostgres(OnPostgres, test_servers.Refusals):
    """CMP-084"""


class SubmissionsOnPostgres(OnPostgres, test_outbox.Submissions):
    """GNT-024"""


class ReconciledOnPostgres(OnPostgres, test_reconcile.Reconciled):
    """GNT-150"""


class FiguresOnPostgres(OnPostgres, test_figures.Figures):
    """CMP-288"""
