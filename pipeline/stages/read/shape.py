"""What a character's ink can hardly be: signs of another size, place or lean lose in the readings of a doubtful glyph.

A recogniser judges 0 and 。, % and °, 1 and / by little more than their neighbours, and takes a pause for nothing; the
ink under the glyph tells them apart. Bayes' rule with a likelihood of the ink under each reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.ocr import Crop, ReadGlyph, Reading
from pipeline.stages.read.boxes import with_boxes, with_ticks_apart
from pipeline.stages.read.strokes import with_whole_strokes
from pipeline.text.signs import spelling

DOUBTFUL = 0.99
"""Probability from which a glyph is not looked at again."""
INK = 150
"""Grey level of a crop, 245 on paper and 30 in print, below which there is ink."""
LOW, HIGH, FLAT = frozenset("。.,、，．_"), frozenset("°º'`‘’“”\"^"), frozenset("一-—–~=·•+")
"""Small signs on the foot of a line, at its head, and about its middle."""
HYPHEN = 0.65
"""Of the height of type; a hyphen is narrower, and 一 wider."""
ANY = frozenset(":;：；…*")
"""Signs that say nothing by their size."""
PAUSE = "、"
CHEVRONS = frozenset("><＞＜")
PLUMB, SLANTED = frozenset("1lI|丨"), frozenset("/／")
SMALL, LARGE = 0.42, 0.58
"""Of the height of type: no digit is as low as the first, no small sign as high as the second."""
HEAD, FOOT = 0.4, 0.6
"""Of the height of type from its top: middles of signs at the head lie above the first, those on the foot below the
second."""
UPRIGHT, LEANING = 0.1, 0.2
"""Pixels to the left for each pixel down: of a plumb stroke at most, of a slash at the least."""
FOOT_ROWS, BARRED = 0.2, 0.8
"""Of a sign's height from below, and of its width that is inked there: along the bar of ≥, not below the arms of >."""
SLASH = 0.05
"""Probability of a slash that is read as a single stroke, before its lean is seen."""
STRAIGHT = 0.06
"""Heights of type; pixels of one straight stroke lie nearer to its middle line, those of V, L or 7 do not."""
REACH = 0.5
"""Of the height of type to the side of a glyph's middle within which its ink lies."""
DUST, DUST_SHARE = frozenset("·•…°'`"), 0.1
"""What a recogniser takes a speck for that it does not read, and how often it was printed."""
MISSED = 0.3
"""Probability of one sign, in all its spellings, from which it is put where a line holds nothing else: as likely as not
a mark that wrapped, and in doubt."""
ECHO = 0.75
"""Of the height of type; two signs of this kind stand farther apart."""
MISFIT = 0.02
"""How likely the ink is under a reading that it does not fit, against one that it does: signs come broken."""


@dataclass(frozen=True, slots=True)
class Blot:
    """The ink under one glyph. high: its height; middle: how far down its middle lies; both in heights of type.

    lean: pixels to the left for each pixel down; off: how far its pixels lie off the straight line that leans so, in
    heights of type; foot: share of its width that is inked at its foot; wide: its width in heights of type.
    """

    high: float
    middle: float
    lean: float
    off: float
    foot: float
    wide: float

    @property
    def is_slash(self) -> bool:
        return self.high > LARGE and self.lean > LEANING and self.off < STRAIGHT


def settle_shape(reading: Reading, crop: Crop, pad: float) -> Reading:
    """Given a reading, its crop (H, W) and the padding above and below in heights of type, return the reading with its
    doubtful glyphs weighed by their ink, and without glyphs of nothing: they became a pause, or went."""
    glyphs = with_slash(reading.glyphs)
    if all(glyph.text and glyph.confidence >= DOUBTFUL for glyph in glyphs):
        return reading
    glyphs = with_ticks_apart(with_boxes(glyphs, crop, pad), crop, pad)
    ink = crop < INK
    middles = [(glyph.x0 + glyph.x1) / 2 for glyph in glyphs]
    blots = [None if g.confidence >= DOUBTFUL else blot_at(ink, middles, i, pad) for i, g in enumerate(glyphs)]
    settled = [find_pause(g, blot) if not g.text else reshaped(g, blot) for g, blot in zip(glyphs, blots, strict=True)]
    type_height = crop.shape[0] / (1 + 2 * pad)
    kept = [g for i, g in enumerate(settled) if not is_echo(glyphs, settled, i, ECHO * type_height)]
    return drop_passed_over(with_whole_strokes(kept, type_height))


def is_echo(read: Sequence[ReadGlyph], settled: Sequence[ReadGlyph], i: int, near: float) -> bool:
    """Given glyphs as they were read and as their ink settled them, is the i-th the same sign as its neighbour, within
    ``near`` pixels? The ring of a % may be read by itself beside the whole sign, and has the whole sign's ink."""
    if read[i].text == settled[i].text:
        return False
    return any(
        settled[k].text == read[k].text == settled[i].text and abs(read[k].x0 - read[i].x0) < near
        for k in (i - 1, i + 1)
        if 0 <= k < len(read)
    )


def with_slash(glyphs: Sequence[ReadGlyph]) -> Sequence[ReadGlyph]:
    """Given the glyphs of a line, return them with a slash among the readings of one plumb stroke that stands alone: by
    itself in a cell a slash means nothing, and a recogniser without any neighbour to compare takes it for a 1."""
    seen = [glyph for glyph in glyphs if glyph.text]
    if len(seen) != 1 or seen[0].text not in PLUMB:
        return glyphs
    glyph = seen[0]
    if any(text in SLANTED for text, p in glyph.others if p >= SLASH):
        return seen
    others = (("/", SLASH), *((text, p * (1.0 - SLASH)) for text, p in glyph.others if text not in SLANTED))
    return [replace(glyph, confidence=glyph.confidence * (1.0 - SLASH), others=others)]


