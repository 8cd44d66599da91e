"""OpenStack's own acceptance tests of identity v3 against a whole daemon."""

from tests.harness.tempest import TempestCase, configure

PACKAGES = ("tempest.api.identity.v3", "tempest.api.identity.admin.v3")


class Tempest(TempestCase):
    def test_identity_v3(self) -> None:
        """Discovery, tokens, catalogue, users, projects and application credentials pass as
        OpenStack tests them (AST-209, AST-210, AST-212, AST-213, AST-217, AST-218); what is not
        run is listed with its reason."""
        tests = self.chosen(PACKAGES)
        configure(self.folder, self.started())
        self.all_pass(tests)
