"""Geometric steps: skew, quarter turns, scanner edges, phone photos, two pages on one A3 scan."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.corpus.sensor import Rng, in_pixels, smooth_field
from bench.corpus.sheet import Picture, PointMap, Points, Sheet, as_point_map, moved, painted, warped
from pipeline.geometry import Transform

WHITE = (255, 255, 255)
DARK = (28, 26, 27)


def rotation(angle: float, width: float, height: float) -> tuple[Transform, int, int]:
    """Given degrees clockwise and a frame, return the turn and the size of the frame that holds all of it."""
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    turn = Transform((c, -s, 0.0, s, c, 0.0, 0.0, 0.0, 1.0))
    corners = [turn.apply(p) for p in ((0, 0), (width, 0), (width, height), (0, height))]
    x0, y0 = min(p[0] for p in corners), min(p[1] for p in corners)
    x1, y1 = max(p[0] for p in corners), max(p[1] for p in corners)
    return turn.then(Transform.shift(-x0, -y0)), math.ceil(x1 - x0), math.ceil(y1 - y0)


def skew_by(sheet: Sheet, angle: float, border: tuple[int, int, int] = WHITE) -> Sheet:
    return warped(sheet, *rotation(angle, sheet.width, sheet.height), border)


def skew(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """Laid askew: up to 8 degrees at strength 1, at least half of what the strength allows."""
    angle = 8 * strength * rng.uniform(0.5, 1) * rng.choice([-1, 1])
    return skew_by(sheet, float(angle))


def quarter(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """Fed the wrong way: one, two or three quarter turns."""
    turns = int(rng.integers(1, 4))
    picture = np.ascontiguousarray(np.rot90(sheet.picture, -turns))
    return moved(sheet, picture, as_point_map(Transform.quarter_turns(turns, sheet.width, sheet.height)))


def padded(sheet: Sheet, left: int, top: int, right: int, bottom: int, colour: tuple[int, int, int]) -> Sheet:
    picture = cv2.copyMakeBorder(sheet.picture, top, bottom, left, right, cv2.BORDER_CONSTANT, value=colour)
    return moved(sheet, np.asarray(picture, np.uint8), as_point_map(Transform.shift(left, top)))


def scanner_edges(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """Black edges of an open lid on one to four sides, ragged, up to half an inch wide."""
    widths = [int(w * sheet.dpi) for w in rng.uniform(0.05, 0.15 + 0.35 * strength, 4) * (rng.random(4) < 0.7)]
    left, top, right, bottom = widths
    out = padded(sheet, left, top, right, bottom, DARK)
    sigma = in_pixels(sheet, 1.2)
    edge = np.full((out.height, out.width), 255, np.uint8)
    edge[top : out.height - bottom, left : out.width - right] = 0
    soft = cv2.GaussianBlur(edge, (0, 0), sigma * 3)[:, :, None] / 255.0
    return painted(out, out.picture * (1 - soft) + np.array(DARK) * soft)


def curl(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """A page that does not lie flat: columns of pixels shift up and down along a smooth curve, at most 1.8 percent."""
    amplitude = sheet.width * (0.004 + 0.014 * strength) * rng.uniform(0.5, 1)
    waves, phase = rng.uniform(0.4, 1.0), rng.uniform(0, 2 * math.pi)

    def shift(x: Points) -> Points:
        return np.asarray(amplitude * np.sin(2 * math.pi * waves * x / sheet.width + phase), np.float64)

    def step(points: Points) -> Points:
        return np.column_stack([points[:, 0], points[:, 1] + shift(points[:, 0])])

    room = math.ceil(amplitude) + 1
    tall = padded(sheet, 0, room, 0, room, WHITE)
    xs, ys = np.meshgrid(np.arange(tall.width), np.arange(tall.height))
    source = (ys - shift(xs.astype(np.float64))).astype(np.float32)
    picture = cv2.remap(tall.picture, xs.astype(np.float32), source, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return moved(tall, np.asarray(picture, np.uint8), step)


def desk(rng: Rng, height: int, width: int) -> Picture:
    """Given a frame, return the top of a desk: one colour, grain along x, darker than paper."""
    colour = rng.choice([[92, 64, 45], [60, 62, 66], [128, 118, 104], [38, 44, 60], [105, 84, 62]])
    grain = cv2.resize(rng.normal(0, 1, (height // 3 + 1, 8)).astype(np.float32), (width, height))
    light = 1 + 0.15 * smooth_field(rng, height, width, 3)
    tone = np.asarray(colour, np.float32)[None, None, :] * light[:, :, None] + 7 * grain[:, :, None]
    return np.asarray(np.clip(tone, 0, 255), np.uint8)


def seen_corners(rng: Rng, strength: float, width: float, height: float, margin: float) -> Points:
    """Given a page, return where its corners stand in a photo of a hand-held phone."""
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    corners += rng.uniform(-1, 1, (4, 2)) * (0.01 + 0.045 * strength) * width
    turn, _, _ = rotation(float(rng.uniform(-1, 1) * (1 + 4 * strength)), width, height)
    turned = as_point_map(turn)(corners)
    return np.asarray(turned - turned.min(axis=0) + margin, np.float64)


def photo(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """A photo by hand: perspective, the desk around the page, its shadow."""
    margin = sheet.width * rng.uniform(0.02, 0.09)
    corners = seen_corners(rng, strength, sheet.width, sheet.height, margin)
    width, height = (int(v + margin) for v in corners.max(axis=0))
    frame = np.array([(0, 0), (sheet.width, 0), (sheet.width, sheet.height), (0, sheet.height)], np.float32)
    matrix = cv2.getPerspectiveTransform(frame, corners.astype(np.float32))
    transform = Transform(tuple(float(v) for v in matrix.ravel()))  # type: ignore[arg-type]
    out = warped(sheet, transform, width, height, (0, 0, 0))
    cover = cv2.warpPerspective(np.full((sheet.height, sheet.width), 255, np.uint8), matrix, (width, height))
    return on_desk(out, rng, np.asarray(cover, np.float32) / np.float32(255))


def on_desk(sheet: Sheet, rng: Rng, cover: NDArray[np.float32]) -> Sheet:
    """Given a page and the share of each pixel it covers, return it on a desk with a shadow beside it."""
    table = desk(rng, sheet.height, sheet.width).astype(np.float32)
    offset = in_pixels(sheet, 8) * rng.uniform(-1, 1, 2)
    cast = cv2.warpAffine(cover, np.array([[1, 0, offset[0]], [0, 1, offset[1]]], np.float32), cover.shape[::-1])
    shadow = 1 - 0.5 * cv2.GaussianBlur(cast, (0, 0), in_pixels(sheet, 6))
    page = cover[:, :, None]
    return painted(sheet, sheet.picture * page + table * shadow[:, :, None] * (1 - page))


def side_by_side(left: Sheet, right: Sheet, gap: int) -> Sheet:
    """Given two sheets of one dpi, return one wide sheet with both on it."""
    height = max(left.height, right.height)
    one = padded(left, 0, 0, gap, height - left.height, WHITE)
    two = padded(right, 0, 0, 0, height - right.height, WHITE)
    shift: PointMap = as_point_map(Transform.shift(one.width, 0))
    pages = {**one.pages, **{page: (*maps, shift) for page, maps in two.pages.items()}}
    return replace(left, picture=np.hstack([one.picture, two.picture]), pages=pages)
