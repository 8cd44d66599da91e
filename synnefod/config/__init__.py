"""The settings file as frozen values: read once, given out in pieces by assembly.

TOML; every key has a default (the embedded cloud of one process), every default is in
`etc/synnefod.toml.sample`. `SYNNEFOD_<SECTION>_<KEY>` in the environment overrides the file.
"""

from synnefod.config.reading import load
from synnefod.config.ways import ConfigError
from synnefod.config.whole import Config

__all__ = ["Config", "ConfigError", "load"]
