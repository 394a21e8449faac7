"""One spelling for one thing, with a map from every character back to the print.

Two dialects. *Printed*: "\\n" is a line of print, "\\n\\n" a paragraph's end, brackets and marks in whatever width the
printer or the recogniser gave. *Normalised*: no line breaks of layout, "\\n" is a paragraph break, width decided by
context. ``as_printed`` leads back, and normalising that again changes nothing. A text without paragraph breaks is the
same in both dialects, so normalising it twice equals once.

Every decision is taken on the folded text without gaps, never on the width that was printed; two prints that differ in
width and layout alone therefore come out equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from pipeline.text.chars import (
    BRACKETS,
    DIGITS,
    GAPS,
    MARKS,
    PARAGRAPH,
    QUOTES,
    CharKind,
    fold_char,
    is_word,
    kind_of,
)
from pipeline.text.debris import drop_debris
from pipeline.text.mapped import Normalised, Span, mapped

__all__ = ["Normalised", "Span", "as_printed", "fold_label", "half", "normalise"]

Sides = tuple[CharKind | None, CharKind | None]
"""What stands to the left and to the right; None where the paragraph ends."""

_CONTEXT_MARKS = ",;:?!"
_WIDE = str.maketrans(_CONTEXT_MARKS + BRACKETS, "，；：？！（）")
_UNWIDE = str.maketrans("，；：？！（）", _CONTEXT_MARKS + BRACKETS)
_NUMERALS = "一二三四五六七八九十"
_SPECKS = ".,;`"
_LABEL_FOLD = str.maketrans("—–―─−。·•￥【】〔〕[]{}∶", "-----...¥()()()():", QUOTES)


REMEMBERED = 1024
"""Texts; a page has three hundred, and each is asked for by several steps and by every form that may be printed."""


@lru_cache(maxsize=REMEMBERED)
def normalise(printed: str) -> Normalised:
    """Given a printed string, return its one spelling (the Text rule of the contract) with sources.

    Letters, digits, % and other full-width ASCII become half width. The marks ，。；：？！（） are full width beside
    Chinese and half width in numbers, times, addresses and Latin runs. Layout blanks and line breaks go, a blank
    between two Latin words stays. Printed HTML and spreadsheet quotes around the whole go; paragraphs are
    parted by "\\n". Straight quotes in or beside Chinese become “ ” where a paragraph has whole pairs of them only.
    """
    view = _widened(_clean(printed))
    spaced = mapped(_spaced(view))
    return Normalised(spaced.text.replace(PARAGRAPH, "\n"), spaced.sources)


def as_printed(text: str) -> str:
    """Given normalised text, return it in the printed dialect, where a paragraph ends with an empty line."""
    return text.replace("\n", "\n\n")


def half(printed: str) -> Normalised:
    """Given a printed string, return it in half width, without debris, with " " and "\\n" kept for the grammars."""
    view = _clean(printed)
    return Normalised(view.text.replace(PARAGRAPH, "\n"), view.sources)


def fold_label(printed: str) -> str:
    """Given a printed label, return the key under which labels are compared.

    No blanks, breaks, leading * or ★, trailing colon, or specks read as points at either end; half width, lower case;
    no quotes; dashes and all brackets in one form each; the content of brackets stays.
    """
    text = normalise(printed).text.translate(_UNWIDE).translate(_LABEL_FOLD).lower()
    return "".join(text.split()).strip(_SPECKS).lstrip("*★☆※▲△" + _SPECKS).rstrip(":" + _SPECKS)


@lru_cache(maxsize=REMEMBERED)
def _clean(printed: str) -> Normalised:
    """Folded, without debris, each gap one character (blank, line break or PARAGRAPH), no gap at either end."""
    return _unquoted(_trimmed(_joined_gaps(drop_debris(_folded(printed)))))


def _folded(printed: str) -> Normalised:
    text = printed.replace("\r\n", "\n\0")  # the NUL keeps the count and is dropped by folding
    return mapped((fold_char(char), at) for at, char in enumerate(text))


def _is_gap(char: str) -> bool:
    return char in GAPS or char == PARAGRAPH


def _joined_gaps(view: Normalised) -> Normalised:
    return mapped(_gap_runs(view))


def _gap_runs(view: Normalised) -> Iterator[tuple[str, int]]:
    at, text = 0, view.text
    while at < len(text):
        end = at
        while end < len(text) and _is_gap(text[end]):
            end += 1
        yield (text[at] if end == at else _gap(text[at:end])), view.sources[at]
        at = max(end, at + 1)


def _gap(run: str) -> str:
    if PARAGRAPH in run or run.count("\n") > 1:
        return PARAGRAPH
    return "\n" if "\n" in run else " "


def _trimmed(view: Normalised) -> Normalised:
    start, end = 0, len(view.text)
    while start < end and _is_gap(view.text[start]):
        start += 1
    while end > start and _is_gap(view.text[end - 1]):
        end -= 1
    return view.cut(start, end)


def _unquoted(view: Normalised) -> Normalised:
    """Drop the quotes a spreadsheet puts around a whole cell; a doubled quote inside stands for one."""
    while len(view.text) > 1 and view.text[0] == view.text[-1] == '"' and '"' not in view.text[1:-1].replace('""', ""):
        inner = view.cut(1, len(view.text) - 1)
        doubled, kept = False, []
        for char, source in zip(inner.text, inner.sources, strict=True):
            doubled = char == '"' and not doubled
            kept.append(("" if doubled else char, source))
        view = _trimmed(mapped(kept))
    return view


def _nearest(kinds: Sequence[CharKind | None], skip: frozenset[CharKind]) -> list[CharKind | None]:
    """Given kinds in reading order (None ends a paragraph), return at each place the last one before it not skipped."""
    out: list[CharKind | None] = []
    last: CharKind | None = None
    for kind in kinds:
        out.append(last)
        if kind is None or kind not in skip:
            last = kind
    return out


def _both_sides(kinds: Sequence[CharKind | None], *skip: CharKind) -> list[Sides]:
    skipped = frozenset[CharKind](("through", *skip))
    left = _nearest(kinds, skipped)
    right = _nearest(kinds[::-1], skipped)[::-1]
    return list(zip(left, right, strict=True))


def _widened(view: Normalised) -> Normalised:
    """Widen marks, brackets and quotes by context; gaps do not count.

    Full stops come first: folding does not lead back from them, so the rest must see them as they will stay.
    """
    places = [at for at, char in enumerate(view.text) if char not in GAPS]
    bones = "".join(view.text[at] for at in places)
    bones = _replaced(bones, ((at, "。") for at in _full_stops(bones)))
    bones = _replaced(bones, [*_wide_marks(bones), *_wide_brackets(bones), *_paired_quotes(bones)])
    chars = _replaced(view.text, zip(places, bones, strict=True))
    return Normalised(chars, view.sources)


def _replaced(text: str, changes: Iterable[tuple[int, str]]) -> str:
    chars = list(text)
    for at, char in changes:
        chars[at] = char
    return "".join(chars)


def _kinds(bones: str) -> list[CharKind | None]:
    return [None if char == PARAGRAPH else kind_of(char) for char in bones]


def _full_stops(bones: str) -> Iterator[int]:
    touching = _touching(bones) if "." in bones else []
    return (at for at, sides in enumerate(touching) if bones[at] == "." and _is_full_stop(bones, at, sides))


def _wide_marks(bones: str) -> Iterator[tuple[int, str]]:
    kinds = _kinds(bones)
    near, letters = _both_sides(kinds, "other"), _both_sides(kinds, "other", "digit")
    for at, char in enumerate(bones):
        if char in _CONTEXT_MARKS and not _is_numeric_mark(bones, at) and _in_chinese(near[at], letters[at]):
            yield at, char.translate(_WIDE)


def _in_chinese(near: Sides, letters: Sides) -> bool:
    """Chinese stands next to the mark, or the letters around the numbers beside it are Chinese."""
    if "wide" in near:
        return True
    if "latin" in near:
        return near[0] != "latin" and letters[0] == "wide"
    return (letters[0] or letters[1]) == "wide"


def _is_numeric_mark(bones: str, at: int) -> bool:
    """A thousands separator, the colon of a time or ratio, or the colon of an address."""
    char, before, after = bones[at], bones[max(0, at - 4) : at], bones[at + 1 : at + 5]
    if char == ":":
        return after.startswith("//") or (before[-1:] in DIGITS and after[:1] in DIGITS and bool(before and after))
    group = len(after[:4]) - len(after[:4].lstrip(DIGITS))
    return char == "," and group == 3 and 0 < len(before) - len(before.rstrip(DIGITS)) < 4


def _is_full_stop(bones: str, at: int, sides: Sides) -> bool:
    """A dot between Chinese and the next sentence; not the dot of a list number, a decimal or dots in a row."""
    before, after = bones[max(0, at - 1) : at], bones[at + 1 : at + 2]
    if "." in (before, after) or before in tuple(_NUMERALS) or after in tuple(DIGITS):
        return False
    return sides[0] == "wide" and sides[1] in ("wide", None)


def _touching(bones: str) -> list[Sides]:
    """The kinds on both sides of each place, looking through quotes, marks and brackets only."""
    skipped = MARKS + BRACKETS + QUOTES
    return _both_sides(
        ["through" if char in skipped else kind for char, kind in zip(bones, _kinds(bones), strict=True)]
    )


def _wide_brackets(bones: str) -> Iterator[tuple[int, str]]:
    touching = _touching(bones)
    wide_before = [0]
    for char in bones:
        wide_before.append(wide_before[-1] + (kind_of(char) == "wide"))
    for start, end in _bracket_pairs(bones):
        inside = wide_before[end + 1] - wide_before[start]
        if inside or touching[start][0] == "wide" or touching[end][1] == "wide":
            yield from ((at, bones[at].translate(_WIDE)) for at in {start, end})
        elif start == end and "wide" in touching[start]:
            yield start, bones[start].translate(_WIDE)


def _bracket_pairs(bones: str) -> Iterator[Span]:
    """Yield (open, close) of each pair; a bracket without its partner comes as (place, place)."""
    opened: list[int] = []
    for at, char in enumerate(bones):
        if char == "(":
            opened.append(at)
        elif char == ")":
            yield (opened.pop() if opened else at), at
    yield from ((at, at) for at in opened)


def _paired_quotes(bones: str) -> Iterator[tuple[int, str]]:
    start = 0
    for paragraph in bones.split(PARAGRAPH):
        yield from ((start + at, char) for at, char in _pairs_in(paragraph))
        start += len(paragraph) + 1


def _pairs_in(paragraph: str) -> Iterator[tuple[int, str]]:
    """Straight quotes pair off only when none is left over and the paragraph has no curly ones to be confused with."""
    places = [at for at, char in enumerate(paragraph) if char == '"']
    if len(places) % 2 or "“" in paragraph or "”" in paragraph:
        return
    for opening, closing in zip(places[::2], places[1::2], strict=True):
        if any(kind_of(char) == "wide" for char in paragraph[max(0, opening - 1) : closing + 2]):
            yield opening, "“"
            yield closing, "”"


def _spaced(view: Normalised) -> Iterator[tuple[str, int]]:
    text = view.text
    for at, (char, source) in enumerate(zip(text, view.sources, strict=True)):
        if char in GAPS:
            yield (" " if _parts_words(text[at - 1], char, text[at + 1]) else ""), source
        else:
            yield char, source


def _parts_words(left: str, gap: str, right: str) -> bool:
    """A gap counts between Latin words; a line break inside a number does not."""
    if gap == "\n" and right in DIGITS and left in DIGITS + ".,:":
        return False
    opens = right in "&'\"" or (right in "([" and kind_of(left) == "latin")
    return (is_word(left) or left in ",.;:!?)]%&'\"") and (is_word(right) or opens)
