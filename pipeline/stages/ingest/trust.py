"""Does the text layer tell the truth? The layer is held against a small grey drawing of the page.

Characters that stand on no ink are not there for the eye; ink where the layer has nothing is print that the layer
does not know (text drawn as outlines or as pictures).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Box
from pipeline.model import Picture, Ruling
from pipeline.stages.ingest.painted import PrintedChar
from pipeline.stages.ingest.rulings import DASH_GAP_PT, Found

PROBE_DPI = 72.0
"""Pixels an inch of the drawing: one pixel a point, so that a character of 8 pt still has a dozen dark pixels."""

INK_CONTRAST = 10
"""Grey levels between the lightest and the darkest pixel under a character that is printed."""

PAPER_WINDOW = 15
"""Pixels; the median over a window this wide is the paper, as strokes cover less than half of it. Odd."""

GROUND_PX = 2.0
"""Pixels around a white character in which its ground is looked for; with them, its strokes cover less than half."""

INK_DEPTH = 40
"""Grey levels off the paper from which a pixel is ink."""

USED_SHARE = 0.7
"""Of the ideographs of a page that must be in use for its text to make sense."""

BIG5_LEVEL_1 = 0xC6
"""The last first byte of its level 1."""

ENOUGH_SIGNS = 40
"""Ideographs; of fewer, chance may have brought together rare ones: a name, an address."""

DUPLICATE_SHIFT = 0.2
"""Of the smaller side of a character; a copy nearer than this is the same character printed twice for boldness."""

CLEARLY_CLEAN = 0.02
"""Share of foreign ink up to which the quick look, which takes fills for ink, is enough."""

RULING_CONTRAST = 6
"""Grey levels between a ruling and the paper beside it; the faintest that is meant to be seen."""

BESIDE_PT = 2.5
"""Points at both sides of a ruling in which paper is looked for."""

PIXELS_OFF = 2.0
"""Pixels by which a ruling's seen end may miss its true one and be taken for it."""

BEHIND = 0.5
"""Of a character's ink that differs where a picture covers it; ink over a picture stays as it is."""
SAID_ONLY_PT = 1.5
"""Points by which a character's or a ruling's ink may leave its box."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """chars: those that are really seen; foreign_share: ink that no character, ruling or small picture explains,
    of that and the ink of characters."""

    chars: tuple[PrintedChar, ...]
    foreign_share: float


def is_odd(text: str) -> bool:
    """Given a character's text, return whether it is no character: (cid:n), private use, replacement, control, none."""
    if text.startswith("(cid:") or not text:
        return True
    return any(
        unicodedata.category(sign) in ("Co", "Cn", "Cs", "Cc") or sign == "\ufffd"
        for sign in text
        if sign not in "\t\r\n"
    )


def odd_share(chars: Sequence[PrintedChar]) -> float:
    """Given characters, return the share of odd ones among those that are not blank; 0 for none."""
    printed = [char for char in chars if char.text.strip() or not char.text]
    return sum(is_odd(char.text) for char in printed) / len(printed) if printed else 0.0


def is_senseless(chars: Sequence[PrintedChar]) -> bool:
    """Given characters, return whether their ideographs are drawn from all there are, as those of a font whose table of
    meanings is wrong: of any 20,000 two fifths are in use, of Chinese text nearly all."""
    signs = [char.text for char in chars if len(char.text) == 1 and "\u4e00" <= char.text <= "\u9fff"]
    return len(signs) >= ENOUGH_SIGNS and sum(map(_is_in_use, signs)) < USED_SHARE * len(signs)


def _is_in_use(sign: str) -> bool:
    """Return whether an ideograph is one of the 6763 of GB 2312-80 or of the 5401 of level 1 of Big5 (old-style)."""
    try:
        return bool(sign.encode("gb2312"))
    except UnicodeEncodeError:
        old_style = sign.encode("big5", "ignore")
        return bool(old_style) and old_style[0] <= BIG5_LEVEL_1


def turned_share(chars: Sequence[PrintedChar]) -> float:
    """Given characters, return the share of those whose baseline does not run left to right; 0 for none."""
    return sum(not char.upright for char in chars) / len(chars) if chars else 0.0


