"""What a sync has to do, from three views of the same names. Pure.

| local  | cloud  | against the last agreement      | is done                                |
|--------|--------|---------------------------------|----------------------------------------|
| A      | A      | any                             | agreed                                 |
| as was | other  | the cloud changed               | download, or delete here               |
| other  | as was | the folder changed              | upload, or delete in the cloud         |
| none   | other  | deleted here, changed there     | download: a change outlives a deletion |
| other  | none   | changed here, deleted there     | upload                                 |
| A      | B      | both changed                    | the file here steps aside, download    |
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from attrs import frozen

from synnefod.user.state import Content


class Do(enum.Enum):
    """What is done with a name."""

    AGREE = "agreed"
    UPLOAD = "upload"
    DOWNLOAD = "download"
    DELETE_HERE = "delete here"
    DELETE_THERE = "delete in the cloud"
    CONFLICT = "conflict"


@frozen
class Step:
    """One name, what is done, and what each side held when that was decided."""

    path: str
    do: Do
    here: Content | None
    there: Content | None


def plan(
    here: Mapping[str, Content], there: Mapping[str, Content], base: Mapping[str, Content]
) -> list[Step]:
    """Deletions last, so that what was moved is found where it was."""
    steps = []
    for path in sorted({*here, *there, *base}):
        mine, theirs, agreed = here.get(path), there.get(path), base.get(path)
        do = _one(mine, theirs, agreed)
        if do is not None:
            steps.append(Step(path, do, mine, theirs))
    deletions = (Do.DELETE_HERE, Do.DELETE_THERE)
    return sorted(steps, key=lambda step: step.do in deletions)


def _one(here: Content | None, there: Content | None, base: Content | None) -> Do | None:
    if here == there:
        return Do.AGREE if here != base else None
    if here == base:
        return Do.DOWNLOAD if there is not None else Do.DELETE_HERE
    if there == base:
        return Do.UPLOAD if here is not None else Do.DELETE_THERE
    if here is None:
        return Do.DOWNLOAD
    return Do.UPLOAD if there is None else Do.CONFLICT
