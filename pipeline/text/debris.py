"""HTML that was printed instead of obeyed: tags vanish or break a paragraph, entities become their character.

Grammar, where gaps (blanks and line breaks of print) may stand anywhere inside:
    tag     "<" ["/"] NAME [attributes with "="] ["/"] ">"     NAME from a fixed list, so "<5" and "<项目>" stay
    entity  "&" (HTML 4 name | "#" decimal | "#x" hex) ";"     and "&nbsp" without its semicolon
Entities are decoded until none is left ("&amp;nbsp;"). One pass with bounded look-back, linear in the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import name2codepoint

from pipeline.text.chars import GAPS, PARAGRAPH, fold_char
from pipeline.text.mapped import Normalised

_BLOCKS = frozenset(
    (
        "p",
        "div",
        "br",
        "hr",
        "li",
        "ul",
        "ol",
        "tr",
        "table",
        "tbody",
        "thead",
        "blockquote",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
    )
)
_INLINE = frozenset(
    ("span", "strong", "em", "font", "td", "th", "img", "sup", "sub", "small", "big", "center", "label", "o:p")
)
_LETTERS = frozenset("abisu")
"""Tags of one letter may also be a formula (a<b>c), so an opening one counts only when it is closed somewhere."""

_TAG_REACH = 300  # characters inside one tag; a style attribute of a word processor stays below
_ENTITY_REACH = 16  # characters of an entity with its gaps; the longest name has 8
_NBSP = "\xa0"


def drop_debris(view: Normalised) -> Normalised:
    """Given folded text with its sources, return it without HTML; block tags leave a PARAGRAPH character."""
    if "<" not in view.text and "〈" not in view.text and "‹" not in view.text and "&" not in view.text:
        return view
    buffer = _Buffer(_closed_letters(view.text))
    for char, source in zip(view.text, view.sources, strict=True):
        buffer.feed(char, source)
    return Normalised("".join(buffer.chars).replace(_NBSP, " "), tuple(buffer.sources))


def _without_gaps(text: str) -> str:
    return "".join(char for char in text if char not in GAPS and char != PARAGRAPH)


def _closed_letters(text: str) -> frozenset[str]:
    bare = _without_gaps(text).lower()
    return frozenset(letter for letter in _LETTERS if f"</{letter}>" in bare)


@dataclass(slots=True)
class _Buffer:
    """The text so far; ``opens`` holds the places of "<" that may still become a tag."""

    closed: frozenset[str]
    chars: list[str] = field(default_factory=list)
    sources: list[int] = field(default_factory=list)
    opens: list[int] = field(default_factory=list)

    def feed(self, char: str, source: int) -> None:
        if (char == ";" and self._end_entity()) or (char == ":" and self._end_parted_nbsp()):
            return
        if char in ">〉›" and self._end_tag():
            return
        if char in "<〈‹":
            self.opens.append(len(self.chars))
        self.chars.append(char)
        self.sources.append(source)
        if char in "pP":
            self._end_bare_nbsp()

    def _cut(self, start: int) -> int:
        """Drop everything from ``start`` on and return the source of what stood there."""
        source = self.sources[start]
        del self.chars[start:], self.sources[start:]
        while self.opens and self.opens[-1] >= start:
            self.opens.pop()
        return source

    def _last_ampersand(self) -> int | None:
        for at in range(len(self.chars) - 1, max(-1, len(self.chars) - 1 - _ENTITY_REACH), -1):
            if self.chars[at] == "&":
                return at
        return None

    def _end_entity(self) -> bool:
        if self._end_parted_nbsp():
            return True
        at = self._last_ampersand()
        char = None if at is None else _entity(_without_gaps("".join(self.chars[at + 1 :])))
        if at is None or char is None:
            return False
        source = self._cut(at)
        for folded in fold_char(char):
            self.feed(folded, source)
        return True

    def _end_parted_nbsp(self) -> bool:
        """A line may end between "&nbsp" and its semicolon, which a recogniser takes for a colon."""
        last = next((at for at in range(len(self.chars) - 1, -1, -1) if self.chars[at] not in GAPS), -1)
        if last < 0 or self.chars[last] != _NBSP:
            return False
        del self.chars[last + 1 :], self.sources[last + 1 :]
        self.chars[last] = " "
        return True

    def _end_bare_nbsp(self) -> None:
        at = self._last_ampersand()
        if at is not None and _without_gaps("".join(self.chars[at + 1 :])).lower() == "nbsp":
            source = self._cut(at)
            self.chars.append(_NBSP)
            self.sources.append(source)

    def _end_tag(self) -> bool:
        """Close the nearest "<". A ">" that closes nothing ends every tag begun before it."""
        start = self.opens[-1] if self.opens else None
        if start is None or len(self.chars) - start > _TAG_REACH:
            self.opens.clear()
            return False
        name = _tag_name("".join(self.chars[start + 1 :]), self.closed)
        if name is None:
            self.opens.clear()
            return False
        source = self._cut(start)
        if name in _BLOCKS:
            self.chars.append(PARAGRAPH)
            self.sources.append(source)
        return True


def _entity(name: str) -> str | None:
    if name.startswith("#"):
        return _numbered(name[1:].lower())
    code = name2codepoint.get(name) or name2codepoint.get(name.lower())
    return None if code is None else chr(code)


def _numbered(digits: str) -> str | None:
    base = 16 if digits.startswith("x") else 10
    digits = digits.removeprefix("x")
    if not digits or not set(digits) <= set("0123456789abcdef"[:base]):
        return None
    code = int(digits, base)
    return chr(code) if 0 < code <= 0x10FFFF else None


def _tag_name(inner: str, closed: frozenset[str]) -> str | None:
    """Given what stands between the angles, return the tag's name, or None when it is no tag."""
    for candidate in _tag_candidates(inner.lower().replace(PARAGRAPH, "\n")):
        name = candidate.strip("/")
        letter = name in _LETTERS and (candidate.startswith("/") or name in closed)
        if letter or name in _BLOCKS or name in _INLINE:
            return name
    return None


def _tag_candidates(inner: str) -> Iterator[str]:
    """The whole without gaps, and the first word before attributes; a line break may stand in a word or for a blank."""
    yield _without_gaps(inner)
    for gap in ("", " "):
        name, _, attributes = inner.replace("\n", gap).strip(" ").partition(" ")
        if "=" in attributes:
            yield name
