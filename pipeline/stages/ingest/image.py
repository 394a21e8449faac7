"""Pictures as files (PNG, JPEG, TIFF, BMP, WebP). The one place where Pillow's errors become ours."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError

from pipeline.config import Ingest
from pipeline.errors import DamagedFile, InputError, LimitExceeded
from pipeline.geometry import Transform
from pipeline.model import Page, Source, frozen_picture
from pipeline.stages.ingest.complaints import complaints
from pipeline.stages.ingest.resolution import resolution_of, tag_of

_Side = TypeVar("_Side", int, float)

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")


class ImageDocument:
    """An open picture file; each frame of a TIFF is a page, of other formats only the first counts."""

    def __init__(self, path: Path, settings: Ingest) -> None:
        self._settings = settings
        with _translated("opened"):
            self._image = Image.open(path, formats=FORMATS)
            self._image.filename = ""  # else Pillow maps grey TIFFs into memory, and shears those of a turned scanner
        try:
            self._check_size()
            self._n_whole, self.n_pages = self._count_frames()
        except InputError:
            self._image.close()
            raise

    def page(self, source: Source, number: int) -> Page:
        """Given a 0-based page number, return the frame upright by its orientation tag, as RGB.

        Raises DamagedFile when its pixels cannot be decoded, LimitExceeded when there are too many.
        """
        if number >= self._n_whole:
            raise DamagedFile(
                f"page {number + 1} is lost, the TIFF breaks off before it: get it again, or scan it again"
            )
        with _translated(f"read on page {number + 1}"):
            self._image.seek(number)
            self._check_size()
            stored = self._image.size
            orientation = _orientation(self._image)
            tag = tag_of(self._image.info.get("dpi"), self._image.size)
            breaks_off = number + 1 == self._n_whole < self.n_pages
            _load_whole(self._image, number, spare=int(breaks_off))
            if self._image.format == "TIFF":  # Pillow has turned the pixels while loading
                shown = _on_paper(self._image)
                stored = _swapped(shown.size) if orientation >= 5 else shown.size
            else:
                shown = _turned(_on_paper(self._image), orientation)
        to_file = orientation_to_file(orientation, *stored)
        stretch = _swapped(tag.stretch) if orientation >= 5 else tag.stretch
        shown, to_file = _squared(shown, to_file, stretch, self._settings.max_picture_pixels)
        dpi = resolution_of(np.asarray(shown.convert("L")), tag.dpi)
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

    def _count_frames(self) -> tuple[int, int]:
        """Return how many pages can be read, and how many there are, one that is lost included."""
        if self._image.format != "TIFF":
            return 1, 1
        with _translated("opened"):
            whole, ends = _frames(self._image, self._settings.max_pages)
        if whole > self._settings.max_pages:
            raise LimitExceeded(
                f"the TIFF has more than the {self._settings.max_pages} pages allowed: split it, "
                "or raise ingest.max_pages in the settings",
                "too-many-pages",
            )
        return whole, whole if ends else whole + 1


BAD_ROWS = 0.02
"""Of a fax's rows that may have been garbled on the line: each repeats the one before, which the eye does not see."""

BY_ROWS = ("group3", "tiff_ccitt", "tiff_raw_16")
"""Codings of which a decoder finds the next row again after a broken one."""


def _load_whole(image: Image.Image, number: int, spare: int) -> None:
    """Given a picture, its 0-based page and the complaints that it is not to blame for, decode it.

    Raises DamagedFile when a part of a TIFF is lost, of which Pillow says nothing: libtiff alone does.
    """
    if image.format != "TIFF":
        image.load()
        return
    with complaints() as said:
        image.load()
    most = BAD_ROWS * image.height if image.info.get("compression") in BY_ROWS else 0
    if len(said) - spare > most:
        raise DamagedFile(
            f"a part of the picture on page {number + 1} is lost, its data are broken: get it again, or scan it again"
        )


def _frames(image: Image.Image, most: int) -> tuple[int, bool]:
    """Given a TIFF, return how many pictures it chains, or one more than ``most`` when there are more, and whether the
    chain ends as it should; one that leads back into itself does."""
    count = 1
    try:
        while count <= most:
            image.seek(count)
            count += 1
    except EOFError:
        return count, True
    except _BROKEN:
        return count, False
    return count, True


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


def _swapped(pair: tuple[_Side, _Side]) -> tuple[_Side, _Side]:
    return pair[1], pair[0]


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


def _on_paper(image: Image.Image) -> Image.Image:
    """Given any mode Pillow knows, return RGB; what is transparent becomes paper."""
    if image.mode.startswith(("I", "F")):
        grey = _to_bytes(np.asarray(image))
        return Image.fromarray(255 - grey if _is_negative(image) else grey).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        return _laid_down(image.convert("RGBA"))
    return image.convert("RGB")


def _laid_down(clear: Image.Image) -> Image.Image:
    """Given a transparent picture, return it on white paper; on black where white shows nothing, as of white print; and
    as if it were not transparent where neither does: writers leave the fourth channel empty."""
    on_white = _laid_on(clear, "white")
    if _shows(on_white):
        return on_white
    return next(filter(_shows, (_laid_on(clear, "black"), clear.convert("RGB"))), on_white)


def _laid_on(clear: Image.Image, paper: str) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", clear.size, paper), clear).convert("RGB")


def _shows(image: Image.Image) -> bool:
    """Return whether anything is on a picture of one tone otherwise."""
    pixels = np.asarray(image)
    return bool((pixels != pixels[0, 0]).any())


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


def _squared(
    shown: Image.Image, to_file: Transform, stretch: tuple[float, float], most: int
) -> tuple[Image.Image, Transform]:
    """Given a picture, its map to the file and how often columns and rows must repeat, return them with square pixels,
    no more than ``most``."""
    if stretch == (1.0, 1.0):
        return shown, to_file
    wide, high = shown.width * stretch[0], shown.height * stretch[1]
    share = min(1.0, (most / (wide * high)) ** 0.5)
    return _resized(shown, to_file, (wide * share, high * share), Image.Resampling.BICUBIC)


def _shrunk(shown: Image.Image, to_file: Transform, dpi: float, dpi_max: float) -> tuple[Image.Image, Transform, float]:
    """Given a picture, its map to the file and its dpi, return them with the picture no finer than reading needs."""
    if dpi <= dpi_max:
        return shown, to_file, dpi
    share = dpi_max / dpi
    size = (shown.width * share, shown.height * share)
    return *_resized(shown, to_file, size, Image.Resampling.BOX), dpi_max


def _resized(
    shown: Image.Image, to_file: Transform, size: tuple[float, float], by: Image.Resampling
) -> tuple[Image.Image, Transform]:
    wide, high = max(1, round(size[0])), max(1, round(size[1]))
    to_file = Transform.scale(shown.width / wide, shown.height / high).then(to_file)
    return shown.resize((wide, high), by), to_file
