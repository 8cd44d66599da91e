"""Pictures of the web application's pages: python -m tests.webui.screenshots FOLDER"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.harness.daemon import Daemon
from tests.webui.site import SETTINGS, built, node, people


def main(folder: Path) -> int:
    built()
    with tempfile.TemporaryDirectory() as scratch, Daemon(Path(scratch), SETTINGS) as daemon:
        site = json.dumps({"url": daemon.url, "people": people(daemon)})
        done = subprocess.run(
            [node(), Path(__file__).with_name("shots.mjs"), folder],
            env={**os.environ, "WEBUI_SITE": site},
            timeout=900,
            check=False,
        )
    print(f"pictures are in {folder}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
