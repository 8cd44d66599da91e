"""Everything that is proven of servers on the embedded engine, on PostgreSQL."""

from __future__ import annotations

from tests.harness.database import OnPostgres
from tests.unit.compute import test_outbox, test_reconcile, test_servers
from tests.unit.resources.compute import test_legacy, test_nova


class LivesOnPostgres(OnPostgres, test_servers.Lives):
    """GNT-133"""


class RefusalsOnPostgres(OnPostgres, test_servers.Refusals):
    """CMP-084"""


class SubmissionsOnPostgres(OnPostgres, test_outbox.Submissions):
    """GNT-024"""


class ReconciledOnPostgres(OnPostgres, test_reconcile.Reconciled):
    """GNT-150"""


class LegacyServersOnPostgres(OnPostgres, test_legacy.Servers):
    """CMP-031"""


class LegacyOthersOnPostgres(OnPostgres, test_legacy.Others):
    """CMP-210"""


class NovaServersOnPostgres(OnPostgres, test_nova.Servers):
    """CMP-411"""


class NovaOthersOnPostgres(OnPostgres, test_nova.Others):
    """CMP-414"""
