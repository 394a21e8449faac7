"""Paths and names of what a draft proposes: known ones first, then put together from known words, else numbered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pipeline.forms.draft_words import Known, Vocabulary
from pipeline.forms.labels import BRACKETED_TAIL, fold
from pipeline.text.numbers import unit_in_label

UNNAMED = "rename: no word of the label has a known English name"
HALF_NAMED = "rename: a part of the label has no known English name"
RESERVED = frozenset({"number"})
"""Keys of rows that the grammar of numbered names gives."""
LEADING = re.compile(r"^(?:其中:|[一二三四五六七八九十]+、|[0-9]+[.、])")
"""What stands in front of a label's words: a mark of a breakdown, an item number."""


@dataclass(frozen=True, slots=True)
class Named:
    """path: in the record. code: path of a code glued to the value. doubt: what is wrong with the name, if anything."""

    path: str
    zh: str
    en: str
    code: str | None = None
    doubt: str | None = None


def plain_label(printed: str) -> str:
    """Given a printed label, return it as a definition spells it: without blanks, colon, a unit of money or a code."""
    whole = fold(printed)
    tail = BRACKETED_TAIL.search(whole)
    if tail is None or not (unit_in_label(whole) or tail[0].strip("()").isascii()):
        return whole
    return fold(whole[: tail.start()]) or whole


@dataclass
class Namer:
    """Gives each thing a name once."""

    vocabulary: Vocabulary
    taken: set[str] = field(default_factory=set)

    def fresh(self) -> Namer:
        return Namer(self.vocabulary)

    def field(self, printed: str, section: str | None) -> Named:
        known = self.vocabulary.field_of(printed)
        known = None if known is not None and known.path in self.taken else known
        named = self._named(printed, known, "field")
        path = named.path if section is None or "." in named.path else f"{section}.{named.path}"
        named = self._once(replace(named, path=path))
        return replace(named, code=(known and known.code) or f"{named.path}_code")

    def with_code(self, named: Named) -> Named:
        """Given a name, return it with a path for its code that nothing else has."""
        path = named.code or f"{named.path}_code"
        return replace(named, code=self._once(replace(named, path=path)).path)

    def column(self, printed: str) -> Named:
        named = self._named(printed, self.vocabulary.column_of(printed), "column")
        return self._once(replace(named, path=f"row_{named.path}") if named.path in RESERVED else named)

    def table(self, printed: str) -> Named:
        named = self._named(printed, None, "rows") if printed else self._standard("rows")
        return self._once(named)

    def matrix(self, printed: str, standard: str) -> Named:
        """The name of a matrix by the word beside it, else by what it is."""
        return self._once(self._named(printed, None, standard) if printed else self._standard(standard))

    def row(self, printed: str) -> Named:
        """The key of a row of a matrix: the end of a known path, or a name put together as all are."""
        named = self._named(printed, self.vocabulary.field_of(printed), "row")
        return self._once(replace(named, path=named.path.rpartition(".")[2]))

    def _standard(self, key: str) -> Named:
        names = self.vocabulary.words.standard[key]
        return Named(key, names.zh, names.en, doubt=UNNAMED)

    def _named(self, printed: str, known: Known | None, noun: str) -> Named:
        plain = LEADING.sub("", plain_label(printed)) or plain_label(printed)
        zh = fold(BRACKETED_TAIL.sub("", plain)) or plain
        if known is not None:
            return Named(known.path, known.zh, known.en)
        pieces = list(self._pieces(zh))
        words = [word for word in pieces if word]
        if not words:
            return Named(
                f"{noun}_{len(self.taken) + 1}", zh, f"{noun.capitalize()} {len(self.taken) + 1}", None, UNNAMED
            )
        doubt = None if len(words) == len(pieces) else HALF_NAMED
        english = " ".join(dict.fromkeys(" ".join(words).split()))
        return Named("_".join(english.split()), zh, english.capitalize(), doubt=doubt)

    def _pieces(self, zh: str) -> Iterator[str | None]:
        """The English of the label's words from left to right, the longest first; None for what is not known."""
        words = {**self.vocabulary.words.parts, **self.vocabulary.words.ends}
        at = 0
        while at < len(zh):
            length = next((n for n in range(len(zh) - at, 0, -1) if zh[at : at + n] in words), 0)
            yield words[zh[at : at + length]] if length else None
            at += length or 1

    def _once(self, named: Named) -> Named:
        """A path that is neither taken nor a group of taken ones nor inside of one."""
        inside = any(named.path.startswith(f"{other}.") for other in self.taken)
        free = named.path.replace(".", "_") if inside else named.path
        path, n = free, 2
        while path in self.taken or any(other.startswith(f"{path}.") for other in self.taken):
            path, n = f"{free}_{n}", n + 1
        self.taken.add(path)
        return replace(named, path=path)
