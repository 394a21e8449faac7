"""Stage: Page -> CleanPage. Turns the page upright, lifts red seals, levels it."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import Upright
from pipeline.geometry import Chain, Transform
from pipeline.model import CleanPage, Page, Picture, frozen_picture
from pipeline.stages.upright.level import level_page
from pipeline.stages.upright.paper import cover_desk, find_paper
from pipeline.stages.upright.seal import lift_seals


class Orienter(Protocol):
    """Tells how far a page was turned; see pipeline.ocr.orient."""

    name: str

    def turned(self, picture: Picture) -> NDArray[np.float64]:
        """Given an RGB page, return the probabilities of 0, 1, 2, 3 clockwise quarter turns."""
        ...


def upright(page: Page, orienter: Orienter, settings: Upright) -> CleanPage:
    """Given a page, return it with text running left to right and rulings level.

    A page with a text layer is upright already; only its frame is renamed.
    """
    if page.picture is None:
        return _clean_layer(page)
    turns = -int(orienter.turned(page.picture).argmax()) % 4
    turned = turn_picture(page.picture, turns)
    unturn = Transform.quarter_turns(-turns, turned.shape[1], turned.shape[0])
    flat = lift_seals(turned, page.dpi, settings)
    paper = find_paper(flat, settings)
    sheet = flat if paper is None else cover_desk(flat, paper)
    grey, leveled = level_page(sheet, page.dpi, settings)
    return CleanPage(
        number=page.number,
        file_size=page.file_size,
        unit=page.unit,
        size=(float(grey.shape[1]), float(grey.shape[0])),
        dpi=page.dpi,
        to_file=Chain((leveled.back, unturn, page.to_file)),
        grey=frozen_picture(grey),
        quarter_turns=turns,
        skew=leveled.skew,
    )


def turn_picture(picture: Picture, turns: int) -> Picture:
    """Given a picture, return it turned clockwise by ``turns`` x 90 degrees."""
    codes = (None, cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_COUNTERCLOCKWISE)
    code = codes[turns % 4]
    return picture if code is None else cv2.rotate(picture, code)


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
