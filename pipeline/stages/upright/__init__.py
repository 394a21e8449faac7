"""Stage: Page -> CleanPage. Turns the page upright, lifts red seals, levels it.

dither.py    dots averaged to greys
negative.py  light print on dark paper
seal.py      red seals lifted off; grey_seal.py  seals that were scanned grey; fold.py  folds
paper.py     the sheet on its background
segments.py  straight strokes, their common turn, their two families; chains.py  strokes joined to rulings
orient.py    which way up
spread.py    two sheets side by side
level.py     rotation, shear, perspective out of the rulings; text.py  out of the lines of text
bend.py      the curl that is left
blocks.py    white print on dark cells
underline.py  underlines of print, lifted off
warp.py      the new frame, and the resampling
"""

from __future__ import annotations

from pipeline.config import Upright
from pipeline.geometry import Chain, Transform
from pipeline.model import CleanPage, Page, Picture, frozen_picture
from pipeline.stages.upright.blocks import lighten_blocks
from pipeline.stages.upright.chains import chained
from pipeline.stages.upright.dither import undithered
from pipeline.stages.upright.fold import lift_folds
from pipeline.stages.upright.grey_seal import lift_grey_seals
from pipeline.stages.upright.level import Leveling, level_page
from pipeline.stages.upright.negative import positive
from pipeline.stages.upright.orient import Orienter, find_turns, turn_picture
from pipeline.stages.upright.paper import cover_desk, cover_rim, find_paper
from pipeline.stages.upright.pen import lift_pens
from pipeline.stages.upright.seal import lift_seals
from pipeline.stages.upright.segments import Segments, common_turn, find_pieces, lengths, map_segments
from pipeline.stages.upright.spread import Part, Stack, cut_sheets, find_gutter, stacked
from pipeline.stages.upright.underline import lift_underlines

__all__ = ["Orienter", "turn_picture", "upright"]


def upright(page: Page, orienter: Orienter, settings: Upright) -> CleanPage:
    """Given a page, return it with text running left to right and rulings level.

    A page with a text layer is upright already; only its frame is renamed.
    """
    if page.picture is None:
        return _clean_layer(page)
    picture = positive(undithered(page.picture), page.dpi)
    sheet = flatten(picture, page.dpi, settings)
    pieces = find_pieces(sheet, page.dpi, settings)
    segments = pieces[lengths(pieces) >= settings.segment_min_in * page.dpi]
    turn = common_turn(segments, settings.skew_evidence_in * page.dpi)
    segments = segments if turn is None else chained(pieces, turn, page.dpi, settings)
    turns = find_turns(picture, turn or 0.0, orienter)
    turned = turn_picture(sheet, turns)
    unturn = Transform.quarter_turns(-turns, turned.shape[1], turned.shape[0])
    level, leveled, tops = level_sheets(turned, map_segments(segments, unturn.inverse()), turn, page.dpi, settings)
    light = lighten_blocks(level, page.dpi)
    whole = lift_folds(light, page.dpi, settings)  # level, as its rulings tell by direction
    grey = lift_underlines(lift_grey_seals(whole, page.dpi, settings), page.dpi)
    return CleanPage(
        number=page.number,
        file_size=page.file_size,
        unit=page.unit,
        size=(float(grey.shape[1]), float(grey.shape[0])),
        dpi=page.dpi,
        to_file=Chain.of(leveled.back, unturn, page.to_file),
        grey=frozen_picture(grey),
        quarter_turns=turns,
        skew=leveled.skew,
        tops=tops,
    )


def level_sheets(
    grey: Picture, segments: Segments, turn: float | None, dpi: float, settings: Upright
) -> tuple[Picture, Leveling, tuple[float, ...]]:
    """Given a grey page with its segments and their turn, return it level with the map back, and the y of each sheet.

    Two sheets side by side are levelled one by one and set one above the other, the left one first.
    """
    gutter = find_gutter(grey, segments, turn, dpi, settings)
    if gutter is None:
        return *level_page(grey, segments, turn, dpi, settings), (0.0,)
    (left, one), (right, two) = (level_part(part, turn, dpi, settings) for part in cut_sheets(grey, segments, gutter))
    both, top, lefts = stacked(left, right, dpi)
    upper = Chain((Transform.shift(-lefts[0], 0.0), one.back))
    lower = Chain((Transform.shift(-lefts[1], -top), two.back))
    return both, Leveling(Stack(float(top), upper, lower, gutter), one.skew), (0.0, float(top))


def level_part(part: Part, turn: float | None, dpi: float, settings: Upright) -> tuple[Picture, Leveling]:
    """Given one sheet of a page and the page's turn, return it level with the map back to the page."""
    own = common_turn(part.segments, settings.skew_evidence_in * dpi)
    grey, leveled = level_page(part.grey, part.segments, turn if own is None else own, dpi, settings)
    return grey, Leveling(Chain((leveled.back, Transform.shift(float(part.x0), 0.0))), leveled.skew)


def flatten(picture: Picture, dpi: float, settings: Upright) -> Picture:
    """Given an RGB page, return it grey (H, W) uint8, red seals and the strokes of coloured pens lifted, desk or lid
    around it at the paper's level."""
    grey = lift_pens(picture, lift_seals(picture, dpi, settings), dpi, settings)
    paper = find_paper(grey, settings)
    return cover_rim(grey if paper is None else cover_desk(grey, paper))


def _clean_layer(page: Page) -> CleanPage:
    return CleanPage(
        number=page.number,
        file_size=page.file_size,
        unit=page.unit,
        size=page.file_size,
        dpi=page.dpi,
        to_file=page.to_file,
        layer=page.layer,
    )
