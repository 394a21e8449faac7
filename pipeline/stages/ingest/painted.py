"""What a PDF page says it paints, in points of the viewer's frame."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.geometry import Box


@dataclass(frozen=True, slots=True)
class PrintedChar:
    """One visible character. upright: its baseline runs left to right, level; embedded: the file brings its shape.

    A shape that the file does not bring is drawn with whatever font the machine has, or not at all. white: it shows on
    a dark ground only. slanting: its baseline is neither level nor plumb.
    """

    text: str
    box: Box
    upright: bool = True
    embedded: bool = True
    white: bool = False
    slanting: bool = False


@dataclass(frozen=True, slots=True)
class PaintedPath:
    """One painted path. points: its corners in order; closed; curved: it has Bezier parts.

    stroke, fill: it is painted so; thickness: of the stroke in points; white: in white, which shows on a fill only.
    """

    points: tuple[tuple[float, float], ...]
    closed: bool
    curved: bool
    stroke: bool
    fill: bool
    thickness: float
    white: bool = False
