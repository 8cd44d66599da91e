"""OpenStack's own acceptance tests of compute, images and volumes against a whole daemon, with a
simulated cluster behind it."""

from __future__ import annotations

from tests.harness.tempest import TempestCase
from tests.integration.tempest.machines import SETTINGS, prepare

MINUTES = 40
"""Most of it is waiting: Tempest looks once a second whether a machine is there."""


class MachinesTempest(TempestCase):
    def run_all(self, package: str, lists: str) -> None:
        tests = self.chosen([package], lists)
        prepare(self.folder, self.started(**SETTINGS))
        self.all_pass(tests, MINUTES)

    def test_compute(self) -> None:
        """Servers made, listed, filtered, changed, acted on and deleted, their metadata, tags,
        addresses, volumes and groups, flavors, key pairs, images by the proxy, limits, quotas and
        usage pass as OpenStack tests them (CMP-403, CMP-405, CMP-406, CMP-408, CMP-409, CMP-411,
        CMP-412, CMP-415); what is not run is listed with its reason."""
        self.run_all("tempest.api.compute", "compute_")

    def test_images(self) -> None:
        """Made, uploaded, staged and imported, listed, filtered, changed, tagged, shared and
        deleted as OpenStack tests it (IMG-201, IMG-206)."""
        self.run_all("tempest.api.image", "image_")

    def test_volumes(self) -> None:
        """Made, of images and of volumes, listed by pages, filters and orders, changed, extended,
        deleted, with metadata, types, quotas and limits as OpenStack tests it (VOL-202, VOL-203,
        VOL-204)."""
        self.run_all("tempest.api.volume", "volume_")
