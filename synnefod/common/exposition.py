"""Prometheus' text of several processes as one: each sample is told by whom it was counted."""

from __future__ import annotations

from collections.abc import Mapping


def merged(texts: Mapping[str, bytes], label: str) -> bytes:
    """The families of all `texts`, each once, with `label`="name" on every sample."""
    heads: dict[str, list[str]] = {}
    samples: dict[str, list[str]] = {}
    for name, text in texts.items():
        family = ""
        for line in text.decode().splitlines():
            if line.startswith("# "):
                family = line.split(" ", 3)[2]
                known = heads.setdefault(family, [])
                if line not in known and len(known) < 2:
                    known.append(line)
                samples.setdefault(family, [])
            elif line:
                samples.setdefault(family, []).append(_labelled(line, f'{label}="{name}"'))
    lines = [line for family, rows in samples.items() for line in (*heads.get(family, ()), *rows)]
    return ("\n".join(lines) + "\n").encode()


def _labelled(line: str, label: str) -> str:
    """The sample with one more label, before the others."""
    brace, space = line.find("{"), line.find(" ")
    if 0 <= brace < space:
        return f"{line[: brace + 1]}{label},{line[brace + 1 :]}"
    return f"{line[:space]}{{{label}}}{line[space:]}"
