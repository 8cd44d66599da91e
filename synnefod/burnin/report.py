"""What came of it: lines while it runs, and a report as text, JSON and JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from attrs import asdict

from synnefod.burnin.suite import BAD, GOOD, LEFT_OUT, Result

_COLOURS = {GOOD: "32", BAD: "31", LEFT_OUT: "33"}


def line(result: Result, *, colours: bool) -> str:
    """`ok  FlavorsTestSuite: list (0.1 s)`."""
    word = f"{result.outcome:<8}"
    if colours:
        word = f"\x1b[{_COLOURS[result.outcome]}m{word}\x1b[0m"
    text = f": {result.text}" if result.text else ""
    return f"{word}{result.suite}: {result.step} ({result.seconds:.1f} s){text}"


def summary(results: Sequence[Result]) -> dict[str, Any]:
    """Counts, and the names of suites that failed."""
    count = {word: sum(each.outcome == word for each in results) for word in _COLOURS}
    failed = sorted({each.suite for each in results if each.outcome == BAD})
    return {**count, "suites": sorted({each.suite for each in results}), "failed_suites": failed}


def as_json(results: Sequence[Result], about: dict[str, Any]) -> str:
    told = {**about, **summary(results), "results": [asdict(each) for each in results]}
    return json.dumps(told, indent=1)


def as_junit(results: Sequence[Result]) -> str:
    root = ElementTree.Element("testsuites", name="synnefo-burnin")
    for title in dict.fromkeys(each.suite for each in results):
        mine = [each for each in results if each.suite == title]
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=title,
            tests=str(len(mine)),
            failures=str(sum(each.outcome == BAD for each in mine)),
            skipped=str(sum(each.outcome == LEFT_OUT for each in mine)),
            time=f"{sum(each.seconds for each in mine):.3f}",
        )
        for each in mine:
            case = ElementTree.SubElement(
                suite, "testcase", classname=title, name=each.step, time=f"{each.seconds:.3f}"
            )
            if each.outcome == BAD:
                ElementTree.SubElement(case, "failure", message=each.text)
            elif each.outcome == LEFT_OUT:
                ElementTree.SubElement(case, "skipped", message=each.text)
    return ElementTree.tostring(root, "unicode", xml_declaration=True)


def as_metrics(results: Sequence[Result]) -> str:
    """For the textfile collector of Prometheus' node exporter."""
    count, now = summary(results), datetime.now(UTC).timestamp()
    lines = [
        "# TYPE synnefo_burnin_steps gauge",
        *(f'synnefo_burnin_steps{{outcome="{word}"}} {count[word]}' for word in _COLOURS),
        "# TYPE synnefo_burnin_last_run_timestamp_seconds gauge",
        f"synnefo_burnin_last_run_timestamp_seconds {now:.0f}",
    ]
    return "\n".join(lines) + "\n"


def write(folder: Path, run_id: str, results: Sequence[Result], about: dict[str, Any]) -> Path:
    """A folder of the run with all forms of the report. Raises OSError."""
    place = folder / run_id
    place.mkdir(parents=True, exist_ok=True)
    text = "\n".join(line(each, colours=False) for each in results) + "\n"
    failed = [line(each, colours=False) for each in results if each.outcome == BAD]
    for name, content in (
        ("details.txt", text),
        ("failed.txt", "\n".join(failed) + "\n" if failed else ""),
        ("report.json", as_json(results, about)),
        ("report.xml", as_junit(results)),
        ("burnin.prom", as_metrics(results)),
    ):
        (place / name).write_text(content, "utf-8")
    return place
