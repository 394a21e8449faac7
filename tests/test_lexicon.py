"""Looking many labels up at once finds what comparing the print with each of them finds."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import config_dir, load_settings
from pipeline.forms.definition import Form
from pipeline.forms.labels import likeness
from pipeline.forms.lexicon import Lexicon, alike
from pipeline.forms.load import load_forms
from pipeline.forms.locate import sight, sights
from pipeline.forms.prints import Print
from pipeline.forms.sheet import Box
from pipeline.model import TableCell

THRESHOLD = load_settings().records.label_similarity
FORMS = load_forms("auto", config_dir() / "forms", THRESHOLD).forms
LEXICONS = [*(form.lexicon for form in FORMS), *(table.lexicon for form in FORMS for table in form.tables)]
LABELS = sorted({label for lexicon in LEXICONS for labels in lexicon.spellings for label in labels})
SIGNS = "项目资金额(（)）:：\n 12万元其中"


@st.composite
def prints(draw: st.DrawFn) -> str:
    """A label with a few signs put in, taken out or exchanged, and a value or another label behind it at times."""
    text = draw(st.sampled_from(LABELS))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(["", *SIGNS])) + text[at + draw(st.integers(0, 1)) :]
    return text + draw(st.sampled_from(["", "：1,200.00", "\n项目名称", "（万元）", "甲乙" * 40]))


@given(prints(), st.sampled_from(LEXICONS), st.sampled_from([0.5, THRESHOLD, 0.9, 1.0]))
def test_what_is_alike_is_what_has_a_likeness(printed: str, lexicon: Lexicon, threshold: float) -> None:
    scores = ((n, likeness(printed, labels, threshold)) for n, labels in enumerate(lexicon.spellings))
    assert alike(lexicon, printed, threshold) == tuple((n, score) for n, score in scores if score)


@given(prints(), st.sampled_from(FORMS), st.sampled_from([0.5, THRESHOLD, 0.9, 1.0]))
def test_the_labels_sighted_at_once_are_those_sighted_one_by_one(printed: str, form: Form, threshold: float) -> None:
    box = Box(TableCell(0, 0, 1, 1, (), (0,)), Print(printed, (None,) * len(printed)))
    fields = form.fields
    one_by_one = chain.from_iterable(sight(field, box, threshold) for field in fields)
    assert list(sights(form, box, threshold)) == list(one_by_one)
