"""The lower bounds of the libraries are those that `tox -e lowest` tries."""

from __future__ import annotations

import configparser
import re
import tomllib

from twisted.trial.unittest import SynchronousTestCase

from tests.harness.daemon import ROOT

LOWEST = re.compile(r"([\w.-]+(?:\[\w+\])?)(?:>=|==)([\d.*]+)")


class Bounds(SynchronousTestCase):
    def test_each_lower_bound_is_tried(self) -> None:
        """A bound that nobody ever installed is a guess."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
        bounds = {}
        for text in project["dependencies"]:
            found = LOWEST.match(text)
            assert found is not None, text
            bounds[found[1]] = found[2]
        tox = configparser.ConfigParser()
        tox.read(ROOT / "tox.ini")
        lines = tox["testenv:lowest"]["deps"].split()
        tried = dict(each.split("==") for each in lines if "==" in each)
        self.assertEqual(tried, bounds)
