"""What an access rule covers."""

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Forbidden
from synnefod.common.ids import UserId
from synnefod.common.principal import AccessRule, Principal
from synnefod.resources.rules import obey


def rule(path: str, service: str = "compute", method: str = "GET") -> AccessRule:
    return AccessRule("0" * 32, service, method, path)


class AccessRuleTests(SynchronousTestCase):
    def test_parts_of_a_path_may_vary(self) -> None:
        """AST-218: `*` and `{x}` stand for one part, `**` for any number; all else for itself."""
        for pattern, path, covered in (
            ("/v2.1/servers", "/v2.1/servers", True),
            ("/v2.1/servers", "/v2x1/servers", False),
            ("/v2.1/servers", "/v2.1/servers/1", False),
            ("/v2.1/servers/*/ips", "/v2.1/servers/1/ips", True),
            ("/v2.1/servers/*/ips", "/v2.1/servers/1/2/ips", False),
            ("/v2.1/servers/{id}", "/v2.1/servers/1", True),
            ("/v2.1/servers/{id}", "/v2.1/servers/", False),
            ("/v1/AUTH_x/box/**", "/v1/AUTH_x/box/a/b\nc", True),
            ("/v1/AUTH_x/box/**", "/v1/AUTH_x/boxes/a", False),
            ("/v1/{broken", "/v1/{broken", True),
        ):
            self.assertEqual(rule(pattern).covers(path), covered, (pattern, path))

    def test_a_path_is_whole_or_begins_with_the_version(self) -> None:
        """AST-218: whoever has no rules may ask anything; services are known by all their names."""
        nova = ("compute", "GET", "/cyclades/compute/v2.1", "/servers")
        cinder = ("volume", "GET", "/cyclades/volume", "/v3/p/volumes")
        for bound, asked, allowed in (
            (rule("/v2.1/servers"), nova, True),
            (rule("/cyclades/compute/v2.1/servers"), nova, True),
            (rule("/servers"), nova, False),
            (rule("/v2.1/servers", "network"), nova, False),
            (rule("/v2.1/servers", method="POST"), nova, False),
            (rule("/v3/*/volumes", "volumev3"), cinder, True),
            (rule("/v3/*/volumes", "block-storage"), cinder, True),
        ):
            asker = Principal(UserId("u"), "u", None, rules=(bound,))
            if allowed:
                obey(asker, *asked)
            else:
                self.assertRaises(Forbidden, obey, asker, *asked)
            obey(Principal(UserId("u"), "u", None), *asked)
