"""Many labels looked up at once: a print is compared with those only that it can be like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from pipeline.forms.labels import CACHED, LONGEST, TAIL_COST, coded_cuts, dresses, inner_cuts, likeness

ROUNDING = 1e-6
"""Taken off a likeness, so that no label is lost to the last bit of a float."""


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The spellings of many labels. Two are the same only when they are one object: it is a key of caches."""

    spellings: tuple[tuple[str, ...], ...]

    @cached_property
    def places(self) -> dict[str, frozenset[int]]:
        """The keys that the labels may be known by, each with the places of its labels among the spellings."""
        pairs = [(key, n) for n, labels in enumerate(self.spellings) for label in labels for key, _ in dresses(label)]
        return {known: frozenset(n for key, n in pairs if key == known) for known in dict.fromkeys(k for k, _ in pairs)}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        return tuple(self.places)

    @cached_property
    def signs(self) -> frozenset[str]:
        return frozenset("".join(self.keys))


@lru_cache(maxsize=CACHED)
def alike(lexicon: Lexicon, printed: str, threshold: float) -> tuple[tuple[int, float], ...]:
    """Given a print, return the places of the labels that it is like, ascending, each with its likeness."""
    places = sorted(_near(lexicon, [printed], threshold))
    return tuple((n, score) for n in places if (score := likeness(printed, lexicon.spellings[n], threshold)))


@lru_cache(maxsize=CACHED)
def near(lexicon: Lexicon, printed: str, threshold: float) -> tuple[int, ...]:
    """Given a print, return the places of all labels that it is like, or a head of it where a label may end, ascending;
    perhaps others among them."""
    heads = (printed[: cut.label_end] for cut in (*inner_cuts(printed), *coded_cuts(printed)))
    return tuple(sorted(_near(lexicon, (printed, *heads), threshold)))


def _near(lexicon: Lexicon, heads: Iterable[str], threshold: float) -> set[int]:
    keys = {key for head in heads if len(head) <= LONGEST for key, _ in dresses(head)}
    found = {known for key in keys if not lexicon.signs.isdisjoint(key) for known in _like(lexicon, key, threshold)}
    return {place for known in found for place in lexicon.places[known]}


def _like(lexicon: Lexicon, key: str, threshold: float) -> list[str]:
    """The keys of labels from which this one is not too far for any likeness: no dress adds to it."""
    least = max(threshold - TAIL_COST - ROUNDING, 0.0)
    scorer = Levenshtein.normalized_similarity
    return [known for known, _, _ in process.extract(key, lexicon.keys, scorer=scorer, score_cutoff=least, limit=None)]