def find_pause(glyph: ReadGlyph, blot: Blot | None) -> ReadGlyph:
    """Given a glyph of nothing and the ink under it, return the pause that was passed over there where the ink is one,
    or another sign where a second recogniser saw it and the ink allows it; else the same, since dust must not become
    any."""
    passed = next((text for text, _ in glyph.others if text.strip()), "")
    if blot is None or not passed:
        return glyph
    seen = bool(glyph.second) and glyph.second == spelling(passed) and fits(passed, blot)
    return reshaped(glyph, blot) if seen or (passed == PAUSE and blot.high < SMALL) else glyph


def drop_passed_over(glyphs: Sequence[ReadGlyph]) -> Reading:
    """Given glyphs, return them as a reading without those of nothing; the glyph behind one (the last one: before it)
    is only as sure as it is that nothing was passed over."""
    kept: list[ReadGlyph] = []
    nothing = 1.0
    for glyph in glyphs:
        if glyph.text:
            kept.append(replace(glyph, confidence=glyph.confidence * nothing))
            nothing = 1.0
        else:
            nothing *= 1.0 - max((missed_share(text, p) for text, p in glyph.others if text.strip()), default=0.0)
    if kept and nothing < 1.0:
        kept[-1] = replace(kept[-1], confidence=kept[-1].confidence * nothing)
    return Reading(tuple(kept)) if kept else Reading(only_mark(glyphs))


def only_mark(glyphs: Sequence[ReadGlyph]) -> tuple[ReadGlyph, ...]:
    """Given the glyphs of a line on which nothing was read, return the sign that is likely there all the same, without
    any neighbour to wait for a person in its place; none where it is rather dust."""
    if len(glyphs) != 1 or glyphs[0].text:
        return ()
    chances: dict[str, float] = {}
    for text, p in glyphs[0].others:
        if text.strip():
            chances[spelling(text)] = chances.get(spelling(text), 0.0) + missed_share(text, p)
    sign, chance = max(chances.items(), key=lambda pair: pair[1], default=("", 0.0))
    return (replace(glyphs[0], text=sign, confidence=chance, others=()),) if chance >= MISSED else ()


def missed_share(text: str, probability: float) -> float:
    """Given what may have been passed over and its probability, return that of something missing from the text: what
    dust looks like is seldom printed, and no value has another meaning without it."""
    return probability * DUST_SHARE if text in DUST else probability


def reshaped(glyph: ReadGlyph, blot: Blot | None) -> ReadGlyph:
    """Given a glyph and the ink under it (None: it cannot be told), return it with its readings weighed by that."""
    readings = glyph.readings
    if blot is None or all(fits(text, blot) for text, _ in readings):
        return glyph
    weighed = [(text, p if fits(text, blot) else MISFIT * p) for text, p in readings]
    whole = 1.0 - sum(p for _, p in readings) + sum(p for _, p in weighed)
    return glyph.taking((text, p / whole) for text, p in weighed)


def fits(text: str, blot: Blot) -> bool:
    """Can this reading have left such ink? Nothing leaves none."""
    small, large = blot.high < LARGE, blot.high > SMALL
    if blot.is_slash:
        return text in SLANTED
    if text in LOW or text in HIGH:
        return small and (blot.middle > HEAD if text in LOW else blot.middle < FOOT)
    if text in PLUMB or text in SLANTED:
        return large and (blot.lean < LEANING if text in PLUMB else blot.lean > UPRIGHT)
    if text in CHEVRONS:
        return blot.foot < BARRED
    if text == "-":
        return small and blot.wide < HYPHEN
    return text in ANY or (small if text in FLAT else bool(text) and (large or text.islower()))


def blot_at(ink: NDArray[np.bool_], middles: Sequence[float], i: int, pad: float) -> Blot | None:
    """Given the ink of a line, where its glyphs stand and one of them, return the ink that is that glyph's own: the
    runs of inked columns that lie nearer to its middle than to any other's. None where there is none."""
    type_height = ink.shape[0] / (1 + 2 * pad)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], ink.any(axis=0), [False]])))
    runs = edges.reshape(-1, 2)
    away = np.abs(runs.mean(axis=1)[:, None] - np.array(middles))
    own = runs[(away.argmin(axis=1) == i) & (away[:, i] <= REACH * type_height)]
    if not len(own) or own[-1, 1] - own[0, 0] > type_height:
        return None
    return blot_of(ink[:, own[0, 0] : own[-1, 1]], type_height, pad)


def blot_of(ink: NDArray[np.bool_], type_height: float, pad: float) -> Blot:
    """Given the columns of one run of ink, return its measures."""
    y, x = np.nonzero(ink)
    top, bottom = int(y.min()), int(y.max()) + 1
    spread = float(np.var(y))
    lean = -float(np.cov(y, x, bias=True)[0, 1]) / spread if spread > 0 else 0.0
    off = float(np.std(x + lean * y)) / type_height
    foot = float(ink[bottom - max(round(FOOT_ROWS * (bottom - top)), 1) : bottom].any(axis=0).mean())
    return Blot(
        (bottom - top) / type_height,
        ((top + bottom) / 2) / type_height - pad,
        lean,
        off,
        foot,
        ink.shape[1] / type_height,
    )
