"""Draws docs/images from sample_docs with ``shenbao show``: ``python docs/pictures.py``.

The pictures are cropped, scaled and reduced to a palette, so that they stay small in the repository; nothing else is
done to them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
COLOURS = 56
"""Colours of a palette; half of them for what is coloured, however little of the page that is."""
CHROMA = 24
"""Levels between a pixel's channels from which it is coloured."""
SMOOTH = 20
"""Levels; the grain of the paper is weaker, the strokes of print are stronger."""


def main() -> None:
    scan, photo = "declarations_scan.pdf", "photo.jpg"
    save("records.png", scaled(shown(scan, 2, "records", 0.66), 1060))
    save("grid.png", scaled(shown(scan, 2, "grid", 0.66), 1060))
    taken, levelled = shown(photo, 1, "records", 0.68), shown(photo, 1, "grid", 0.68)
    save("photo.png", side_by_side(scaled(taken, 640), scaled(levelled, 640)))


def shown(name: str, page: int, stage: str, share: float) -> Picture:
    """Given a sample, a page and a stage, return the upper ``share`` of its picture, (H, W, 3) RGB."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "shown.png"
        words = ["show", f"sample_docs/{name}", "--page", str(page), "--stage", stage, "--out", str(out)]
        subprocess.run([sys.executable, "-m", "pipeline", *words], check=True, cwd=ROOT)
        picture = np.asarray(Image.open(out).convert("RGB"))
    return picture[: round(share * len(picture))]


def scaled(picture: Picture, width: int) -> Picture:
    height = round(picture.shape[0] * width / picture.shape[1])
    smooth = cv2.bilateralFilter(np.ascontiguousarray(picture), 5, SMOOTH, 3)
    return np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def side_by_side(left: Picture, right: Picture) -> Picture:
    height = min(len(left), len(right))
    gap = np.full((height, 16, 3), 255, np.uint8)
    return np.hstack([left[:height], gap, right[:height]])


def save(name: str, picture: Picture) -> None:
    palette = Image.new("P", (1, 1))
    palette.putpalette(palette_of(picture).tobytes())
    IMAGES.mkdir(exist_ok=True)
    Image.fromarray(picture).quantize(palette=palette, dither=Image.Dither.NONE).save(IMAGES / name, optimize=True)


def palette_of(picture: Picture) -> Picture:
    """Given a picture, return COLOURS x 3 colours that stand for its greys and for its colours."""
    pixels = picture.reshape(-1, 3).astype(np.float32)
    coloured = np.ptp(pixels, axis=1) >= CHROMA
    groups = [centres(part) for part in (pixels[~coloured], pixels[coloured])]
    return np.clip(np.vstack(groups), 0, 255).astype(np.uint8)


def centres(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Given pixels, return COLOURS / 2 cluster centres of a fixed sample of them."""
    cv2.setRNGSeed(0)
    sample = pixels[np.random.default_rng(0).integers(0, len(pixels), 20_000)]
    return np.asarray(cv2.kmeans(sample, COLOURS // 2, None, (3, 20, 1.0), 1, cv2.KMEANS_PP_CENTERS)[2], np.float32)


if __name__ == "__main__":
    main()
