"""Lines to teach the recogniser with: what is told of a crop is what stands on it."""

from __future__ import annotations

import random
from difflib import SequenceMatcher

import pytest

from bench.corpus.fonts import missing_packages
from bench.finetune.pages import ORDER, classes_of, lines_of_page
from bench.finetune.words import FIRST_LEVEL, SECOND_LEVEL, cell_text, ideographs, sentence
from pipeline.config import load_settings
from pipeline.ocr.engines import load_onnx
from pipeline.ocr.weights import rec_model
from pipeline.text.signs import spelling
from pipeline.tools import load_tools


def test_the_ideographs_are_those_of_the_standard() -> None:
    assert (len(ideographs(FIRST_LEVEL)), len(ideographs(SECOND_LEVEL))) == (3755, 3008)


def test_texts_are_the_same_for_the_same_seed_and_never_empty() -> None:
    texts = [[cell_text(random.Random(seed)) for seed in range(200)] for _ in range(2)]
    assert texts[0] == texts[1]
    assert all(text.strip() for text in texts[0])
    assert len(set(texts[0])) > 150


def test_the_drawn_signs_stand_for_themselves_or_their_other_width() -> None:
    classes = classes_of(("", "<", "≤", "％", "%"))
    assert classes == {"<": 1, "＜": 1, "≤": 2, "％": 3, "%": 4}


def test_a_sentence_has_no_mark_behind_another() -> None:
    sentences = [sentence(random.Random(seed), 40) for seed in range(50)]
    assert all(len(text) == 40 for text in sentences)
    assert not [text for text in sentences if "，，" in text or "，。" in text or "、、" in text]


@pytest.mark.skipif(bool(missing_packages()), reason="fonts to draw with are not installed")
def test_crops_say_what_is_told_of_them() -> None:
    tools = load_tools(load_settings())
    recogniser = load_onnx(rec_model(), tools.settings.ocr)
    alphabet = frozenset(map(chr, range(0x20, 0xFFFF)))
    lines = lines_of_page(ORDER.index("scan"), tools, alphabet)
    readings = recogniser.read([line.crop for line in lines])
    pairs = [
        ("".join(map(spelling, a.text)), "".join(map(spelling, b.text))) for a, b in zip(readings, lines, strict=True)
    ]
    assert len(pairs) > 20
    assert sum(SequenceMatcher(None, *pair).ratio() > 0.7 for pair in pairs) > 0.95 * len(pairs)
