"""Fonts for the small print of a picture: one that holds Chinese when the system has one."""

from __future__ import annotations

import functools
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

KNOWN_PLACES = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Medium.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simsun.ttc",
)
"""Where systems without fontconfig keep a Chinese font."""
NO_CHINESE_FONT = (
    "no Chinese font is installed: text is left out of the picture (on Debian: apt install fonts-noto-cjk)"
)


@dataclass(frozen=True, slots=True)
class Face:
    """A font file and the face inside it; without a file, the Latin font that Pillow carries."""

    file: str | None
    index: int = 0

    @property
    def holds_chinese(self) -> bool:
        return self.file is not None

    def at(self, pixels: int) -> Font:
        return _sized(self, pixels)


@functools.lru_cache(maxsize=256)
def _sized(face: Face, pixels: int) -> Font:
    if face.file is None:
        return ImageFont.load_default(pixels)
    return ImageFont.truetype(face.file, pixels, index=face.index)


@functools.cache
def find_face() -> Face:
    """Return a face that holds Chinese, or Pillow's own Latin one when the system has none."""
    return _face_of_fontconfig() or _face_of_known_places() or Face(None)


def _face_of_fontconfig() -> Face | None:
    """Return fontconfig's choice for Chinese. It always names some font, so the languages it claims are asked for."""
    if shutil.which("fc-match") is None:
        return None
    form = "%{file}\n%{index}\n%{lang}"
    done = subprocess.run(["fc-match", "-f", form, "sans:lang=zh-cn"], capture_output=True, text=True, check=False)
    lines = done.stdout.split("\n")
    if done.returncode or len(lines) != 3 or "zh-cn" not in lines[2].split("|"):
        return None
    # The upper half of the index names an instance of a variable font, which is not wanted here.
    return _usable(Face(lines[0], int(lines[1]) & 0xFFFF))


def _face_of_known_places() -> Face | None:
    found = (_usable(Face(place)) for place in KNOWN_PLACES if Path(place).is_file())
    return next((face for face in found if face), None)


def _usable(face: Face) -> Face | None:
    """Given a face, return it when FreeType can open it."""
    try:
        face.at(12)
    except OSError:
        return None
    return face