def without_duplicates(chars: Iterable[PrintedChar]) -> tuple[PrintedChar, ...]:
    """Given characters, return them without copies of the same character at the same place (fake bold, shadows)."""
    kept: list[PrintedChar] = []
    places: dict[tuple[str, int, int], list[Box]] = {}
    for char in chars:
        x, y = char.box.centre
        reach = DUPLICATE_SHIFT * min(char.box.width, char.box.height)
        cell = (int(x // 4), int(y // 4))
        near = [
            box
            for dx in (-1, 0, 1)
            for dy in (-1, 0, 1)
            for box in places.get((char.text, cell[0] + dx, cell[1] + dy), ())
        ]
        if any(abs(box.centre[0] - x) <= reach and abs(box.centre[1] - y) <= reach for box in near):
            continue
        places.setdefault((char.text, *cell), []).append(char.box)
        kept.append(char)
    return tuple(kept)


def judge(
    chars: Sequence[PrintedChar],
    rulings: Sequence[Ruling],
    pictures: Sequence[Box],
    whole: Picture,
    print_only: Picture,
) -> Verdict:
    """Given a layer in points, boxes of pictures that may stay unread, and two grey drawings of the page at PROBE_DPI,
    (H, W) uint8, one of everything and one without pictures, return what is seen and the share of foreign ink.
    """
    seen = tuple(char for char in chars if _is_seen(char, print_only) and not _is_behind(char.box, whole, print_only))
    of_chars = np.zeros(whole.shape, dtype=np.uint8)
    _fill(of_chars, (char.box for char in seen), SAID_ONLY_PT)
    known = of_chars.copy()
    _fill(known, (_strip(ruling) for ruling in rulings), SAID_ONLY_PT)
    _fill(known, pictures, SAID_ONLY_PT)
    share = _foreign_share(plain_ink(whole), of_chars, known)
    if share > CLEARLY_CLEAN:  # fills count as ink so far
        share = _foreign_share(ink_of(whole), of_chars, known)
    return Verdict(seen, share)


def _foreign_share(ink: NDArray[np.bool_], of_chars: NDArray[np.uint8], known: NDArray[np.uint8]) -> float:
    foreign = int(np.count_nonzero(ink & (known == 0)))
    said = int(np.count_nonzero(ink & (of_chars != 0)))
    return foreign / (foreign + said) if foreign else 0.0


def plain_ink(grey: Picture) -> NDArray[np.bool_]:
    """Given a drawing (H, W) uint8, return where its pixels differ from the commonest tone; fills count as ink."""
    paper = int(np.bincount(grey.ravel(), minlength=256).argmax())
    return np.abs(grey.astype(np.int16) - paper) > INK_DEPTH


def visible_rulings(found: Found, grey: Picture) -> tuple[Ruling, ...]:
    """Given a page's rulings in points and its drawing (H, W) uint8 at PROBE_DPI, return the parts that are seen.

    What a clip, a white box or a hidden layer takes away parts no cells; white ones that show part a fill and become
    edges. Edges of fills stay as they are: two boxes of one colour have an edge that nobody sees, yet they are two.
    """
    drawn = (part for ruling in found.drawn for part in _seen_parts(ruling, grey))
    white = (replace(part, thickness=0.0) for ruling in found.white for part in _seen_parts(ruling, grey))
    return (*drawn, *found.edges, *white)


def _seen_parts(ruling: Ruling, grey: Picture) -> Iterator[Ruling]:
    """Given a ruling, yield its stretches that show; unseen stretches no longer than a dash's gap are let pass."""
    across = 0 if ruling.orientation == "h" else 1
    box = _strip(ruling).grown(BESIDE_PT * across, BESIDE_PT * (1 - across))
    part = grey[_rows(box, grey.shape), _columns(box, grey.shape)].astype(np.int16)
    if part.size == 0:
        return
    seen = np.flatnonzero(part.max(axis=across) - part.min(axis=across) >= RULING_CONTRAST)
    for run in np.split(seen, np.flatnonzero(np.diff(seen) > DASH_GAP_PT + 1) + 1):
        if run.size:
            start, end = int(ruling.start) + int(run[0]), int(ruling.start) + int(run[-1]) + 1
            start_seen = ruling.start if start - ruling.start < PIXELS_OFF else start
            end_seen = ruling.end if ruling.end - end < PIXELS_OFF else end
            yield Ruling(ruling.orientation, ruling.at, start_seen, max(start_seen, end_seen), ruling.thickness)


def ink_of(grey: Picture) -> NDArray[np.bool_]:
    """Given a drawing (H, W) uint8, return where its pixels differ from the paper around them."""
    paper = cv2.medianBlur(grey, PAPER_WINDOW)
    depth = np.asarray(cv2.absdiff(grey, paper))
    return depth > INK_DEPTH


def _is_seen(char: PrintedChar, grey: Picture) -> bool:
    """Return whether a character shows; one whose font the machine may lack is believed, blanks are, white ones are not
    where the ground is as white: what has ink there is another one."""
    if char.white and not _on_dark(char.box, grey):
        return False
    believed = not char.embedded and not char.text.isascii() and not char.white  # pdfium brings shapes for ASCII
    return believed or not char.text.strip() or _has_ink(char.box, grey)


def _is_behind(box: Box, whole: Picture, print_only: Picture) -> bool:
    """Return whether most of a character's ink is other than it was drawn once the pictures are there."""
    rows, columns = _rows(box, whole.shape), _columns(box, whole.shape)
    own, shown = print_only[rows, columns].astype(np.int16), whole[rows, columns]
    ink = own <= own.max(initial=0) - INK_CONTRAST
    return bool(ink.any()) and float((np.abs(own - shown)[ink] > INK_DEPTH).mean()) > BEHIND


def _on_dark(box: Box, grey: Picture) -> bool:
    """Return whether the ground around a character is so dark that white shows on it."""
    wide = box.grown(GROUND_PX)
    part = grey[_rows(wide, grey.shape), _columns(wide, grey.shape)]
    return part.size > 0 and float(np.median(part)) <= 255 - INK_CONTRAST


def _has_ink(box: Box, grey: Picture) -> bool:
    part = grey[_rows(box, grey.shape), _columns(box, grey.shape)]
    return part.size > 0 and int(part.max()) - int(part.min()) >= INK_CONTRAST


def _rows(box: Box, shape: tuple[int, ...]) -> slice:
    return slice(max(0, int(box.y0)), min(shape[0], int(box.y1) + 1))


def _columns(box: Box, shape: tuple[int, ...]) -> slice:
    return slice(max(0, int(box.x0)), min(shape[1], int(box.x1) + 1))


def _fill(mask: NDArray[np.uint8], boxes: Iterable[Box], margin: float) -> None:
    for box in boxes:
        grown = box.grown(margin)
        if grown.x1 >= 0 and grown.y1 >= 0:
            mask[_rows(grown, mask.shape), _columns(grown, mask.shape)] = 1


def _strip(ruling: Ruling) -> Box:
    half = ruling.thickness / 2
    if ruling.orientation == "h":
        return Box(ruling.start, ruling.at - half, ruling.end, ruling.at + half)
    return Box(ruling.at - half, ruling.start, ruling.at + half, ruling.end)
