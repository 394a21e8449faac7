"""Pictures as files (PNG, JPEG, TIFF, BMP, WebP). The one place where Pillow's errors become ours."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError

from pipeline.config import Ingest
from pipeline.errors import DamagedFile, InputError, LimitExceeded, NoPages
from pipeline.geometry import Transform
from pipeline.model import Page, Source, frozen_picture
from pipeline.stages.ingest.print import print_height

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")

A4_LONG_SIDE_IN = 11.69
"""Inches; a picture that does not say its resolution is taken for a sheet of this length, unless its print is far too
large or too small for that."""

PRINT_IN = 10.5 / 72
"""Inches; height of ordinary print."""

PRINT_FIT = (0.78, 1.4)
"""Times the height of ordinary print that forms are set in. Too low a resolution does less harm than too high a one."""

SHEET_LONG_IN = (8.0, 17.2)
"""Inches; the longer side of sheets from A5 to A3. A tag that gives another one is checked against the print."""

DPI_TAG_RANGE = (100.0, 1200.0)
"""Pixels an inch; tags outside are defaults of cameras and editors (1, 72, 96), not measurements."""

DPI_GUESS_RANGE = (72.0, 600.0)
"""Pixels an inch; a guessed resolution is kept in this range."""

SHEET_RANGE_IN = (2.0, 60.0)
"""Inches; a tag that makes the longer side shorter or longer than this is not believed."""


class ImageDocument:
    """An open picture file; each frame of a TIFF is a page, of other formats only the first counts."""

    def __init__(self, path: Path, settings: Ingest) -> None:
        self._settings = settings
        with _translated("opened"):
            self._image = Image.open(path, formats=FORMATS)
        try:
            self._check_size()
            self.n_pages = self._count_frames()
        except InputError:
            self._image.close()
            raise

    def page(self, source: Source, number: int) -> Page:
        """Given a 0-based page number, return the frame upright by its orientation tag, as RGB.

        Raises DamagedFile when its pixels cannot be decoded, LimitExceeded when there are too many.
        """
        with _translated(f"read on page {number + 1}"):
            self._image.seek(number)
            self._check_size()
            stored = self._image.size
            orientation = _orientation(self._image)
            tag = _tagged_resolution(self._image)
            self._image.load()
            if self._image.format == "TIFF":  # Pillow has turned the pixels while loading
                shown = _on_white(self._image)
                stored = _swapped(shown.size) if orientation >= 5 else shown.size
            else:
                shown = _turned(_on_white(self._image), orientation)
        to_file = orientation_to_file(orientation, *stored)
        dpi = resolution_of(shown, tag)
        shown, to_file, dpi = _shrunk(shown, to_file, dpi, self._settings.scan_dpi_max)
        size = (float(stored[0]), float(stored[1]))
        return Page(number, size, "px", dpi, to_file, picture=frozen_picture(np.array(shown)))

    def close(self) -> None:
        self._image.close()

    def _check_size(self) -> None:
        width, height = self._image.size
        if width * height > self._settings.max_picture_pixels:
            raise LimitExceeded(
                f"the picture has {width} x {height} pixels, more than the {self._settings.max_picture_pixels} "
                "allowed: scan it at a lower resolution, or raise ingest.max_picture_pixels"
            )

    def _count_frames(self) -> int:
        if self._image.format != "TIFF":
            return 1
        with _translated("opened"):
            count = _frames(self._image, self._settings.max_pages)
        if count == 0:
            raise NoPages("the TIFF holds no picture: scan the document again")
        if count > self._settings.max_pages:
            raise LimitExceeded(
                f"the TIFF has more than the {self._settings.max_pages} pages allowed: split it, "
                "or raise ingest.max_pages in the settings",
                "too-many-pages",
            )
        return count


def _frames(image: Image.Image, most: int) -> int:
    """Given a TIFF, return how many pictures it chains, or one more than ``most`` when there are more; a chain that
    leads back into itself ends there."""
    count = 1
    try:
        while count <= most:
            image.seek(count)
            count += 1
    except EOFError:
        pass
    return count


_BROKEN = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, struct.error)
"""What Pillow's readers let through on broken files."""


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Given what is being done, return a context in which Pillow's errors and warnings become the program's errors."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError as error:
        raise LimitExceeded(
            "the picture would unpack to more pixels than allowed: scan it at a lower resolution"
        ) from error
    except UnidentifiedImageError as error:
        raise DamagedFile(
            f"the picture cannot be {what}, its header is broken or of an unknown kind: save it as PNG and run again"
        ) from error
    except _BROKEN as error:
        raise DamagedFile(f"the picture cannot be {what} ({_first_line(error)}): save or scan it again") from error
    except (MemoryError, OverflowError) as error:
        raise LimitExceeded("the picture does not fit into memory: scan it at a lower resolution") from error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _orientation(image: Image.Image) -> int:
    """Return the EXIF/TIFF orientation, 1 to 8; anything else, broken notes included, counts as 1."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _BROKEN:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _swapped(size: tuple[int, int]) -> tuple[int, int]:
    return size[1], size[0]


_TURNS: dict[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    return image if orientation == 1 else image.transpose(_TURNS[orientation])


def orientation_to_file(orientation: int, width: float, height: float) -> Transform:
    """Given an EXIF orientation and the stored size, return the map from the picture as shown to the pixels as stored.

    Source: Exif 2.32, 4.6.5.1.5, tag Orientation.
    """
    rows = {
        1: (1, 0, 0, 0, 1, 0),
        2: (-1, 0, width, 0, 1, 0),
        3: (-1, 0, width, 0, -1, height),
        4: (1, 0, 0, 0, -1, height),
        5: (0, 1, 0, 1, 0, 0),
        6: (0, 1, 0, -1, 0, height),
        7: (0, -1, width, -1, 0, height),
        8: (0, -1, width, 1, 0, 0),
    }[orientation]
    a, b, c, d, e, f = map(float, rows)
    return Transform((a, b, c, d, e, f, 0.0, 0.0, 1.0))


def _tagged_resolution(image: Image.Image) -> float | None:
    """Return the pixels an inch that the file states, or None when it states none that is believable."""
    try:
        tag = float(max(image.info.get("dpi", (0.0, 0.0))))
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    believable = DPI_TAG_RANGE[0] <= tag <= DPI_TAG_RANGE[1]
    return tag if believable and SHEET_RANGE_IN[0] <= max(image.size) / tag <= SHEET_RANGE_IN[1] else None


def resolution_of(shown: Image.Image, tag: float | None) -> float:
    """Given a picture and the resolution it states, return its pixels an inch.

    The tag counts when it makes a sheet of usual size; else the picture is a whole A4 sheet if its print has a usual
    height then; else it is a part of a sheet, or a larger one, and the height of its print tells.
    """
    long_side = max(shown.size)
    if tag is not None and SHEET_LONG_IN[0] <= long_side / tag <= SHEET_LONG_IN[1]:
        return tag
    guess = min(max(long_side / A4_LONG_SIDE_IN if tag is None else tag, DPI_GUESS_RANGE[0]), DPI_GUESS_RANGE[1])
    height = print_height(np.asarray(shown.convert("L")), guess * PRINT_IN)
    if height is None or PRINT_FIT[0] <= height / (guess * PRINT_IN) <= PRINT_FIT[1]:
        return guess
    return min(max(height / PRINT_IN, DPI_GUESS_RANGE[0]), DPI_GUESS_RANGE[1])


def _on_white(image: Image.Image) -> Image.Image:
    """Given any mode Pillow knows, return RGB; what is transparent becomes paper."""
    if image.mode.startswith(("I", "F")):
        grey = _to_bytes(np.asarray(image))
        return Image.fromarray(255 - grey if _is_negative(image) else grey).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        shown = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", shown.size, "white"), shown).convert("RGB")
    return image.convert("RGB")


def _is_negative(image: Image.Image) -> bool:
    """Return whether a deep grey TIFF stores white as zero; Pillow turns only shallow ones."""
    tags = getattr(image, "tag_v2", {})
    return bool(tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0)


def _to_bytes(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Given (H, W) 16 or 32 bit grey, return (H, W) uint8; full scale is 65535, or the range in use beyond it."""
    grey = np.nan_to_num(values.astype(np.float64))
    low, high = min(0.0, float(grey.min())), max(float(grey.max()), 1.0)
    top = 1.0 if high <= 1.0 else 255.0 if high <= 255.0 else 65535.0 if high <= 65535.0 else high
    return np.clip((grey - low) * (255.0 / (top - low)), 0, 255).round().astype(np.uint8)


def _shrunk(shown: Image.Image, to_file: Transform, dpi: float, dpi_max: float) -> tuple[Image.Image, Transform, float]:
    """Given a picture, its map to the file and its dpi, return them with the picture no finer than reading needs."""
    if dpi <= dpi_max:
        return shown, to_file, dpi
    share = dpi_max / dpi
    small = (max(1, round(shown.width * share)), max(1, round(shown.height * share)))
    to_file = Transform.scale(shown.width / small[0], shown.height / small[1]).then(to_file)
    return shown.resize(small, Image.Resampling.BOX), to_file, dpi_max
