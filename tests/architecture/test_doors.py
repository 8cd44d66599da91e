"""Who may import what of a service: its interface, unless one lives inside or assembles it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

ROOT = Path(__file__).parents[2]
SERVICES = {
    "backends",
    "compute",
    "identity",
    "images",
    "network",
    "objects",
    "projects",
    "quota",
    "volumes",
}
PURE = [
    "synnefod/common/fsm.py",
    "synnefod/blocks/hashing.py",
    "synnefod/compute/machine/states.py",
    "synnefod/compute/machine/step.py",
]
PURE_MAY_NOT = ("synnefod.store", "synnefod.protocols", "twisted", "synnefod.common.clockwork")


def imports() -> Iterator[tuple[str, str]]:
    """(importing module, imported name) of every import in the package."""
    for path in sorted((ROOT / "synnefod").rglob("*.py")):
        importer = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    yield importer, f"{node.module}.{alias.name}"
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    yield importer, alias.name


class Doors(SynchronousTestCase):
    def test_others_use_a_services_interface(self) -> None:
        """Outside a service and outside assembly only `<service>.interface` is imported."""
        strays = []
        for importer, imported in imports():
            parts = imported.split(".")
            if parts[0] != "synnefod" or len(parts) < 3 or parts[1] not in SERVICES:
                continue
            owner = importer.split(".")[1]
            if owner in (parts[1], "assembly") or parts[2] == "interface":
                continue
            strays.append(f"{importer} imports {imported}")
        self.assertEqual(strays, [])

    def test_the_settings_are_given_and_not_fetched(self) -> None:
        """`config` is imported by `tap` and by assembly only."""
        strays = [
            importer
            for importer, imported in imports()
            if imported.startswith("synnefod.config")
            and importer != "synnefod.tap"
            and not importer.startswith(("synnefod.assembly", "synnefod.config"))
        ]
        self.assertEqual(strays, [])

    def test_pure_modules_touch_nothing(self) -> None:
        """The tables, the step, the hashes know no support, no wire and no clock."""
        pure = {path.removesuffix(".py").replace("/", ".") for path in PURE}
        strays = [
            f"{importer} imports {imported}"
            for importer, imported in imports()
            if importer in pure and imported.startswith(PURE_MAY_NOT)
        ]
        self.assertEqual(strays, [])
