"""A 5x7 font and pictures of text: what the screens of simulated machines show."""

from __future__ import annotations

import re
from collections.abc import Sequence

_COLUMNS = """
0 3E5149453E  1 00427F4000  2 4261514946  3 2141454B31  4 1814127F10  5 2745454539
6 3C4A494930  7 0171090503  8 3649494936  9 064949291E  A 7E1111117E  B 7F49494936
C 3E41414122  D 7F4141221C  E 7F49494941  F 7F09090901  G 3E4149497A  H 7F0808087F
I 00417F4100  J 2040413F01  K 7F08142241  L 7F40404040  M 7F020C027F  N 7F0408107F
O 3E4141413E  P 7F09090906  Q 3E4151215E  R 7F09192946  S 4649494931  T 01017F0101
U 3F4040403F  V 1F2040201F  W 3F4038403F  X 6314081463  Y 0708700807  Z 6151494543
- 0808080808  . 0060600000  _ 4040404040  > 0041221408  : 0036360000  / 2010080402
"""
_GLYPHS = {
    character: bytes.fromhex(columns) for character, columns in re.findall(r"(\S) (\S+)", _COLUMNS)
}
_BLANK = bytes(5)


def picture(lines: Sequence[str], width: int, height: int, scale: int = 2) -> list[bytearray]:
    """Rows of 0 (ground) and 1 (ink), with `lines` of text from the upper left corner.

    Letters are shown upper case; characters that the font lacks are blank; what does not fit is
    cut.
    """
    rows = [bytearray(width) for _ in range(height)]
    for number, line in enumerate(lines):
        top = scale * (4 + number * 10)
        for place, character in enumerate(line.upper()):
            left = scale * (4 + place * 6)
            for x, column in enumerate(_GLYPHS.get(character, _BLANK)):
                for y in range(7):
                    if column >> y & 1:
                        _block(rows, left + x * scale, top + y * scale, scale)
    return rows


def _block(rows: list[bytearray], x: int, y: int, side: int) -> None:
    if x + side <= len(rows[0]) and y + side <= len(rows):
        for row in rows[y : y + side]:
            row[x : x + side] = b"\x01" * side
