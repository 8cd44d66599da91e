"""`python -m synnefod.assembly.migrating`: what `synnefo-manage migrate` runs.

    status | apply | contract      each with [--config FILE]

Prints one JSON document; what goes wrong is one line, and exit 1.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from attrs import asdict

from synnefod import config
from synnefod.common.errors import Refusal
from synnefod.store import steps
from synnefod.store.migrate import MigrationFailed


def main(words: list[str]) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m synnefod.assembly.migrating")
    parser.add_argument("verb", choices=("status", "apply", "contract"))
    parser.add_argument("--config", default=None)
    given = parser.parse_args(words)
    try:
        url = config.load(given.config, os.environ).database_url
        if given.verb != "status":
            steps.apply(url, contract=given.verb == "contract")
        print(json.dumps([asdict(step) for step in steps.survey(url)]))
    except config.ConfigError as error:
        print(f"synnefo-manage: {error}", file=sys.stderr)
        return 2
    except (Refusal, MigrationFailed, OSError) as error:
        print(f"synnefo-manage: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
