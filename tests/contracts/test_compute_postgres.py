"""Everything that is proven of servers on the embedded engine, on PostgreSQL."""

from __future__ import annotations

from tests.harness.database import OnPostgres
from tests.unit.compute import test_figures, test_outbox, test_reconcile, test_servers
from tests.unit.resources.compute import (
    test_belonging,
    test_devices,
    test_legacy,
    test_nova,
    test_nova_actions,
    test_remembered,
    test_rescue,
    test_tags,
    test_userdata,
)


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


class ActionsOnPostgres(OnPostgres, test_nova_actions.Resizing):
    """CMP-413"""


class FiltersOnPostgres(OnPostgres, test_nova_actions.Filters):
    """CMP-411"""


class TagsOnPostgres(OnPostgres, test_tags.Legacy):
    """CMP-166"""


class CardsOnPostgres(OnPostgres, test_devices.Cards):
    """GNT-039"""


class DisksOnPostgres(OnPostgres, test_devices.Disks):
    """CMP-202"""


class ReassigningOnPostgres(OnPostgres, test_belonging.Reassigning):
    """CMP-118"""


class RescuingOnPostgres(OnPostgres, test_rescue.Rescuing):
    """CMP-284"""


class FiguresOnPostgres(OnPostgres, test_figures.Figures):
    """CMP-288"""


class RememberingOnPostgres(OnPostgres, test_remembered.Remembering):
    """CMP-088"""


class LegacyFiltersOnPostgres(OnPostgres, test_remembered.Filtering):
    """CMP-022"""


class UserKeysOnPostgres(OnPostgres, test_userdata.UserKeys):
    """CMP-227"""
