"""What the journeys stand on: a built application, a node to run them, people to be.

python -m tests.webui.site FOLDER [PORT]    such a daemon, to try things by hand; prints WEBUI_SITE
"""

from __future__ import annotations

import functools
import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

from tests.harness.daemon import ROOT, Daemon

PASSWORD = "correct horse battery staple"
SETTINGS = {
    "network": {"sharing": True},
    "rescue": {"enabled": True},
    "compute": {"stats_url": "/stats/v1.0"},
    "signin": {"invitations": True},
}
"""What a cloud may offer and does not by itself."""
EXTRA = {
    "ada": ("Ada", "Lovelace"),
    "bob": ("Bob", "Babbage"),
    "eve": ("Eve", "Noether"),
    "kim": ("Kim", "Ovshinsky"),
}


@functools.cache
def node() -> Path:
    """The node that the application is built with."""
    done = subprocess.run(
        [ROOT / "tools" / "node-folder", sys.executable],
        stdout=subprocess.PIPE,
        text=True,
        timeout=600,
        check=True,
    )
    return Path(done.stdout.strip()) / "bin" / "node"


def built() -> None:
    """Builds the application unless what is there was made from the same sources."""
    done = subprocess.run(
        [ROOT / "tools" / "build-ui", sys.executable],
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(Path.home()), "UI_REQUIRED": "1"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)


def people(daemon: Daemon) -> dict[str, dict[str, str]]:
    """Names and passwords: those of the first start, and two more users."""
    found = {}
    for who in ("demo", "admin"):
        account = daemon.account(who)
        found[who] = {"name": account["OS_USERNAME"], "password": account["OS_PASSWORD"]}
    for who, (first, last) in EXTRA.items():
        name = f"{who}@example.org"
        daemon.manage("user-add", name, first, last, "--password", PASSWORD, "--accept")
        found[who] = {"name": name, "password": PASSWORD}
    return found


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with Daemon(Path(sys.argv[1]).absolute(), SETTINGS) as running:
        print(json.dumps({"url": running.url, "people": people(running)}), flush=True)
        threading.Event().wait()
