"""`python -m synnefod.assembly.checkconfig [FILE]`: whether the daemon could use these settings.

Prints one line; exit 0 when they can be used, 1 when not. Nothing is opened or changed.
"""

from __future__ import annotations

import os
import sys

from synnefod import config


def check(arguments: list[str]) -> int:
    """The exit code."""
    path = arguments[0] if arguments else None
    try:
        found = config.load(path, os.environ)
    except config.ConfigError as error:
        print(f"synnefo-manage: {error}", file=sys.stderr)
        return 1
    print(f"{path or 'the environment'}: good; the state is in {found.state}")
    return 0


if __name__ == "__main__":
    sys.exit(check(sys.argv[1:]))
