"""Finding the labels of a form: one cell one label, exact before fuzzy, like labels told apart by their section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from pipeline.forms.definition import Field, Form
from pipeline.forms.labels import CACHED, Cut, coded_cuts, fold, further_cuts, inner_cuts, is_exact, is_word, likeness
from pipeline.forms.lexicon import alike, near
from pipeline.forms.prints import Print
from pipeline.forms.sheet import Box

INNER_COST = 0.02
"""What a label takes off its likeness when its value stands in its own cell: a cell that is all label wins."""
NEAR = 0.02
"""Labels of two fields that are nearer than this in likeness leave the choice to the section."""


Claim = tuple[Box, int]
"""A box, and where in its print a label begins."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A label seen in a box. cut: where the value begins, when it stands behind the label in the same box. rank: place
    of the wording in the field's list, 0 for the first."""

    field: Field
    box: Box
    score: float
    cut: Cut | None = None
    rank: int = 0

    @property
    def order(self) -> tuple[float, int, int, int]:
        """Best likeness first, then the form's own preference, then page order."""
        return -self.score, self.rank, *self.box.place

    @property
    def label_print(self) -> Print:
        """The print of the label alone."""
        whole = self.box.print
        return whole if self.cut is None else whole.part(self.cut.start, self.cut.label_end)

    @property
    def label(self) -> str:
        """The label as printed."""
        return self.box.text if self.cut is None else self.box.text[self.cut.start : self.cut.label_end]

    @property
    def label_end(self) -> int:
        """Where the label ends in the print of its box."""
        return len(self.box.text) if self.cut is None else self.cut.label_end

    @property
    def between(self) -> str:
        """What stands between the label and its value in the same box: a break, or a colon, or a code too."""
        return "" if self.cut is None else self.box.text[self.cut.label_end : self.cut.value_start]

    @property
    def claim(self) -> Claim:
        """What the label takes for itself: a box, or of a box with several labels its part."""
        return self.box, 0 if self.cut is None else self.cut.start

    @property
    def shares(self) -> bool:
        """Do other labels stand in the same box?"""
        return self.cut is not None and (self.cut.start > 0 or self.cut.end is not None)


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one sheet. seen: by the path of their field. doubled: labels of fields that were seen already."""

    seen: dict[str, Sighting]
    doubled: tuple[Sighting, ...] = ()


def find_labels(form: Form, outside: Sequence[Box], threshold: float) -> Labels:
    """Given the boxes outside of repeating tables, return which of them is the label of which field."""
    sightings = [s for box in outside for s in _parted(list(_sightings(form, box, threshold)))]
    claims = _claims(sightings)
    shared = {claim for claim, fields in claims.items() if len({field.section for field in fields}) > 1}
    clear = assign([s for s in sightings if s.claim not in shared], {})
    anchors = [(s.field.section, s.box) for s in clear.values() if s.field.section is not None]
    sectioned = [s for s in sightings if s.claim in shared and s.field.section == section_of(s.box, anchors)]
    seen = assign(sectioned, clear)
    seen = assign([s for field in form.fields for s in _spare(field, seen, outside, threshold)], seen)
    taken = {s.claim for s in seen.values()}
    doubled = tuple(s for s in sightings if s.claim not in taken and s.score >= 1.0 - NEAR and s.field.path in seen)
    return Labels(seen, doubled)


def _sightings(form: Form, box: Box, threshold: float) -> Iterator[Sighting]:
    """All labels that a box may say; of several in one box the further ones to the letter, since words are common. What
    is a word of the form itself is no other one's label by mere likeness."""
    other = is_word(box.text, form.furniture)
    yield from (s for s in sights(form, box, threshold) if not other or (s.cut is None and is_exact(s.score)))
    for cut in further_cuts(box.text):
        for n, score in alike(form.lexicon, box.text[cut.start : cut.label_end], threshold):
            if "inside" in form.fields[n].places and is_exact(score):
                yield Sighting(form.fields[n], box, score - INNER_COST, cut)


def _parted(sightings: list[Sighting]) -> list[Sighting]:
    """Where several labels stand in one box, the value of the first ends at the second."""
    second = min((s.cut.start for s in sightings if s.cut is not None and s.cut.start), default=None)
    if second is None:
        return sightings
    return [
        replace(s, cut=replace(s.cut, end=second)) if s.cut is not None and not s.cut.start else s for s in sightings
    ]


def _spare(field: Field, seen: Mapping[str, Sighting], outside: Sequence[Box], threshold: float) -> Iterator[Sighting]:
    """The boxes that say a spare label of a field without another."""
    if field.spare_labels and field.path not in seen:
        for box in outside:
            if score := likeness(box.text, field.spare_labels, threshold):
                yield Sighting(field, box, score)


def sights(form: Form, box: Box, threshold: float) -> Iterator[Sighting]:
    """Given a form and a box, yield the labels of all its fields in it, in the order of the fields."""
    for n in near(form.lexicon, box.text, threshold):
        yield from sight(form.fields[n], box, threshold)


