"""`twistd synnefod`: the options, and the service that twistd starts."""

from __future__ import annotations

import os

from twisted.application.service import IService
from twisted.python import usage

from synnefod import config


class Options(usage.Options):
    """Command line of `twistd synnefod`."""

    synopsis = "[--config FILE]"
    longdesc = (
        "Without a settings file the daemon is a whole cloud in one process: SQLite, blocks in a"
        " folder, an in-process bus and a simulated Ganeti cluster."
    )
    optParameters = [["config", "c", None, "Settings file (TOML); see etc/synnefod.toml.sample."]]  # noqa: N815


def makeService(options: Options) -> IService:
    """Reads the settings, hands them to assembly. A wrong setting is one line on the terminal."""
    try:
        settings = config.load(options["config"], os.environ)
    except config.ConfigError as error:
        # twistd shows a UsageError raised here with its trace.
        raise SystemExit(f"synnefod: {error}") from None

    from twisted.internet import reactor

    from synnefod.assembly.daemon import make_service

    return make_service(settings, reactor, options["config"])
