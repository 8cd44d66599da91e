"""The tests. In CI, properties are tried on the same examples each time; elsewhere on new ones."""

import os

from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")
