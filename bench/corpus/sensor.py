"""What the optics and the file do to a picture: resolution, blur, noise, shade, compression, bilevel fax.

Every step takes a sheet, a generator and a strength from 0 (hardly seen) to 1 (as bad as archives hold).
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.corpus.sheet import Picture, Sheet, painted

Rng = np.random.Generator
REFERENCE_DPI = 200.0  # dpi at which the pixel sizes below are meant


def in_pixels(sheet: Sheet, at_reference: float) -> float:
    """Given a length in pixels at the reference dpi, return it in pixels of the sheet."""
    return at_reference * sheet.dpi / REFERENCE_DPI


def smooth_field(rng: Rng, height: int, width: int, cells: int) -> NDArray[np.float32]:
    """Given a frame, return a smooth random field of mean 0 and extremes -1 and 1."""
    coarse = rng.normal(size=(cells, cells)).astype(np.float32)
    field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    field = field - field.mean()
    return np.asarray(field / max(1e-6, float(np.abs(field).max())), dtype=np.float32)


def blur(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """Out of focus: a Gaussian of 0.4 to 1.3 pixels at 200 dpi."""
    sigma = in_pixels(sheet, 0.4 + 0.9 * strength)
    return painted(sheet, cv2.GaussianBlur(sheet.picture, (0, 0), sigma))


def motion(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """A hand that moved: a line of 2 to 5 pixels at 200 dpi in any direction."""
    length = max(2, round(in_pixels(sheet, 2 + 3 * strength)))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, np.pi)
    middle = (length - 1) / 2
    for t in np.linspace(-middle, middle, 4 * length):
        kernel[round(middle + t * np.sin(angle)), round(middle + t * np.cos(angle))] = 1
    return painted(sheet, cv2.filter2D(sheet.picture, -1, kernel / kernel.sum()))


def noise(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """Sensor noise of 3 to 23 grey levels, the same in all channels of a grey scan, and a few specks."""
    sigma = 3 + 20 * strength
    channels = 1 if sheet.grey else 3
    field = rng.normal(0, sigma, (sheet.height, sheet.width, channels)).astype(np.float32)
    out = sheet.picture.astype(np.float32) + field
    count = int(strength * 4e-5 * sheet.width * sheet.height)
    ys, xs = rng.integers(0, sheet.height, count), rng.integers(0, sheet.width, count)
    out[ys, xs] = rng.choice([20.0, 240.0], (count, 1))
    return painted(sheet, out)


def shade(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """Uneven light: up to 15 to 55 percent darker across the page, smooth."""
    field = smooth_field(rng, sheet.height, sheet.width, 4)
    slope = np.linspace(-1, 1, sheet.width)[None, :] * rng.uniform(-1, 1)
    slope = slope + np.linspace(-1, 1, sheet.height)[:, None] * rng.uniform(-1, 1)
    light = (field + slope - (field + slope).min()) / np.ptp(field + slope)
    depth = 0.15 + 0.4 * strength
    return painted(sheet, sheet.picture * (1 - depth + depth * light)[:, :, None])


def faded(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """Weak toner: ink rises towards the paper by 10 to 55 percent."""
    lift = 0.1 + 0.45 * strength
    return painted(sheet, sheet.picture + (255.0 - sheet.picture) * lift)


def to_grey(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    grey = cv2.cvtColor(sheet.picture, cv2.COLOR_RGB2GRAY)
    return replace(painted(sheet, np.repeat(grey[:, :, None], 3, axis=2)), grey=True)


def jpeg(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """Compressed once, quality 85 down to 30; the file is stored with the same quality."""
    quality = round(85 - 55 * strength)
    _, coded = cv2.imencode(".jpg", sheet.picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return replace(painted(sheet, decoded[:, :, ::-1]), quality=quality)


def thresholded(grey: Picture, rng: Rng, strength: float) -> Picture:
    """Given grey pixels, return black and white ones: a threshold that wanders, and ragged edges."""
    level = 150 + rng.uniform(-25, 30) + 12 * smooth_field(rng, grey.shape[0], grey.shape[1], 5)
    rough = grey + rng.normal(0, 6 + 18 * strength, grey.shape)
    return np.where(rough < level, 0, 255).astype(np.uint8)


def fax(sheet: Sheet, rng: Rng, strength: float) -> Sheet:
    """One bit a pixel with ragged edges and specks."""
    grey = cv2.cvtColor(sheet.picture, cv2.COLOR_RGB2GRAY)
    black = thresholded(cv2.GaussianBlur(grey, (0, 0), in_pixels(sheet, 0.5)), rng, strength)
    specks = rng.random(black.shape) < 2e-5 + 1.5e-4 * strength
    black = np.where(cv2.dilate(specks.astype(np.uint8), np.ones((2, 2), np.uint8)) > 0, 255 - black, black)
    return replace(painted(sheet, np.repeat(black[:, :, None], 3, axis=2)), bilevel=True, grey=True)