def sight(field: Field, box: Box, threshold: float) -> Iterator[Sighting]:
    """Given a field and a box, yield the label of the field in it: all of the box, or what stands before a value."""
    if field.labels:
        said = _said(box.text, field.labels, "inside" in field.places, field.code_shape is not None, threshold)
        if said is not None:
            yield Sighting(field, box, *said)


@lru_cache(maxsize=CACHED)
def _said(
    text: str, labels: tuple[str, ...], inside: bool, coded: bool, threshold: float
) -> tuple[float, Cut | None, int] | None:
    """How alike a print is to the nearest of a field's labels, where the label ends, and which one it is."""
    whole = likeness(text, labels, threshold)
    cut = _inner(text, labels, coded, threshold) if inside and not is_exact(whole) else None
    inner = 0.0 if cut is None else likeness(text[: cut.label_end], labels, threshold) - INNER_COST
    if cut is not None and inner > whole:
        return inner, cut, wording(labels, text[: cut.label_end], threshold)
    return (whole, None, wording(labels, text, threshold)) if whole else None


def _inner(text: str, labels: tuple[str, ...], coded: bool, threshold: float) -> Cut | None:
    """The label in front of a value; of equally good ends the first, since a label may wrap, and so may its value. No
    label ends inside its brackets, or right before them, where it may end behind them. Words that go on behind a label
    without an end of its own (主管部 / 门意见) are another thing."""
    ends = (*inner_cuts(text), *(coded_cuts(text) if coded else ()))
    cuts = [cut for cut in ends if text[cut.value_start :].strip()]
    scores = {cut: score for cut in cuts if (score := likeness(text[: cut.label_end], labels, threshold))}
    if not any(map(is_exact, scores.values())) and fold(text).startswith(tuple(map(fold, labels))):
        return None
    whole = {cut: score for cut, score in scores.items() if _is_closed(text[: cut.label_end])}
    best = whole or scores
    return max(best, key=lambda cut: (best[cut], text[cut.value_start] not in "(（")) if best else None


def _is_closed(text: str) -> bool:
    return sum(text.count(sign) for sign in "(（") <= sum(text.count(sign) for sign in ")）")


def wording(labels: tuple[str, ...], printed: str, threshold: float) -> int:
    """Given the spellings of a label and a print of it, return the place of the nearest one in the list."""
    scores = [likeness(printed, (label,), threshold) for label in labels]
    return scores.index(max(scores))


def _claims(sightings: Sequence[Sighting]) -> dict[Claim, list[Field]]:
    """The fields whose label a box says best, to within a nearly equal likeness."""
    best: dict[Claim, float] = {}
    for s in sightings:
        best[s.claim] = max(best.get(s.claim, 0.0), s.score)
    claims: dict[Claim, list[Field]] = {}
    for s in sightings:
        if s.score >= best[s.claim] - NEAR:
            claims.setdefault(s.claim, []).append(s.field)
    return claims


def assign(sightings: Sequence[Sighting], seen: dict[str, Sighting]) -> dict[str, Sighting]:
    """Given sightings, return those seen before with further ones added, best first, one box one field.

    Fields that different columns cross may share a row's label.
    """
    chosen = dict(seen)
    taken = {s.claim: s.field for s in seen.values()}
    for s in sorted(sightings, key=lambda s: s.order):
        owner = taken.get(s.claim)
        free = owner is None or (owner.header and s.field.header and owner.header != s.field.header)
        if s.field.path not in chosen and free:
            chosen[s.field.path] = s
            taken[s.claim] = s.field
    return chosen


Anchor = tuple[str, Box]
"""A section and a label that belongs to it alone."""


def section_of(box: Box, anchors: Sequence[Anchor]) -> str | None:
    """Given a label that several sections have, return the section it stands in, or None when there is no anchor.

    Where labels of different sections share rows, the sections stand side by side, and the nearest column tells;
    else they stand one below the other, and the last label before this one tells.
    """
    if not anchors:
        return None
    if _side_by_side(anchors):
        return min(anchors, key=lambda anchor: _distance(box, anchor[1]))[0]
    before = [anchor for anchor in anchors if anchor[1].place < box.place]
    return max(before, key=lambda anchor: anchor[1].place)[0] if before else anchors[0][0]


def _side_by_side(anchors: Sequence[Anchor]) -> bool:
    return any(
        one != other and a.cell.row < b.end_row and b.cell.row < a.end_row for one, a in anchors for other, b in anchors
    )


def _distance(box: Box, anchor: Box) -> tuple[int, int]:
    """Columns between two boxes, then rows."""
    overlap = box.overlaps_columns(anchor.cell.col, anchor.end_col)
    return 0 if overlap else abs(box.cell.col - anchor.cell.col), abs(box.cell.row - anchor.cell.row)
