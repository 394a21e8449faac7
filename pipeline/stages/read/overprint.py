"""Print over a table's rulings: a paragraph that runs over blank rows, or a watermark, is no cell's content.

What stands in a cell is wrapped or cut before its sides. A line that passes the sides of several cells without a gap
was set without regard to the table, and so were the other lines of its paragraph, however short.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from pipeline.geometry import Box
from pipeline.model import Char

CUT = 0.2
"""Of a sign's width that lies beyond its cell's side at the least; em boxes reach further than their ink."""
WIDE = 0.7
"""Of a sign's height; narrower are digits and letters, of which a number fills a narrow column to the last point."""
TIGHT = 0.15
"""Of the text height; two signs nearer than this are set side by side. What two cells hold is further apart."""
PASSED = 3
"""Sides that a line passes without a gap, and signs of it that sides cut, at the least and together: words that fill
their cells to the last point may be passed twice, and what overflows its cell by chance is passed and cut once."""
LEVEL = 0.1
"""Of the text height; signs of one line differ less in height and place."""
RUN_GAP = 0.6
"""Of the text height; a wider gap parts a line."""
PITCH = 2.2
"""Text heights to the next line of a paragraph at the most."""

Run = list[Char]
Owners = Mapping[Char, int]
"""For each character in a cell the number of the cell."""


def overprinted(parts: Sequence[Sequence[Char]], boxes: Sequence[Box]) -> frozenset[Char]:
    """Given the characters of cells and the boxes of these, return those of lines that run over the cells' sides."""
    owners = {char: cell for cell, part in enumerate(parts) for char in part if char.text.strip()}
    runs = list(runs_of(owners))
    over = [run for run in runs if _score(run, owners, boxes) >= PASSED]
    for run in over:  # grows while it is walked: a paragraph's next line is found from the one before it
        over += [other for other in runs if other not in over and _goes_on(run, other)]
    return frozenset(char for run in over for char in run)


def _score(run: Run, owners: Owners, boxes: Sequence[Box]) -> int:
    """How many sides of cells does a run pass without a gap, and how many of its signs do they cut, together?"""
    passed = sum(owners[a] != owners[b] and is_wide(a) and is_wide(b) and _is_tight(a, b) for a, b in pairwise(run))
    return passed + sum(is_cut(char, boxes[owners[char]]) for char in run) if passed else 0


def is_wide(char: Char) -> bool:
    return char.box.width >= WIDE * char.box.height


def is_cut(char: Char, box: Box) -> bool:
    """Given a character and the cell that holds its middle, return whether a plumb side of the cell runs through it."""
    beyond = max(box.x0 - char.box.x0, char.box.x1 - box.x1)
    return is_wide(char) and beyond >= CUT * char.box.width


def _is_tight(left: Char, right: Char) -> bool:
    return right.box.x0 - left.box.x1 <= TIGHT * left.box.height


def runs_of(chars: Iterable[Char]) -> Iterator[Run]:
    """Given characters, yield those that follow each other on one line without a wide gap, from left to right."""
    for line in _levels(chars):
        run: Run = []
        for char in sorted(line, key=lambda char: char.box.x0):
            if run and char.box.x0 - run[-1].box.x1 > RUN_GAP * char.box.height:
                yield run
                run = []
            run.append(char)
        yield run


def _levels(chars: Iterable[Char]) -> Iterator[list[Char]]:
    """Given characters, yield those of one size and one line."""
    ordered = sorted(chars, key=lambda char: (_size(char), char.box.centre[1]))
    for _, alike in groupby(ordered, key=_size):
        line: list[Char] = []
        for char in alike:
            if line and char.box.centre[1] - line[0].box.centre[1] > LEVEL * char.box.height:
                yield line
                line = []
            line.append(char)
        yield line


def _size(char: Char) -> float:
    return round(char.box.height, 1)


def _goes_on(run: Run, other: Run) -> bool:
    """Is the other run the next line of the same paragraph, or the one before: as high, and begun at the same place?"""
    one, two = run[0].box, other[0].box
    apart, height = abs(one.centre[1] - two.centre[1]), one.height
    near = LEVEL * height < apart <= PITCH * height and abs(one.height - two.height) <= LEVEL * height
    return near and abs(one.x0 - two.x0) <= LEVEL * height
